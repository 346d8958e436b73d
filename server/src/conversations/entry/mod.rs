//! A new message of a conversation.

mod store;

pub use store::{fill, insert, withdraw};

use crate::platform::ids;
use whahook_contract::{Timestamp, received::ChatMessage};

/// As the database keeps it.
pub struct NewRow {
    pub shown: ChatMessage,
    /// The search's own name for it.
    pub number: i64,
    /// The contact who wrote it; empty for the account's own person.
    pub sender: String,
    /// By which JID the message names who wrote it, where the chat is not theirs.
    pub participant: Option<String>,
    /// JSON: where WhatsApp has its file.
    pub attachment: Option<String>,
    /// When that file is fetched next, where it is to be.
    pub media_due: Option<Timestamp>,
}

impl NewRow {
    pub fn new(shown: ChatMessage, sender: String, attachment: Option<String>) -> Self {
        Self {
            number: ids::number(shown.id.0),
            shown,
            sender,
            participant: None,
            attachment,
            media_due: None,
        }
    }
}
