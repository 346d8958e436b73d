//! What a message answers, whom it names, and how long it stays.

use super::{super::timers, Encoder};
use crate::port::{Kind, LinkError, MediaKind, Outgoing, Quote, Said};
use whatsapp_rust::{
    prelude::MessageField,
    wacore_binary::JidExt,
    waproto::whatsapp::{
        self as wa,
        message::{
            AudioMessage, ContactMessage, DocumentMessage, ImageMessage, LocationMessage,
            PollCreationMessage, StickerMessage, VideoMessage,
        },
    },
};

impl Encoder<'_> {
    pub(super) async fn context(
        &self,
        message: &Outgoing,
    ) -> Result<Option<wa::ContextInfo>, LinkError> {
        // What changes another message goes when that one goes.
        let expiration = match &message.kind {
            Kind::Reaction { .. } | Kind::Edit { .. } | Kind::Delete { .. } => None,
            _ => timers::of(self.client, self.store, self.chat).await,
        };
        if message.quote.is_none() && message.mentions.is_empty() && expiration.is_none() {
            return Ok(None);
        }
        let mut context = wa::ContextInfo {
            mentioned_jid: message.mentions.clone(),
            expiration,
            ..wa::ContextInfo::default()
        };
        if let Some(quote) = &message.quote {
            context.stanza_id = Some(quote.key.id.clone());
            context.participant = Some(self.author(quote).await?);
            context.quoted_message = MessageField::some(quoted(&quote.said));
        }
        Ok(Some(context))
    }

    async fn author(&self, quote: &Quote) -> Result<String, LinkError> {
        match &quote.key.author {
            _ if quote.key.from_me => self.own_jid().await,
            Some(author) if self.chat.is_group() => Ok(self.member(author.clone()).await),
            Some(author) => Ok(author.clone()),
            None if self.chat.is_group() => Err(LinkError::Invalid(
                "a message in a group can be quoted only with its author".to_owned(),
            )),
            None => Ok(self.chat.to_string()),
        }
    }
}

/// As much of a message as a quote shows.
fn quoted(said: &Said) -> wa::Message {
    let mut message = wa::Message::default();
    match said {
        Said::Text(text) => message.conversation = Some(text.clone()),
        Said::Media(kind, caption) => {
            let caption = caption.clone();
            match kind {
                MediaKind::Image => {
                    message.image_message = MessageField::some(ImageMessage {
                        caption,
                        ..ImageMessage::default()
                    });
                }
                MediaKind::Video | MediaKind::Gif => {
                    message.video_message = MessageField::some(VideoMessage {
                        caption,
                        gif_playback: (*kind == MediaKind::Gif).then_some(true),
                        ..VideoMessage::default()
                    });
                }
                MediaKind::Audio | MediaKind::Voice => {
                    message.audio_message = MessageField::some(AudioMessage {
                        ptt: Some(*kind == MediaKind::Voice),
                        ..AudioMessage::default()
                    });
                }
                MediaKind::Document => {
                    message.document_message = MessageField::some(DocumentMessage {
                        caption,
                        ..DocumentMessage::default()
                    });
                }
                MediaKind::Sticker => {
                    message.sticker_message = MessageField::some(StickerMessage::default());
                }
            }
        }
        Said::Location(name) => {
            message.location_message = MessageField::some(LocationMessage {
                name: name.clone(),
                ..LocationMessage::default()
            });
        }
        Said::Contact(name) => {
            message.contact_message = MessageField::some(ContactMessage {
                display_name: name.clone(),
                ..ContactMessage::default()
            });
        }
        Said::Poll(question) => {
            message.poll_creation_message_v3 = MessageField::some(PollCreationMessage {
                name: Some(question.clone()),
                ..PollCreationMessage::default()
            });
        }
    }
    message
}
