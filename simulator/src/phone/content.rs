//! What a decrypted message says, in the words of the interface.

use waproto::whatsapp::Message;
use waproto::whatsapp::message::protocol_message;

/// A message that a person would see in the chat.
pub struct Visible {
    pub kind: &'static str,
    pub text: String,
}

/// The visible part of a message; `None` for what only apps exchange.
pub fn visible(message: &Message) -> Option<Visible> {
    let seen = |kind, text: Option<&String>| {
        Some(Visible {
            kind,
            text: text.cloned().unwrap_or_default(),
        })
    };
    if let Some(text) = &message.conversation {
        return seen("text", Some(text));
    }
    if let Some(text) = message.extended_text_message.as_option() {
        return seen("text", text.text.as_ref());
    }
    if let Some(image) = message.image_message.as_option() {
        return seen("image", image.caption.as_ref());
    }
    if let Some(video) = message.video_message.as_option() {
        return seen("video", video.caption.as_ref());
    }
    if let Some(audio) = message.audio_message.as_option() {
        let kind = if audio.ptt == Some(true) {
            "voice"
        } else {
            "audio"
        };
        return seen(kind, None);
    }
    if let Some(document) = message.document_message.as_option() {
        return seen("document", document.file_name.as_ref());
    }
    if let Some(wrapped) = message.document_with_caption_message.as_option() {
        return visible(wrapped.message.as_option()?);
    }
    if message.sticker_message.is_set() {
        return seen("sticker", None);
    }
    if let Some(location) = message.location_message.as_option() {
        return seen("location", location.name.as_ref());
    }
    if let Some(contact) = message.contact_message.as_option() {
        return seen("contact", contact.display_name.as_ref());
    }
    if let Some(reaction) = message.reaction_message.as_option() {
        return seen("reaction", reaction.text.as_ref());
    }
    if let Some(poll) = message.poll_creation_message.as_option() {
        return seen("poll", poll.name.as_ref());
    }
    None
}

/// Whether the message asks the phone for its app state keys.
pub fn asks_for_keys(message: &Message) -> bool {
    message
        .protocol_message
        .as_option()
        .is_some_and(|p| p.r#type == Some(protocol_message::Type::AppStateSyncKeyRequest))
}
