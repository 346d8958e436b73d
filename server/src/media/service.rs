use super::{
    Error,
    look::{self, Look},
    model::File,
    shelf::{Blank, Incoming, Shelf, Whole},
    store,
    turns::{self, Turns},
};
use crate::{
    config,
    http::auth::{Principal, Via},
    input,
    platform::{clock::Clock, db::Db, fetch::Fetcher, ids::Ids},
    users,
};
use chrono::TimeDelta;
use std::{io, path::Path, sync::Arc};
use tokio::{sync::Semaphore, task::JoinError};
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
    turns: Turns,
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
            turns: Turns::default(),
        })
    }

    /// A file of a person begins to come in, once it is its turn: what several bring
    /// at a time must not fill the volume before it counts.
    ///
    /// # Errors
    /// The volume cannot be written, or the database failed.
    pub async fn receive(&self, user: UserId) -> Result<Incoming, Error> {
        self.receive_at_most(user, self.settings.max_bytes).await
    }

    pub(super) async fn receive_at_most(
        &self,
        user: UserId,
        limit: u64,
    ) -> Result<Incoming, Error> {
        let mut is_alone = false;
        loop {
            let turn = self.turns.take(user, is_alone).await;
            let room = self.room(user).await?;
            // So close to the quota that several might pass it together.
            let is_tight = room < u64::from(turns::AT_A_TIME) * self.settings.max_bytes;
            if is_tight && !is_alone {
                is_alone = true;
                continue;
            }
            let mut incoming = self.begin(limit).await?;
            incoming.within(room, turn);
            return Ok(incoming);
        }
    }

    /// How many bytes a person's files may still have.
    async fn room(&self, user: UserId) -> Result<u64, Error> {
        let Some(quota) = self.settings.quota else {
            return Ok(u64::MAX);
        };
        let used = store::size(&mut *self.db.read().await?, user).await?;
        Ok(quota.saturating_sub(used))
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
        mut whole: Whole,
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
            None if !whole.is_complete => return Err(self.too_much(user, whole.size).await?),
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
        if !whole.is_complete && !tokio::fs::try_exists(self.shelf.path(&whole.sha256)).await? {
            return Err(self.too_much(user, whole.size).await?);
        }
        let sha256 = whole.sha256.clone();
        // Until it counts.
        let _turn = whole.turn.take();
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
            let same = store::find_same(&mut tx, file.user, &file.sha256).await?;
            // What is here already takes no more room.
            if same.is_none() {
                let used = store::size(&mut tx, file.user).await?;
                if used.saturating_add(file.size) > quota {
                    return Err(exceeded(file.size, used, quota));
                }
            }
        }
        let file = store::put(&mut tx, file).await?;
        tx.commit().await?;
        Ok(file)
    }

    /// Why there was no room for a file.
    async fn too_much(&self, user: UserId, size: u64) -> Result<Error, Error> {
        let used = store::size(&mut *self.db.read().await?, user).await?;
        Ok(exceeded(
            size,
            used,
            self.settings.quota.unwrap_or(u64::MAX),
        ))
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
        let (path, mime_type) = (path.to_owned(), mime_type.to_owned());
        let look = self.in_turn(move || look::look(&path, &mime_type));
        look.await.unwrap_or_else(|error| {
            // A decoder that panics must not keep anybody from sending a file.
            tracing::warn!(%error, "A file could not be looked into.");
            Look::default()
        })
    }

    /// Decodes a picture. Its turn lasts as long as that does, also where nobody waits
    /// for it any more: the memory is taken all the same.
    pub(super) async fn in_turn<T: Send + 'static>(
        &self,
        look: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        let turn = Arc::clone(&self.looks).acquire_owned().await;
        let turn = turn.expect("the semaphore is never closed");
        let look = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            look()
        });
        look.await
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

    /// The same for whoever asks: a key that is limited to accounts sees what their
    /// messages have, and what it added itself.
    ///
    /// # Errors
    /// There is none for them, or the database failed.
    pub async fn own(&self, principal: &Principal, id: MediaId) -> Result<File, Error> {
        let file = self.find(principal.user_id, id).await?;
        if let Via::Key {
            id: key,
            accounts: Some(accounts),
            ..
        } = &principal.via
        {
            let mut conn = self.db.read().await?;
            if !store::is_covered(&mut conn, id, accounts, *key).await? {
                return Err(Error::NotFound(id));
            }
        }
        Ok(file)
    }

    /// A message of the caller's names a file in a field.
    ///
    /// # Errors
    /// It is not for them, or the database failed.
    pub async fn check_own(
        &self,
        principal: &Principal,
        id: Option<MediaId>,
        field: &'static str,
    ) -> Result<(), Error> {
        let Some(id) = id.filter(|_| principal.only_accounts().is_some()) else {
            return Ok(());
        };
        match self.own(principal, id).await {
            Err(Error::NotFound(_)) => Err(Error::not_yours(field)),
            own => own.map(drop),
        }
    }

    /// A key that is limited to accounts goes on seeing what it added.
    ///
    /// # Errors
    /// The database failed.
    pub async fn added_by(&self, principal: &Principal, id: MediaId) -> Result<(), Error> {
        if let Via::Key {
            id: key,
            accounts: Some(_),
            ..
        } = principal.via
        {
            let mut tx = self.db.begin().await?;
            store::added_by(&mut tx, id, key).await?;
            tx.commit().await?;
        }
        Ok(())
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
        let unknown = || Error::not_yours("media.id");
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

const fn exceeded(size: u64, used: u64, quota: u64) -> Error {
    Error::QuotaExceeded {
        field: "file",
        size,
        used,
        quota,
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
