use super::{
    Error,
    look::{self, Look},
    model::File,
    shelf::{Blank, Incoming, Shelf, Whole},
    store,
};
use crate::{
    config, input,
    platform::{clock::Clock, db::Db, fetch::Fetcher, ids::Ids},
    users,
};
use chrono::TimeDelta;
use std::{io, path::Path, sync::Arc};
use tokio::sync::Semaphore;
use whahook_contract::{
    ids::{MediaId, UserId},
    message::{ContentType, Media},
};
use whahook_whatsapp::port;

const NAME_MAX: usize = 255;
/// Pictures that are decoded at a time: each may take 200 MB.
const LOOKS_AT_A_TIME: usize = 2;
/// When a file was last needed is written down this often at most.
const USED_EVERY: TimeDelta = TimeDelta::hours(1);

/// The files of all users. Cheap to clone.
#[derive(Clone)]
pub struct Library {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) ids: Ids,
    pub(super) shelf: Shelf,
    pub(super) fetcher: Fetcher,
    pub(super) settings: config::Media,
    looks: Arc<Semaphore>,
}

impl Library {
    /// # Errors
    /// The volume cannot be written.
    pub fn open(
        db: Db,
        clock: Clock,
        ids: Ids,
        fetcher: Fetcher,
        volume: &Path,
        settings: config::Media,
    ) -> io::Result<Self> {
        Ok(Self {
            db,
            clock,
            ids,
            fetcher,
            settings,
            shelf: Shelf::open(volume)?,
            looks: Arc::new(Semaphore::new(LOOKS_AT_A_TIME)),
        })
    }

    /// A file begins to come in.
    ///
    /// # Errors
    /// The volume cannot be written.
    pub async fn receive(&self) -> Result<Incoming, Error> {
        self.begin(self.settings.max_bytes).await
    }

    /// A file that somebody else fills.
    ///
    /// # Errors
    /// The volume cannot be written.
    pub fn blank(&self) -> Result<Blank, Error> {
        Ok(self.shelf.blank(self.ids.uuid())?)
    }

    /// The largest file that is taken in.
    #[must_use]
    pub const fn largest(&self) -> u64 {
        self.settings.max_bytes
    }

    pub(super) async fn begin(&self, limit: u64) -> Result<Incoming, Error> {
        self.shelf.begin(self.ids.uuid(), limit).await
    }

    /// Put a file of a user down, as what it is to be, if that is known. The
    /// same bytes of the same user are the same file.
    ///
    /// # Errors
    /// It cannot be what it is to be, or the volume or the database failed;
    /// nothing of it is kept then.
    pub async fn keep(
        &self,
        user: UserId,
        whole: Whole,
        name: Option<&str>,
        kind: Option<ContentType>,
    ) -> Result<Media, Error> {
        Ok(self.admit(user, whole, name, kind).await?.view())
    }

    pub(super) async fn admit(
        &self,
        user: UserId,
        whole: Whole,
        name: Option<&str>,
        kind: Option<ContentType>,
    ) -> Result<File, Error> {
        let name = name.and_then(tidy_name);
        let known = {
            let mut conn = self.db.read().await?;
            store::find_same(&mut conn, user, &whole.sha256).await?
        };
        let file = match known {
            Some(mut known) => {
                known.file_name = name;
                known
            }
            None => self.new_file(user, &whole, name).await?,
        };
        if let Some(kind) = kind {
            file.fits(kind)?;
        }
        let file = File {
            used_at: self.clock.now(),
            ..file
        };
        let change = self.shelf.change().await;
        let sha256 = whole.sha256.clone();
        let is_new = change.add(whole).await?;
        let put = self.put(&file).await;
        if put.is_err() && is_new {
            change.remove(&sha256).await?;
        }
        put
    }

    async fn put(&self, file: &File) -> Result<File, Error> {
        let mut tx = self.db.begin().await?;
        if let Some(quota) = self.settings.quota {
            users::lock(&mut tx, self.db.kind(), file.user).await?;
            let used = store::size_of_others(&mut tx, file.user, &file.sha256).await?;
            // What is here already takes no more room.
            let is_here = store::find_same(&mut tx, file.user, &file.sha256).await?;
            if is_here.is_none() && used.saturating_add(file.size) > quota {
                return Err(Error::QuotaExceeded {
                    field: "file",
                    size: file.size,
                    used,
                    quota,
                });
            }
        }
        let file = store::put(&mut tx, file).await?;
        tx.commit().await?;
        Ok(file)
    }

    async fn new_file(
        &self,
        user: UserId,
        whole: &Whole,
        file_name: Option<String>,
    ) -> Result<File, Error> {
        let mime_type = look::mime_type(&whole.head, file_name.as_deref());
        let look = self.look(whole.path(), &mime_type).await;
        Ok(File {
            id: MediaId(self.ids.uuid()),
            user,
            sha256: whole.sha256.clone(),
            size: whole.size,
            mime_type: look.mime_type.unwrap_or(mime_type),
            file_name,
            width: look.width,
            height: look.height,
            seconds: look.seconds,
            waveform: look.waveform,
            thumbnail: look.thumbnail,
            used_at: self.clock.now(),
        })
    }

    async fn look(&self, path: &Path, mime_type: &str) -> Look {
        let turn = self.looks.acquire().await;
        let _turn = turn.expect("the semaphore is never closed");
        let (path, mime_type) = (path.to_owned(), mime_type.to_owned());
        let look = tokio::task::spawn_blocking(move || look::look(&path, &mime_type));
        look.await.unwrap_or_else(|error| {
            // A decoder that panics must not keep anybody from sending a file.
            tracing::warn!(%error, "A file could not be looked into.");
            Look::default()
        })
    }

    /// What is known of a user's file.
    ///
    /// # Errors
    /// There is none, or the database failed.
    pub async fn find(&self, user: UserId, id: MediaId) -> Result<File, Error> {
        let mut conn = self.db.read().await?;
        store::find_own(&mut conn, user, id)
            .await?
            .ok_or(Error::NotFound(id))
    }

    /// Where the bytes of a file lie.
    #[must_use]
    pub fn path(&self, file: &File) -> std::path::PathBuf {
        self.shelf.path(&file.sha256)
    }

    /// Make sure that a message's file is here and can be what it is to be, and
    /// say of it what is known. A `url` is fetched.
    ///
    /// # Errors
    /// `media` is wrong: says why, and what would be right.
    pub async fn prepare(
        &self,
        user: UserId,
        kind: ContentType,
        media: &mut Media,
    ) -> Result<(), Error> {
        let name = media
            .file_name
            .as_deref()
            .map(|name| input::line("media.file_name", name, NAME_MAX))
            .transpose()
            .map_err(|invalid| {
                Error::invalid(
                    invalid.field,
                    format!("`{}` {}", invalid.field, invalid.problem),
                )
            })?;
        let file = match (media.id, media.url.as_deref()) {
            (Some(id), None) => self.use_again(user, kind, id).await?,
            (None, Some(url)) => self.fetch(user, kind, url).await?,
            _ => {
                return Err(Error::invalid(
                    "media",
                    "`media` must have either the `id` of a file, as `POST /api/media` answers, \
                     or a `url`.",
                ));
            }
        };
        *media = file.view();
        if name.is_some() {
            media.file_name = name;
        }
        Ok(())
    }

    async fn use_again(&self, user: UserId, kind: ContentType, id: MediaId) -> Result<File, Error> {
        let unknown = || Error::invalid("media.id", "`media.id` is not the id of a file of yours.");
        let file = match self.find(user, id).await {
            Err(Error::NotFound(_)) => return Err(unknown()),
            found => found?,
        };
        file.fits(kind)?;
        if !tokio::fs::try_exists(self.path(&file)).await? {
            return Err(unknown());
        }
        let now = self.clock.now();
        if now - file.used_at > USED_EVERY {
            let mut tx = self.db.begin().await?;
            let is_here = store::used(&mut tx, id, now).await?;
            tx.commit().await?;
            // Removed since it was looked up.
            if !is_here {
                return Err(unknown());
            }
        }
        Ok(file)
    }

    /// A file as the link sends it; its caption is the message's to add.
    ///
    /// # Errors
    /// It is gone, or the database failed.
    pub async fn outgoing(
        &self,
        media: &Media,
        kind: port::MediaKind,
    ) -> Result<port::Media, Error> {
        let Some(id) = media.id else {
            return Err(Error::invalid("media", "the message has no file"));
        };
        let file = store::find(&mut *self.db.read().await?, id)
            .await?
            .ok_or(Error::Gone(id))?;
        let path = self.path(&file);
        if !tokio::fs::try_exists(&path).await? {
            return Err(Error::Gone(id));
        }
        Ok(port::Media {
            kind,
            file: path,
            sha256: file.sha256,
            mime_type: file.mime_type,
            file_name: media.file_name.clone().or(file.file_name),
            caption: None,
            width: file.width,
            height: file.height,
            seconds: file.seconds,
            waveform: file.waveform,
            thumbnail: file.thumbnail,
        })
    }
}

/// The last part of a name as somebody's computer had it, without what may not
/// be in a name. `None`: nothing is left.
fn tidy_name(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = last
        .chars()
        .filter(|letter| !input::is_control(*letter))
        .take(NAME_MAX)
        .collect();
    let shown = shown.trim();
    (!shown.is_empty()).then(|| shown.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_loses_its_folders_and_what_cannot_be_seen() {
        for (given, kept) in [
            ("rechnung.pdf", Some("rechnung.pdf")),
            ("C:\\Users\\ana\\a b.pdf", Some("a b.pdf")),
            ("../../etc/passwd", Some("passwd")),
            ("a\u{202e}fdp.exe\n", Some("afdp.exe")),
            ("..", Some("..")),
            ("/", None),
            (" \t", None),
        ] {
            assert_eq!(tidy_name(given).as_deref(), kept, "{given:?}");
        }
        assert_eq!(tidy_name(&"ñ".repeat(300)).unwrap().chars().count(), 255);
    }
}
