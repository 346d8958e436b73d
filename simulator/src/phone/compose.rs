//! Messages as a person's app makes them.

use serde::Deserialize;
use wacore::poll::{compute_option_hash, encrypt_poll_vote_with_secret};
use wacore::proto_helpers::{MessageExt as _, build_reaction_message};
use wacore_binary::Server;
use waproto::whatsapp::message::poll_creation_message::Option as PollOption;
use waproto::whatsapp::message::protocol_message::Type;
use waproto::whatsapp::message::{
    ContactMessage, ContactsArrayMessage, ExtendedTextMessage, LocationMessage,
    PollCreationMessage, PollEncValue, PollUpdateMessage, ProtocolMessage,
};
use waproto::whatsapp::{ContextInfo, Message, MessageContextInfo, MessageKey};

use super::Phone;
use super::chat::ChatMessage;
use super::facts::{ContactCard, LinkPreview, Location, Poll, Reaction};
use super::original::original;
use super::outbox::Unreadable;
use crate::number::PhoneNumber;
use crate::platform;
use crate::recipient::Recipient;
use crate::state::Network;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftKind {
    #[default]
    Text,
    Reaction,
    Edit,
    Delete,
    Location,
    Contact,
    Poll,
    Vote,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Answered {
    pub id: String,
}

/// What a person wants to send; of the fields those that its type needs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Draft {
    #[serde(rename = "type")]
    pub kind: DraftKind,
    pub text: String,
    /// The message to edit, to delete, or to vote in.
    pub message_id: String,
    pub quoted: Option<Answered>,
    /// Numbers of the people whom the text mentions.
    pub mentions: Vec<PhoneNumber>,
    pub link_preview: Option<LinkPreview>,
    pub reaction: Option<Reaction>,
    pub location: Option<Location>,
    pub contacts: Vec<ContactCard>,
    pub poll: Option<Poll>,
    /// What a voter chooses.
    pub options: Vec<String>,
    /// The chat forgets it after so many seconds.
    pub disappears_after: Option<u32>,
    /// What goes wrong with it on its way to linked devices.
    pub unreadable: Option<Unreadable>,
    /// It goes to a broadcast list that the recipient is on.
    pub broadcast: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct DraftError {
    pub field: &'static str,
    pub message: &'static str,
}

fn wrong(field: &'static str, message: &'static str) -> DraftError {
    DraftError { field, message }
}

/// The chat that a message is composed for.
pub struct Composer<'a> {
    pub network: &'a Network,
    pub phone: &'a Phone,
    pub to: &'a Recipient,
}

impl Composer<'_> {
    pub fn compose(&self, draft: Draft) -> Result<Message, DraftError> {
        let mut context = self.context(draft.quoted.as_ref(), &draft.mentions)?;
        if draft.disappears_after.is_some() {
            context.get_or_insert_default().expiration = draft.disappears_after;
        }
        let mut message = match draft.kind {
            DraftKind::Text => return self.text(draft.text, draft.link_preview, context),
            DraftKind::Reaction => return self.reaction(draft.reaction),
            DraftKind::Edit => {
                let edited = self.text(draft.text, draft.link_preview, context)?;
                return self.edit(&draft.message_id, edited);
            }
            DraftKind::Delete => return self.delete(&draft.message_id),
            DraftKind::Vote => return self.vote(&draft.message_id, &draft.options),
            DraftKind::Location => location(draft.location)?,
            DraftKind::Contact => contacts(draft.contacts)?,
            DraftKind::Poll => poll(draft.poll)?,
        };
        if let Some(context) = context {
            message.set_context_info(context);
        }
        Ok(message)
    }

    /// The same message as an answer to the one with the id.
    pub fn answering(&self, mut message: Message, id: String) -> Result<Message, DraftError> {
        if let Some(context) = self.context(Some(&Answered { id }), &[])? {
            message.set_context_info(context);
        }
        Ok(message)
    }

    fn text(
        &self,
        text: String,
        preview: Option<LinkPreview>,
        context: Option<ContextInfo>,
    ) -> Result<Message, DraftError> {
        if text.is_empty() {
            return Err(wrong("text", "the text is empty"));
        }
        if preview.is_none() && context.is_none() {
            return Ok(Message {
                conversation: Some(text),
                ..Default::default()
            });
        }
        let mut extended = ExtendedTextMessage {
            text: Some(text),
            context_info: context.into(),
            ..Default::default()
        };
        if let Some(preview) = preview {
            extended.matched_text = Some(preview.url);
            extended.title = preview.title;
            extended.description = preview.description;
        }
        Ok(Message {
            extended_text_message: extended.into(),
            ..Default::default()
        })
    }

    fn reaction(&self, reaction: Option<Reaction>) -> Result<Message, DraftError> {
        let Reaction { emoji, to } = reaction.ok_or_else(|| wrong("reaction", "it is missing"))?;
        let target = self.find("reaction", &to, |_| true)?;
        let now = platform::now_millis();
        Ok(build_reaction_message(self.key(target), emoji, now))
    }

    fn edit(&self, id: &str, edited: Message) -> Result<Message, DraftError> {
        let target = self.find("message_id", id, |m| m.from == self.phone.number)?;
        Ok(protocol(ProtocolMessage {
            key: self.key(target).into(),
            r#type: Some(Type::MessageEdit),
            edited_message: edited.into(),
            timestamp_ms: Some(platform::now_millis()),
            ..Default::default()
        }))
    }

    fn delete(&self, id: &str) -> Result<Message, DraftError> {
        let own = &self.phone.number;
        let group = self.to.group().and_then(|id| self.network.group(id));
        let admin = group.is_some_and(|group| group.is_admin(own));
        let target = self.find("message_id", id, |m| admin || m.from == *own)?;
        Ok(protocol(ProtocolMessage {
            key: self.key(target).into(),
            r#type: Some(Type::Revoke),
            ..Default::default()
        }))
    }

    fn vote(&self, id: &str, options: &[String]) -> Result<Message, DraftError> {
        let target = self.find("message_id", id, |m| m.facts.poll.is_some())?;
        let poll = target.facts.poll.as_ref();
        let poll = poll.ok_or_else(|| wrong("message_id", "it is no poll"))?;
        if options.iter().any(|option| !poll.options.contains(option)) {
            return Err(wrong("options", "the poll has no such option"));
        }
        if options.len() > 1 && !poll.multiple {
            return Err(wrong("options", "the poll takes one"));
        }
        let hashes = options.iter().map(|o| compute_option_hash(o).to_vec());
        let hashes: Vec<_> = hashes.collect();
        let (creator, voter) = (self.name(&target.from), self.name(&self.phone.number));
        let sealed =
            encrypt_poll_vote_with_secret(&hashes, &poll.message_secret, id, &creator, &voter);
        let (payload, iv) =
            sealed.map_err(|_| wrong("message_id", "the poll came without its secret"))?;
        Ok(Message {
            poll_update_message: PollUpdateMessage {
                poll_creation_message_key: self.key(target).into(),
                vote: PollEncValue {
                    enc_payload: Some(payload),
                    enc_iv: Some(iv.to_vec()),
                }
                .into(),
                sender_timestamp_ms: Some(platform::now_millis()),
                ..Default::default()
            }
            .into(),
            ..Default::default()
        })
    }

    fn context(
        &self,
        quoted: Option<&Answered>,
        mentions: &[PhoneNumber],
    ) -> Result<Option<ContextInfo>, DraftError> {
        if quoted.is_none() && mentions.is_empty() {
            return Ok(None);
        }
        let mut context = ContextInfo {
            mentioned_jid: mentions.iter().map(|number| self.name(number)).collect(),
            ..Default::default()
        };
        if let Some(Answered { id }) = quoted {
            let target = self.find("quoted", id, |_| true)?;
            context.stanza_id = Some(id.clone());
            context.participant = Some(self.name(&target.from));
            context.quoted_message = original(target).into();
        }
        Ok(Some(context))
    }

    fn find(
        &self,
        field: &'static str,
        id: &str,
        is: impl Fn(&ChatMessage) -> bool,
    ) -> Result<&ChatMessage, DraftError> {
        let own = &self.phone.number;
        let mut messages = self.phone.chat().iter();
        let found = messages.rfind(|m| m.id == id && m.is_in(self.to, own));
        let found = found.ok_or_else(|| wrong(field, "the chat has no such message"))?;
        if found.deleted || !is(found) {
            return Err(wrong(field, "this cannot be done to the message"));
        }
        Ok(found)
    }

    fn key(&self, target: &ChatMessage) -> MessageKey {
        let from_me = target.from == self.phone.number;
        let named = self.to.group().is_some() && !from_me;
        MessageKey {
            remote_jid: Some(self.to.jid().to_string()),
            from_me: Some(from_me),
            id: Some(target.id.clone()),
            participant: named.then(|| self.name(&target.from)),
        }
    }

    /// How the chat names a person.
    fn name(&self, number: &PhoneNumber) -> String {
        let group = self.to.group().and_then(|id| self.network.group(id));
        let server = group.map_or(Server::Pn, |group| group.addressing.server());
        match self.network.account(number) {
            Some(account) => account.jid(server, 0).to_string(),
            None => number.jid().to_string(),
        }
    }
}

fn protocol(content: ProtocolMessage) -> Message {
    Message {
        protocol_message: content.into(),
        ..Default::default()
    }
}

pub(super) fn location(location: Option<Location>) -> Result<Message, DraftError> {
    let place = location.ok_or_else(|| wrong("location", "it is missing"))?;
    Ok(Message {
        location_message: LocationMessage {
            degrees_latitude: Some(place.latitude),
            degrees_longitude: Some(place.longitude),
            name: place.name,
            address: place.address,
            ..Default::default()
        }
        .into(),
        ..Default::default()
    })
}

pub(super) fn contacts(cards: Vec<ContactCard>) -> Result<Message, DraftError> {
    let mut cards: Vec<_> = cards
        .into_iter()
        .map(|card| ContactMessage {
            display_name: Some(card.name),
            vcard: Some(card.vcard),
            ..Default::default()
        })
        .collect();
    match cards.len() {
        0 => Err(wrong("contacts", "there is none")),
        1 => Ok(Message {
            contact_message: cards.remove(0).into(),
            ..Default::default()
        }),
        count => Ok(Message {
            contacts_array_message: ContactsArrayMessage {
                display_name: Some(format!("{count} contacts")),
                contacts: cards,
                ..Default::default()
            }
            .into(),
            ..Default::default()
        }),
    }
}

pub(super) fn poll(poll: Option<Poll>) -> Result<Message, DraftError> {
    let poll = poll.ok_or_else(|| wrong("poll", "it is missing"))?;
    if poll.options.len() < 2 {
        return Err(wrong("poll", "it needs two options at least"));
    }
    let secret = match poll.message_secret {
        known if !known.is_empty() => known,
        _ => platform::random_bytes::<32>().to_vec(),
    };
    let options = poll.options.into_iter().map(|name| PollOption {
        option_name: Some(name),
        ..Default::default()
    });
    let creation = PollCreationMessage {
        name: Some(poll.question),
        options: options.collect(),
        selectable_options_count: Some(u32::from(!poll.multiple)),
        ..Default::default()
    };
    let mut message = Message {
        message_context_info: MessageContextInfo {
            message_secret: Some(secret),
            ..Default::default()
        }
        .into(),
        ..Default::default()
    };
    // The version tells how many may be chosen, as in WhatsApp's own apps.
    if poll.multiple {
        message.poll_creation_message = creation.into();
    } else {
        message.poll_creation_message_v3 = creation.into();
    }
    Ok(message)
}
