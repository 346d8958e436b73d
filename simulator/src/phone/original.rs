//! A message of a chat, once more as what it was sent as.

use waproto::whatsapp::Message;
use waproto::whatsapp::message::{
    AudioMessage, ContactMessage, DocumentMessage, ImageMessage, LocationMessage,
    PollCreationMessage, StickerMessage, VideoMessage,
};

use super::chat::ChatMessage;
use super::compose::{contacts, location, poll};
use super::media::{Keys, Media};

/// All of it, as far as the chat has kept it.
pub fn whole(target: &ChatMessage) -> Message {
    let facts = &target.facts;
    let made = if facts.location.is_some() {
        location(facts.location.clone())
    } else if !facts.contacts.is_empty() {
        contacts(facts.contacts.clone())
    } else if facts.poll.is_some() {
        poll(facts.poll.clone())
    } else {
        match &target.media {
            Some(media) => return file(target, media),
            None => return original(target),
        }
    };
    // What stands in the chat was made in the same way.
    made.unwrap_or_else(|_| original(target))
}

fn file(target: &ChatMessage, media: &Media) -> Message {
    let mut message = Message::default();
    // The messages have the same fields but share no type.
    macro_rules! file {
        ($field:ident, $type:ident { $($name:ident: $value:expr),* $(,)? }) => {
            message.$field = $type {
                direct_path: Some(media.direct_path.clone()),
                media_key: Some(media.media_key.clone()),
                file_sha256: hex::decode(&media.sha256).ok(),
                file_enc_sha256: Some(media.encrypted_sha256.clone()),
                file_length: Some(media.size),
                mimetype: Some(media.mime_type.clone()),
                $($name: $value,)*
                ..Default::default()
            }
            .into()
        };
    }
    match media.keys {
        Keys::Image => file!(
            image_message,
            ImageMessage {
                caption: media.caption.clone()
            }
        ),
        Keys::Video => file!(
            video_message,
            VideoMessage {
                caption: media.caption.clone(),
                gif_playback: Some(target.kind == "gif"),
            }
        ),
        Keys::Audio => file!(
            audio_message,
            AudioMessage {
                ptt: Some(target.kind == "voice"),
            }
        ),
        Keys::Sticker => file!(sticker_message, StickerMessage {}),
        Keys::Document => file!(
            document_message,
            DocumentMessage {
                caption: media.caption.clone(),
                file_name: media.file_name.clone(),
            }
        ),
    }
    message
}

/// What an answer shows of the message that it answers.
pub fn original(target: &ChatMessage) -> Message {
    let mut message = Message::default();
    let text = || Some(target.text.clone());
    let mime = target.media.as_ref().map(|media| media.mime_type.clone());
    macro_rules! file {
        ($field:ident, $type:ident { $($name:ident: $value:expr)? }) => {
            message.$field = $type { mimetype: mime, $($name: $value,)? ..Default::default() }.into()
        };
    }
    match target.kind.as_str() {
        "image" => file!(image_message, ImageMessage { caption: text() }),
        "video" | "gif" => file!(video_message, VideoMessage { caption: text() }),
        "audio" | "voice" => file!(audio_message, AudioMessage {}),
        "document" => file!(document_message, DocumentMessage { file_name: text() }),
        "sticker" => file!(sticker_message, StickerMessage {}),
        "location" => {
            let location = LocationMessage {
                name: text(),
                ..Default::default()
            };
            message.location_message = location.into();
        }
        "contact" => {
            let contact = ContactMessage {
                display_name: text(),
                ..Default::default()
            };
            message.contact_message = contact.into();
        }
        "poll" => {
            let poll = PollCreationMessage {
                name: text(),
                ..Default::default()
            };
            message.poll_creation_message = poll.into();
        }
        _ => message.conversation = text(),
    }
    message
}
