//! A message of a conversation as the page shows it: what it needs of the
//! contract's view.

use super::words::Texts;
use crate::{
    format,
    wire::{self, Object},
};
use wasm_bindgen::JsValue;
use whahook_contract::{
    Timestamp,
    ids::ConversationId,
    message::{ContentType, MessageStatus, WaitsFor},
    received::{MediaReason, MediaState},
};

#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Of what is not accepted yet, one of the page's own.
    pub id: String,
    pub whatsapp_id: String,
    pub conversation: Option<ConversationId>,
    pub mine: bool,
    /// Sent from here: what became of it can be asked for.
    pub of_outbox: bool,
    pub from: Person,
    pub at: Timestamp,
    pub edited: bool,
    pub status: Option<MessageStatus>,
    pub waits: Option<(WaitsFor, Option<Timestamp>)>,
    pub content: Content,
    pub quoted: Option<Quoted>,
    pub reactions: Vec<Reaction>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    pub name: Option<String>,
    pub number: Option<String>,
    pub jid: String,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    Text(String),
    File {
        kind: ContentType,
        file: File,
        caption: String,
    },
    Place {
        latitude: String,
        longitude: String,
        words: Vec<String>,
    },
    Contacts(Vec<(String, Option<String>)>),
    Poll {
        question: String,
        /// With how many chose each.
        options: Vec<(String, usize)>,
        voters: usize,
    },
    Deleted,
    /// It could not be decrypted yet.
    Waiting,
    /// To be looked at once, which is possible on the phone only.
    ViewOnce,
    MissedCall {
        video: bool,
    },
    /// What is different about the group: what, the new words, and whom it is about.
    GroupChange {
        what: String,
        value: String,
        members: Vec<String>,
    },
    Unsupported,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct File {
    /// Where its bytes are, or can be asked for.
    pub address: Option<String>,
    pub state: Option<MediaState>,
    pub reason: Option<MediaReason>,
    pub name: Option<String>,
    pub size: Option<f64>,
    pub width: Option<i64>,
    pub height: Option<i64>,
    pub seconds: Option<i64>,
    pub view_once: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quoted {
    pub whatsapp_id: String,
    pub from: Option<String>,
    pub words: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    pub emoji: String,
    pub who: Vec<String>,
}

/// One of a conversation, or one that waits in the outbox.
pub fn read(value: &JsValue) -> Option<Message> {
    let message = Object(value);
    let direction = message.text("direction");
    let queued_at = message.time("queued_at");
    Some(Message {
        id: message.text("id")?,
        whatsapp_id: message.text("whatsapp_message_id")?,
        conversation: message.parse("conversation_id"),
        mine: direction.is_none_or(|way| way == "out"),
        of_outbox: queued_at.is_some() || message.text("source")? == "api",
        from: person(&message.get("from")),
        at: queued_at.or_else(|| message.time("at"))?,
        edited: message.time("edited_at").is_some(),
        status: message.code("status", MessageStatus::from_code),
        waits: message
            .code("waits_for", WaitsFor::from_code)
            .map(|why| (why, message.time("waits_until"))),
        content: content(&message),
        quoted: quoted(&message.get("quoted")),
        reactions: reactions(&message.get("reactions")),
    })
}

pub fn person(value: &JsValue) -> Person {
    let person = Object(value);
    Person {
        name: person.text("name"),
        number: person.text("phone_number"),
        jid: person.text("jid").unwrap_or_default(),
    }
}

fn content(message: &Object<'_>) -> Content {
    let text = |name: &str| message.text(name).unwrap_or_default();
    let kind = text("type");
    match kind.as_str() {
        "text" => Content::Text(text("text")),
        "location" => Content::Place {
            latitude: message.fraction("latitude").unwrap_or_default(),
            longitude: message.fraction("longitude").unwrap_or_default(),
            words: ["name", "address"]
                .into_iter()
                .filter_map(|name| message.text(name))
                .collect(),
        },
        "contact" => {
            let cards = wire::array(&message.get("contacts"), |card| {
                let card = Object(card);
                let number = card.text("phone_number");
                let number = number.or_else(|| telephone(&card.text("vcard")?));
                Some((card.text("name")?, number))
            });
            Content::Contacts(cards.unwrap_or_default())
        }
        "poll" => poll(message),
        "deleted" => Content::Deleted,
        "waiting" => Content::Waiting,
        "view_once" => Content::ViewOnce,
        "missed_call" => Content::MissedCall {
            video: message.get("video").is_truthy(),
        },
        "group_change" => Content::GroupChange {
            what: text("change"),
            value: text("value"),
            members: wire::array(&message.get("members"), |it| Some(person(it).shown()))
                .unwrap_or_default(),
        },
        other => match ContentType::from_code(other).filter(|kind| kind.has_file()) {
            Some(kind) => Content::File {
                kind,
                file: file(message),
                caption: text("caption"),
            },
            None => Content::Unsupported,
        },
    }
}

/// The first number of a vCard, as it was written there.
fn telephone(vcard: &str) -> Option<String> {
    let line = vcard.lines().find(|line| line.starts_with("TEL"))?;
    let (_, number) = line.rsplit_once(':')?;
    Some(number.trim().to_owned())
}

fn poll(message: &Object<'_>) -> Content {
    let words = |value: &JsValue| wire::array(value, JsValue::as_string).unwrap_or_default();
    let votes = wire::array(&message.get("votes"), |vote| {
        wire::array(&Object(vote).get("options"), JsValue::as_string)
    });
    let votes = votes.unwrap_or_default();
    let count = |option: &String| votes.iter().filter(|vote| vote.contains(option)).count();
    let options = words(&message.get("options"));
    Content::Poll {
        question: message.text("question").unwrap_or_default(),
        options: options
            .into_iter()
            .map(|option| {
                let chosen = count(&option);
                (option, chosen)
            })
            .collect(),
        voters: votes.len(),
    }
}

fn file(message: &Object<'_>) -> File {
    let media = message.get("media");
    let media = Object(&media);
    let state = media.code("state", MediaState::from_code);
    let address = match (message.text("conversation_id"), message.text("id")) {
        (Some(conversation), Some(id)) if state.is_some() => Some(format!(
            "/api/conversations/{conversation}/messages/{id}/media"
        )),
        // What waits in the outbox stands in no conversation yet.
        _ => media.text("id").map(|id| format!("/api/media/{id}/file")),
    };
    File {
        address,
        state,
        reason: media.code("reason", MediaReason::from_code),
        name: media.text("file_name"),
        size: media.get("size").as_f64(),
        width: media.count("width"),
        height: media.count("height"),
        seconds: media.count("seconds"),
        view_once: media.get("view_once").is_truthy(),
    }
}

fn quoted(value: &JsValue) -> Option<Quoted> {
    let quoted = Object(value);
    Some(Quoted {
        whatsapp_id: quoted.text("whatsapp_message_id")?,
        from: quoted.text("from"),
        words: quoted.text("text"),
    })
}

/// The same emoji of several people is one.
fn reactions(value: &JsValue) -> Vec<Reaction> {
    let all = wire::array(value, |reaction| {
        let reaction = Object(reaction);
        let emoji = reaction.text("emoji").filter(|it| !it.is_empty());
        Some((emoji, person(&reaction.get("from")).shown()))
    });
    let mut together: Vec<Reaction> = Vec::new();
    for (emoji, who) in all.unwrap_or_default() {
        let Some(emoji) = emoji else { continue };
        match together.iter_mut().find(|it| it.emoji == emoji) {
            Some(same) => same.who.push(who),
            None => together.push(Reaction {
                emoji,
                who: vec![who],
            }),
        }
    }
    together
}

impl File {
    /// Where its bytes are, if they are here.
    pub fn here(&self) -> Option<&str> {
        let is_here = matches!(self.state, None | Some(MediaState::Ready));
        self.address.as_deref().filter(|_| is_here)
    }

    /// Whether it can be asked for.
    pub const fn can_fetch(&self) -> bool {
        !matches!(
            self.state,
            None | Some(MediaState::Ready | MediaState::Pending)
        ) && !matches!(
            self.reason,
            Some(MediaReason::Off | MediaReason::NotOffered)
        )
    }
}

impl Person {
    /// As people know them.
    pub fn shown(&self) -> String {
        match (&self.name, &self.number) {
            (Some(name), _) => name.clone(),
            (None, Some(number)) => format::phone(number),
            (None, None) => self.jid.clone(),
        }
    }
}

impl Message {
    /// In a line: for the list, and where it is quoted.
    pub fn summary(&self, texts: &Texts) -> String {
        let named = |kind: ContentType, words: &str| match words {
            "" => (texts.kind)(kind).to_owned(),
            words => format!("{}: {words}", (texts.kind)(kind)),
        };
        match &self.content {
            Content::Text(text) => text.clone(),
            Content::File {
                kind,
                file,
                caption,
            } => {
                let name = file.name.as_deref().unwrap_or_default();
                named(*kind, if caption.is_empty() { name } else { caption })
            }
            Content::Place { words, .. } => {
                let name = words.first().map_or("", String::as_str);
                named(ContentType::Location, name)
            }
            Content::Contacts(cards) => {
                let name = cards.first().map_or("", |(name, _)| name);
                named(ContentType::Contact, name)
            }
            Content::Poll { question, .. } => named(ContentType::Poll, question),
            Content::Deleted => texts.deleted.to_owned(),
            Content::Waiting => texts.waiting.to_owned(),
            Content::ViewOnce => texts.only_once.to_owned(),
            Content::MissedCall { video } => (texts.missed_call)(*video).to_owned(),
            Content::GroupChange {
                what,
                value,
                members,
            } => {
                let who = self.writer(texts);
                (texts.group_change)(what, &who, value, &members.join(", "))
            }
            Content::Unsupported => texts.unsupported.to_owned(),
        }
    }

    /// Whether it says what happened, and nobody wrote it.
    pub const fn is_line(&self) -> bool {
        matches!(
            self.content,
            Content::MissedCall { .. } | Content::GroupChange { .. }
        )
    }

    /// Whether somebody else has it too, so that it can be quoted.
    pub fn can_answer(&self) -> bool {
        let gone = self.is_line() || matches!(self.content, Content::Deleted | Content::Waiting);
        let unsent = matches!(
            self.status,
            Some(
                MessageStatus::Queued
                    | MessageStatus::Sending
                    | MessageStatus::Failed
                    | MessageStatus::Cancelled
            )
        );
        !gone && !unsent
    }
}

#[cfg(test)]
pub fn sample(id: &str, text: &str) -> Message {
    Message {
        id: id.to_owned(),
        whatsapp_id: format!("WA{id}"),
        conversation: None,
        mine: false,
        of_outbox: false,
        from: Person {
            name: Some("Bruno".to_owned()),
            number: None,
            jid: "593991203344@s.whatsapp.net".to_owned(),
        },
        at: Timestamp::UNIX_EPOCH,
        edited: false,
        status: None,
        waits: None,
        content: Content::Text(text.to_owned()),
        quoted: None,
        reactions: Vec::new(),
    }
}
