//! The files that messages need.

use super::{Error, service::Outbox, store};
use crate::{http::auth::Principal, media::Library};
use whahook_contract::{
    ids::{AccountId, MediaId, UserId},
    message::{Content, Kind},
};

impl Outbox {
    /// Bring in what the content needs besides itself: its file, what is shown
    /// of its link. What is wrong with it is known afterwards.
    ///
    /// # Errors
    /// A field is wrong, the volume or the database failed.
    pub(crate) async fn prepare(&self, user: UserId, content: &mut Content) -> Result<(), Error> {
        let content_type = content.kind.content_type();
        if let Some(media) = content.kind.media_mut() {
            self.media.prepare(user, content_type, media).await?;
        }
        if let Kind::Text { text, link_preview } = &mut content.kind
            && link_preview.is_some()
        {
            self.media.prepare_preview(user, text, link_preview).await?;
        }
        Ok(())
    }

    /// Whether a message has to be looked up by its key before it is prepared:
    /// a file is not fetched twice for the same answer.
    pub(super) async fn is_repeated(
        &self,
        account: AccountId,
        key: Option<&str>,
        content: &Content,
    ) -> Result<bool, Error> {
        let Some(key) = key.filter(|_| needs_more(content)) else {
            return Ok(false);
        };
        let mut conn = self.db.read().await?;
        Ok(store::find_by_key(&mut conn, account, key).await?.is_some())
    }
}

/// Whether what a message of the caller's names as its file is for them.
///
/// # Errors
/// It is not, or the database failed.
pub async fn check_own(
    media: &Library,
    principal: &Principal,
    content: &Content,
) -> Result<(), Error> {
    let field = match &content.kind {
        Kind::Text { .. } => "link_preview.thumbnail",
        _ => "media.id",
    };
    Ok(media.check_own(principal, needed(content), field).await?)
}

fn needs_more(content: &Content) -> bool {
    content.kind.media().is_some()
        || matches!(&content.kind, Kind::Text { link_preview, .. } if link_preview.is_some())
}

/// The file that must stay until the message is sent.
pub fn needed(content: &Content) -> Option<MediaId> {
    match &content.kind {
        Kind::Text { link_preview, .. } => link_preview.as_ref()?.thumbnail,
        kind => kind.media()?.id,
    }
}
