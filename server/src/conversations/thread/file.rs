//! Where the file of a message is, as its row says.

use whahook_contract::{
    ids::MediaId,
    received::{ChatMedia, MediaReason, MediaState},
};

pub struct Here {
    /// Whether the message says where WhatsApp has it.
    pub offered: bool,
    /// As it was written down.
    pub state: Option<MediaState>,
    pub reason: Option<MediaReason>,
    /// Of the file, as long as it is kept.
    pub file: Option<MediaId>,
    /// What its bytes say.
    pub mime_type: Option<String>,
    pub size: Option<u64>,
}

impl Here {
    pub fn say(self, media: &mut ChatMedia) {
        (media.state, media.reason) = match (self.state, self.file) {
            (Some(MediaState::Ready), None) => (Some(MediaState::Expired), None),
            (Some(state), _) => (Some(state), self.reason),
            // Of before files were fetched.
            (None, _) if self.offered => (Some(MediaState::OnDemand), None),
            (None, _) => return,
        };
        media.id = self.file;
        if self.file.is_some() {
            media.mime_type = self.mime_type.or(media.mime_type.take());
            media.size = self.size.or(media.size);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(offered: bool, state: Option<MediaState>, file: Option<MediaId>) -> ChatMedia {
        let mut media = ChatMedia {
            mime_type: Some("application/octet-stream".to_owned()),
            ..ChatMedia::default()
        };
        let here = Here {
            offered,
            state,
            reason: None,
            file,
            mime_type: file.map(|_| "image/png".to_owned()),
            size: file.map(|_| 7),
        };
        here.say(&mut media);
        media
    }

    #[test]
    fn a_file_that_was_removed_since_is_not_said_to_be_here() {
        let id = MediaId(uuid::Uuid::from_u128(1));
        let here = said(true, Some(MediaState::Ready), Some(id));
        assert_eq!((here.state, here.id), (Some(MediaState::Ready), Some(id)));
        assert_eq!(here.mime_type.as_deref(), Some("image/png"));
        assert_eq!(here.size, Some(7));
        let gone = said(true, Some(MediaState::Ready), None);
        assert_eq!((gone.state, gone.id), (Some(MediaState::Expired), None));
        assert_eq!(said(true, None, None).state, Some(MediaState::OnDemand));
        assert_eq!(said(false, None, None).state, None);
    }
}
