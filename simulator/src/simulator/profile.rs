//! What a person changes of their profile: name and picture.

use bytes::Bytes;

use super::{Control, Error};
use crate::http::views::PhoneView;
use crate::phone::media::MediaError;
use crate::platform;
use crate::stanza::notification;
use crate::state::account::Picture;
use crate::state::media::token_of;

impl Control {
    /// The person goes by another name; others learn it with the next message.
    pub async fn rename(&self, number: &str, name: &str) -> Result<PhoneView, Error> {
        let account = self.account(number)?;
        account.update(&self.network.store, |record| {
            name.clone_into(&mut record.name);
        });
        self.network.store.durable().await?;
        Ok(PhoneView::of(&account))
    }

    /// The person shows this picture from now on; with nothing, none. Everyone
    /// who knows the person's devices is told.
    pub async fn set_picture(
        &self,
        number: &str,
        bytes: Option<Bytes>,
    ) -> Result<PhoneView, Error> {
        let account = self.account(number)?;
        let picture = bytes.map(|bytes| self.kept_picture(bytes)).transpose()?;
        account.update(&self.network.store, |record| record.picture = picture);
        notification::picture_changed(&self.network, &account);
        self.network.store.durable().await?;
        Ok(PhoneView::of(&account))
    }

    /// A picture, once it lies on the media servers.
    pub(super) fn kept_picture(&self, bytes: Bytes) -> Result<Picture, Error> {
        let token = token_of(&bytes);
        let kept = self.network.media.put(&token, bytes);
        kept.map_err(MediaError::from)?;
        let id = platform::now_millis().to_string();
        Ok(Picture { id, token })
    }
}
