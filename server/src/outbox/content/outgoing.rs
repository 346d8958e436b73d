//! A message as the link sends it.

use super::cards::card;
use crate::{
    media,
    outbox::{model::Message, service::Outbox, store},
};
use whahook_contract::message::{Content, ContentType, Kind, Media, MessageRef};
use whahook_whatsapp::port::{self, LinkError, MediaKind, MessageKey, Outgoing, Quote, Said};

impl Outbox {
    /// # Errors
    /// What it needs is gone, or cannot be read just now.
    pub(in crate::outbox) async fn outgoing(
        &self,
        message: &Message,
    ) -> Result<Outgoing, LinkError> {
        let content = &message.content;
        let kind = match &content.kind {
            Kind::Text { text, link_preview } => {
                let preview = match link_preview {
                    Some(preview) => self.media.outgoing_preview(preview).await.map(Some),
                    None => Ok(None),
                };
                port::Kind::Text {
                    text: text.clone(),
                    preview: preview.map_err(|error| not_ready(&error))?,
                }
            }
            Kind::Location(location) => port::Kind::Location {
                latitude: location.latitude,
                longitude: location.longitude,
                name: location.name.clone(),
                address: location.address.clone(),
            },
            Kind::Contact { contacts } => port::Kind::Contacts(contacts.iter().map(card).collect()),
            Kind::Poll(poll) => port::Kind::Poll {
                question: poll.question.clone(),
                options: poll.options.clone(),
                multiple: poll.multiple,
                secret: secret(poll.secret.as_deref())?,
            },
            Kind::Reaction { message, emoji } => port::Kind::Reaction {
                to: key(message),
                emoji: emoji.clone(),
            },
            Kind::Edit { message: of, text } => port::Kind::Edit {
                of: key(of),
                becomes: Box::new(self.edited(message, of, text).await?),
            },
            Kind::Delete { message } => port::Kind::Delete { of: key(message) },
            Kind::Image { media, .. }
            | Kind::Video { media, .. }
            | Kind::Gif { media, .. }
            | Kind::Audio { media }
            | Kind::Voice { media }
            | Kind::Document { media, .. }
            | Kind::Sticker { media } => {
                let caption = content.kind.words().map(ToOwned::to_owned);
                self.file(content.kind.content_type(), media, caption)
                    .await?
            }
        };
        Ok(Outgoing {
            kind,
            quote: content.reply_to.as_ref().map(quote),
            mentions: content.mentions.clone(),
            refused_before: message.failures > 0,
        })
    }

    async fn file(
        &self,
        kind: ContentType,
        media: &Media,
        caption: Option<String>,
    ) -> Result<port::Kind, LinkError> {
        let Some(kind) = media_kind(kind) else {
            return Err(LinkError::Invalid("this kind has no file".to_owned()));
        };
        let file = self.media.outgoing(media, kind).await;
        let file = file.map_err(|error| not_ready(&error))?;
        Ok(port::Kind::Media(Box::new(port::Media { caption, ..file })))
    }

    /// What an edited message says from now on: a file stays, its caption
    /// changes.
    async fn edited(
        &self,
        message: &Message,
        of: &MessageRef,
        text: &str,
    ) -> Result<port::Kind, LinkError> {
        let files = of.kind.filter(|kind| media_kind(*kind).is_some());
        if let (Some(kind), Some(id)) = (files, &of.whatsapp_message_id) {
            let found = async {
                let mut conn = self.db.read().await?;
                store::find_by_whatsapp_id(&mut conn, message.account, id).await
            };
            let found = found.await.map_err(|error| not_ready(&error.into()))?;
            if let Some(media) = found.as_ref().and_then(|found| found.content.kind.media()) {
                return self.file(kind, media, Some(text.to_owned())).await;
            }
        }
        Ok(port::Kind::Text {
            text: text.to_owned(),
            preview: None,
        })
    }
}

/// Whether sending it may take a file's time.
pub fn has_file(content: &Content) -> bool {
    match &content.kind {
        Kind::Edit { message, .. } => message.kind.and_then(media_kind).is_some(),
        kind => kind.media().is_some(),
    }
}

fn not_ready(error: &media::Error) -> LinkError {
    match error {
        media::Error::Gone(_) => LinkError::Invalid("media_missing".to_owned()),
        media::Error::Invalid { message, .. } => LinkError::Invalid(message.clone()),
        other => LinkError::NotNow(format!("media_unreadable: {other}")),
    }
}

fn secret(hex: Option<&str>) -> Result<[u8; 32], LinkError> {
    let bytes = hex.and_then(|hex| hex::decode(hex).ok());
    bytes
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| LinkError::Invalid("the poll has no secret".to_owned()))
}

fn key(message: &MessageRef) -> MessageKey {
    let known = message.whatsapp_message_id.as_ref();
    MessageKey {
        id: known.unwrap_or(&message.id).clone(),
        from_me: message.from_me.unwrap_or_default(),
        author: message.from.clone(),
    }
}

fn quote(message: &MessageRef) -> Quote {
    let text = message.text.clone();
    Quote {
        key: key(message),
        said: match message.kind.unwrap_or(ContentType::Text) {
            ContentType::Location => Said::Location(text),
            ContentType::Contact => Said::Contact(text),
            ContentType::Poll => Said::Poll(text.unwrap_or_default()),
            kind => match media_kind(kind) {
                Some(kind) => Said::Media(kind, text),
                None => Said::Text(text.unwrap_or_default()),
            },
        },
    }
}

const fn media_kind(kind: ContentType) -> Option<MediaKind> {
    Some(match kind {
        ContentType::Image => MediaKind::Image,
        ContentType::Video => MediaKind::Video,
        ContentType::Gif => MediaKind::Gif,
        ContentType::Audio => MediaKind::Audio,
        ContentType::Voice => MediaKind::Voice,
        ContentType::Document => MediaKind::Document,
        ContentType::Sticker => MediaKind::Sticker,
        _ => return None,
    })
}
