//! What a decrypted message says, in the words of the interface.

use wacore::proto_helpers::MessageExt as _;
use wacore_binary::Jid;
use waproto::whatsapp::message::protocol_message::Type;
use waproto::whatsapp::message::{
    ContactMessage, ExtendedTextMessage, PollCreationMessage, PollUpdateMessage, ReactionMessage,
};
use waproto::whatsapp::{ContextInfo, Message, MessageKey};

use super::facts::{ContactCard, Facts, LinkPreview, Location, Poll, Quoted, Reaction};
use super::media::{self, Media};
use crate::state::Network;

/// What a message does to a chat.
pub enum Said<'m> {
    New(Visible),
    /// The message under the key says something else now.
    Edit(&'m MessageKey, Visible),
    Delete(&'m MessageKey),
    Vote(&'m PollUpdateMessage),
    /// Only apps exchange it.
    Nothing,
}

/// A message that a person would see in the chat.
pub struct Visible {
    pub kind: &'static str,
    pub text: String,
    pub media: Option<Media>,
    pub facts: Facts,
}

pub fn said<'m>(network: &Network, message: &'m Message) -> Said<'m> {
    // By far most messages; there is nothing else in them.
    if let Some(text) = &message.conversation {
        return Said::New(Visible::plain("text", text.clone()));
    }
    let message = message.get_base_message();
    if let Some(protocol) = message.protocol_message.as_option() {
        let Some(key) = protocol.key.as_option() else {
            return Said::Nothing;
        };
        return match protocol.r#type {
            Some(Type::MessageEdit) => protocol
                .edited_message
                .as_option()
                .and_then(|edited| visible(network, edited.get_base_message()))
                .map_or(Said::Nothing, |content| Said::Edit(key, content)),
            Some(Type::Revoke) => Said::Delete(key),
            _ => Said::Nothing,
        };
    }
    if let Some(update) = message.poll_update_message.as_option() {
        return Said::Vote(update);
    }
    visible(network, message).map_or(Said::Nothing, |mut visible| {
        visible.facts.view_once = message.is_view_once();
        Said::New(visible)
    })
}

/// The visible part of a message, with what it answers and whom it mentions.
fn visible(network: &Network, message: &Message) -> Option<Visible> {
    let mut visible = bare(message)?;
    if let Some(context) = context(message) {
        visible.facts.quoted = quoted(network, context);
        visible.facts.mentions = people(network, &context.mentioned_jid);
        visible.facts.disappears_after = context.expiration.filter(|seconds| *seconds > 0);
    }
    Some(visible)
}

impl Visible {
    fn plain(kind: &'static str, text: String) -> Self {
        Self {
            kind,
            text,
            media: None,
            facts: Facts::default(),
        }
    }

    fn with(kind: &'static str, text: String, facts: Facts) -> Self {
        Self {
            facts,
            ..Self::plain(kind, text)
        }
    }
}

fn bare(message: &Message) -> Option<Visible> {
    if let Some(text) = &message.conversation {
        return Some(Visible::plain("text", text.clone()));
    }
    if let Some(text) = message.extended_text_message.as_option() {
        return Some(extended_text(text));
    }
    if let Some(media) = media::attached(message) {
        let text = match media.file_name.as_ref().or(media.caption.as_ref()) {
            Some(text) => text.clone(),
            None => String::new(),
        };
        return Some(Visible {
            media: Some(media),
            ..Visible::plain(media_kind(message), text)
        });
    }
    if let Some(reaction) = message.reaction_message.as_option() {
        return Some(reacted(reaction));
    }
    if let Some(poll) = poll_creation(message) {
        return Some(polled(message, poll));
    }
    cards(message).or_else(|| place(message))
}

fn extended_text(text: &ExtendedTextMessage) -> Visible {
    let preview = text.matched_text.as_ref().map(|url| LinkPreview {
        url: url.clone(),
        title: text.title.clone(),
        description: text.description.clone(),
        has_thumbnail: text.jpeg_thumbnail.is_some() || text.thumbnail_direct_path.is_some(),
    });
    let facts = Facts {
        link_preview: preview,
        ..Default::default()
    };
    Visible::with("text", text.text.clone().unwrap_or_default(), facts)
}

fn media_kind(message: &Message) -> &'static str {
    if message.image_message.is_set() {
        return "image";
    }
    if let Some(video) = message.video_message.as_option() {
        return match video.gif_playback {
            Some(true) => "gif",
            _ => "video",
        };
    }
    if let Some(audio) = message.audio_message.as_option() {
        return match audio.ptt {
            Some(true) => "voice",
            _ => "audio",
        };
    }
    if message.sticker_message.is_set() {
        return "sticker";
    }
    "document"
}

fn reacted(reaction: &ReactionMessage) -> Visible {
    let emoji = reaction.text.clone().unwrap_or_default();
    let to = reaction.key.as_option().and_then(|key| key.id.clone());
    let facts = Facts {
        reaction: Some(Reaction {
            emoji: emoji.clone(),
            to: to.unwrap_or_default(),
        }),
        ..Default::default()
    };
    Visible::with("reaction", emoji, facts)
}

fn poll_creation(message: &Message) -> Option<&PollCreationMessage> {
    let versions = [
        &message.poll_creation_message,
        &message.poll_creation_message_v2,
        &message.poll_creation_message_v3,
    ];
    versions.into_iter().find_map(|poll| poll.as_option())
}

fn polled(message: &Message, poll: &PollCreationMessage) -> Visible {
    let question = poll.name.clone().unwrap_or_default();
    let options = poll.options.iter();
    let context = message.message_context_info.as_option();
    let secret = context.and_then(|context| context.message_secret.clone());
    let facts = Facts {
        poll: Some(Poll {
            question: question.clone(),
            options: options.filter_map(|o| o.option_name.clone()).collect(),
            multiple: poll.selectable_options_count != Some(1),
            votes: Vec::new(),
            message_secret: secret.unwrap_or_default(),
        }),
        ..Default::default()
    };
    Visible::with("poll", question, facts)
}

fn cards(message: &Message) -> Option<Visible> {
    let card = |contact: &ContactMessage| ContactCard {
        name: contact.display_name.clone().unwrap_or_default(),
        vcard: contact.vcard.clone().unwrap_or_default(),
    };
    let contacts: Vec<_> = if let Some(contact) = message.contact_message.as_option() {
        vec![card(contact)]
    } else {
        let several = message.contacts_array_message.as_option()?;
        several.contacts.iter().map(card).collect()
    };
    let names: Vec<_> = contacts.iter().map(|card| card.name.as_str()).collect();
    let text = names.join(", ");
    let facts = Facts {
        contacts,
        ..Default::default()
    };
    Some(Visible::with("contact", text, facts))
}

fn place(message: &Message) -> Option<Visible> {
    let location = if let Some(place) = message.location_message.as_option() {
        Location {
            latitude: place.degrees_latitude.unwrap_or_default(),
            longitude: place.degrees_longitude.unwrap_or_default(),
            name: place.name.clone(),
            address: place.address.clone(),
        }
    } else {
        let live = message.live_location_message.as_option()?;
        Location {
            latitude: live.degrees_latitude.unwrap_or_default(),
            longitude: live.degrees_longitude.unwrap_or_default(),
            name: live.caption.clone(),
            address: None,
        }
    };
    let text = location.name.clone().unwrap_or_default();
    let facts = Facts {
        location: Some(location),
        ..Default::default()
    };
    Some(Visible::with("location", text, facts))
}

fn context(message: &Message) -> Option<&ContextInfo> {
    if let Some(wrapped) = message.document_with_caption_message.as_option() {
        return context(wrapped.message.as_option()?);
    }
    macro_rules! first {
        ($($field:ident),*) => {
            $(if let Some(content) = message.$field.as_option() {
                return content.context_info.as_option();
            })*
        };
    }
    first!(
        extended_text_message,
        image_message,
        video_message,
        audio_message,
        document_message,
        sticker_message,
        location_message,
        live_location_message,
        contact_message,
        contacts_array_message,
        poll_creation_message,
        poll_creation_message_v2,
        poll_creation_message_v3
    );
    None
}

fn quoted(network: &Network, context: &ContextInfo) -> Option<Quoted> {
    let author = context.participant.as_deref().unwrap_or_default();
    let original = context.quoted_message.as_option();
    let text = original.and_then(|message| bare(message.get_base_message()));
    Some(Quoted {
        id: context.stanza_id.clone()?,
        from: person(network, author),
        text: text.map(|visible| visible.text).unwrap_or_default(),
    })
}

fn people(network: &Network, jids: &[String]) -> Vec<String> {
    jids.iter().map(|jid| person(network, jid)).collect()
}

/// The number behind a JID of either form; the JID itself when nobody has it.
fn person(network: &Network, jid: &str) -> String {
    let parsed = jid.parse::<Jid>().ok();
    match parsed.and_then(|jid| network.resolve(&jid)) {
        Some(account) => account.number.to_string(),
        None => jid.to_owned(),
    }
}

/// Whether the message asks the phone for its app state keys.
pub fn asks_for_keys(message: &Message) -> bool {
    message
        .protocol_message
        .as_option()
        .is_some_and(|p| p.r#type == Some(Type::AppStateSyncKeyRequest))
}
