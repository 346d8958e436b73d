//! Messages accepted for sending.

mod content;

pub use content::{
    ContactCard, Content, ContentType, Kind, LinkPreview, Location, Media, MessageRef, Poll,
};

use crate::{
    ids::{AccountId, BulkId, MessageId, SessionId},
    session::codes,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

codes! {
    /// Where a message is on its way.
    MessageStatus {
        /// Accepted; waits for its turn, for a limit or for the session.
        Queued = "queued",
        /// Handed to WhatsApp; its acknowledgement is awaited.
        Sending = "sending",
        /// WhatsApp acknowledged it.
        Sent = "sent",
        /// A device of the recipient has it.
        Delivered = "delivered",
        /// The recipient opened it.
        Read = "read",
        /// It will not be sent; the timeline says why.
        Failed = "failed",
        /// Taken back before it was sent.
        Cancelled = "cancelled",
    }
}

impl MessageStatus {
    /// Nothing happens to it any more.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Read | Self::Failed | Self::Cancelled)
    }
}

/// `POST /api/messages`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewMessage {
    pub account_id: AccountId,
    /// `+6287733760363`, `6287733760363`, a local form where `DEFAULT_COUNTRY`
    /// is set, `…@s.whatsapp.net`, `…@lid` or `…@g.us`.
    pub to: String,
    #[serde(flatten)]
    pub content: Content,
    /// The same key again returns the first answer and sends nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// Not before this time, at most a year ahead; one that has passed means now.
    /// Until then the message is in nobody's way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_at: Option<DateTime<Utc>>,
    /// Not after this time: if it is still `queued` then, it becomes `failed`
    /// with the detail `expired`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// `normal` when absent. A higher one overtakes, also within its chat and
    /// always within the limits; equal ones keep their order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// Yours to keep; returned as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub metadata: Option<serde_json::Value>,
}

codes! {
    /// What goes before what.
    Priority {
        Low = "low",
        Normal = "normal",
        High = "high",
    }
}

/// The other side. Whichever of number and LID is not known yet is `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Recipient {
    pub phone_number: Option<String>,
    pub lid: Option<String>,
    pub jid: String,
}

/// A message accepted for sending.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageView {
    pub id: MessageId,
    pub account_id: AccountId,
    pub session_id: SessionId,
    /// Chosen before the message is sent; the recipient sees the same.
    pub whatsapp_message_id: String,
    pub to: Recipient,
    #[serde(flatten)]
    pub content: Content,
    pub status: MessageStatus,
    pub queued_at: DateTime<Utc>,
    pub priority: Priority,
    pub send_at: Option<DateTime<Utc>>,
    pub expires_at: Option<DateTime<Utc>>,
    /// When it will go at the earliest, and why not now; while `queued`.
    pub waits_until: Option<DateTime<Utc>>,
    pub waits_for: Option<WaitsFor>,
    pub idempotency_key: Option<String>,
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub metadata: Option<serde_json::Value>,
    /// The bulk that it is one of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bulk_id: Option<BulkId>,
    /// Every status it had, oldest first; only where one message is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeline: Option<Vec<TimelineEntry>>,
}

codes! {
    /// Why a queued message does not go yet.
    WaitsFor {
        /// Its `send_at`.
        Scheduled = "scheduled",
        /// An earlier message to the same chat goes first.
        EarlierMessage = "earlier_message",
        SessionLimit = "session_limit",
        UserLimit = "user_limit",
        DestinationLimit = "destination_limit",
        Retry = "retry",
        /// The account's queue is paused; resuming it sends them.
        Paused = "paused",
        /// WhatsApp lets the account write to strangers no more for now.
        ReachOutTimelock = "reach_out_timelock",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimelineEntry {
    pub status: MessageStatus,
    pub at: DateTime<Utc>,
    /// A stable code or a short text that says why, where there is more to say.
    pub detail: Option<String>,
}
