//! What stands in a phone's chats.

use serde::{Deserialize, Serialize};

use super::facts::Facts;
use super::media::Media;
use crate::number::PhoneNumber;
use crate::recipient::Recipient;

/// How far a message of the phone's own has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Sent,
    Delivered,
    Read,
    /// A message from someone else that the person has not opened yet.
    Unread,
    /// A message from someone else that the person has seen.
    Seen,
}

/// What somebody answered to a message with an emoji.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reacted {
    pub from: PhoneNumber,
    pub emoji: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// WhatsApp's message id.
    pub id: String,
    pub from: PhoneNumber,
    pub to: Recipient,
    #[serde(rename = "type")]
    pub kind: String,
    pub text: String,
    /// RFC 3339, UTC.
    pub at: String,
    pub status: Status,
    /// The device of the sender: 0 is a phone, others are companions.
    pub device: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<Media>,
    #[serde(flatten)]
    pub facts: Facts,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reacted>,
    #[serde(default)]
    pub edited: bool,
    /// Its sender, or an admin of the group, took it back: nothing of it is left.
    #[serde(default)]
    pub deleted: bool,
}

impl ChatMessage {
    /// The other side of the chat as seen from the owner.
    pub fn chat(&self, owner: &PhoneNumber) -> Recipient {
        match &self.to {
            Recipient::Person(_) if self.from != *owner => self.from.clone().into(),
            to => to.clone(),
        }
    }

    pub fn is_in(&self, chat: &Recipient, owner: &PhoneNumber) -> bool {
        match (&self.to, chat) {
            (Recipient::Person(_), Recipient::Person(peer)) if self.from != *owner => {
                self.from == *peer
            }
            (to, chat) => to == chat,
        }
    }

    /// Whether the one who should has read it: the recipient, or the phone's owner.
    pub fn is_read(&self) -> bool {
        matches!(self.status, Status::Read | Status::Seen)
    }
}

/// Seconds since the epoch as RFC 3339 in UTC.
pub fn rfc3339(millis: i64) -> String {
    chrono::DateTime::from_timestamp_millis(millis)
        .unwrap_or_default()
        .to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
