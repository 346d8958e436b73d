//! What became of messages on their way.

mod write;

pub use write::write;

use std::time::Duration;
use whahook_contract::{Timestamp, ids::MessageId, message::Recipient};
use whahook_whatsapp::port::{Existence, Person, Receipt, Receiver};

/// What became of an attempt, waiting to be written down.
pub enum Fact {
    Acked {
        whatsapp_message_id: String,
        error: Option<String>,
    },
    Received {
        whatsapp_message_ids: Vec<String>,
        kind: Receipt,
        by: Receiver,
    },
    /// On the wire; what was learnt of the recipient meanwhile.
    Known {
        id: MessageId,
        person: Person,
    },
    /// On the wire to a group of so many others.
    ToGroup {
        id: MessageId,
        others: usize,
    },
    /// The attempt came to nothing; another follows after the pause.
    Again {
        id: MessageId,
        pause: Duration,
        detail: String,
        /// For the message's own sake, and not for want of a connection.
        failure: bool,
    },
    Failed {
        id: MessageId,
        detail: String,
    },
    /// WhatsApp said whether a number is on it.
    Checked {
        answer: Existence,
    },
    /// The recipient is not on WhatsApp: the message never left.
    NoRecipient {
        id: MessageId,
    },
    /// WhatsApp knows the recipient's number by another spelling: the message
    /// takes its place in that chat.
    Respelled {
        id: MessageId,
        to: Recipient,
    },
    /// WhatsApp said until when the account may not write to strangers.
    Locked {
        until: Timestamp,
    },
    /// Somebody wrote to the account.
    Wrote {
        person: Person,
    },
}

impl Fact {
    /// What it is, for the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Acked { .. } => "acknowledgement",
            Self::Received { .. } => "receipt",
            Self::Known { .. } => "recipient",
            Self::ToGroup { .. } => "members",
            Self::Again { .. } => "another attempt",
            Self::Failed { .. } => "failure",
            Self::Checked { .. } => "number",
            Self::NoRecipient { .. } => "no recipient",
            Self::Respelled { .. } => "another spelling",
            Self::Locked { .. } => "time lock",
            Self::Wrote { .. } => "acquaintance",
        }
    }
}

/// WhatsApp's code for writing first to strangers too often.
pub const TIMELOCK: &str = "463";
