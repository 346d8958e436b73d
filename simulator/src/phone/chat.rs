//! What stands in a phone's chats.

use serde::{Deserialize, Serialize};

use super::media::Media;
use crate::number::PhoneNumber;

/// How far a message of the phone's own has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// WhatsApp's message id.
    pub id: String,
    pub from: PhoneNumber,
    pub to: PhoneNumber,
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
}

impl ChatMessage {
    /// The other side of the chat as seen from the owner.
    pub fn peer<'a>(&'a self, owner: &PhoneNumber) -> &'a PhoneNumber {
        if self.from == *owner {
            &self.to
        } else {
            &self.from
        }
    }
}

/// Seconds since the epoch as RFC 3339 in UTC.
pub fn rfc3339(millis: i64) -> String {
    chrono::DateTime::from_timestamp_millis(millis)
        .unwrap_or_default()
        .to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
