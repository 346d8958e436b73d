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
        /// A device of the recipient has it; in a group, one of every member.
        Delivered = "delivered",
        /// The recipient opened it; in a group, every member.
        Read = "read",
        /// It will not be sent; the timeline says why. Where it had been on the wire
        /// and turns out to have arrived, `sent` or more follows.
        Failed = "failed",
        /// Taken back before it was sent; of one that had been on the wire the same
        /// holds.
        Cancelled = "cancelled",
    }
}

impl MessageStatus {
    /// How far along it is. A message never goes back, except to `queued` when an
    /// attempt was cut off or somebody sends it again. That it arrived is proven,
    /// whatever was thought of it before.
    pub const fn rank(self) -> u8 {
        match self {
            Self::Queued => 0,
            Self::Sending => 1,
            Self::Failed | Self::Cancelled => 2,
            Self::Sent => 3,
            Self::Delivered => 4,
            Self::Read => 5,
        }
    }

    /// It is in the queue no more.
    pub const fn has_left_the_queue(self) -> bool {
        self.rank() >= Self::Failed.rank()
    }

    /// Nothing is awaited of it any more.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Read | Self::Failed | Self::Cancelled)
    }
}

/// A message to send.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewMessage {
    pub account_id: AccountId,
    /// `+6287733760363`, `6287733760363`, a local form as in the account's own
    /// country (or in `DEFAULT_COUNTRY`, where the server has one),
    /// `…@s.whatsapp.net`, `…@lid` or `…@g.us`.
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
        /// After everything else.
        Low = "low",
        /// As it comes.
        Normal = "normal",
        /// Before everything else: a one-time password.
        High = "high",
    }
}

/// The other side. Whichever of number and LID is not known yet is `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Recipient {
    /// `+` and digits (E.164); `null` for groups, and while only the LID is known.
    pub phone_number: Option<String>,
    /// The other name of a person at WhatsApp: says nothing about the number.
    pub lid: Option<String>,
    /// The address at WhatsApp that the message goes to.
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
    /// Where it is on its way.
    pub status: MessageStatus,
    /// When it was accepted.
    pub queued_at: DateTime<Utc>,
    /// What it goes before.
    pub priority: Priority,
    /// Not before this time.
    pub send_at: Option<DateTime<Utc>>,
    /// Not after this time.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it will go at the earliest, while it is `queued`.
    pub waits_until: Option<DateTime<Utc>>,
    /// Why it does not go now, while it is `queued`.
    pub waits_for: Option<WaitsFor>,
    /// The key it was sent with.
    pub idempotency_key: Option<String>,
    /// Yours, as it came.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub metadata: Option<serde_json::Value>,
    /// The bulk that it is one of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bulk_id: Option<BulkId>,
    /// Every status it had, oldest first; only where one message is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeline: Option<Vec<TimelineEntry>>,
    /// In a group: the members who have it; only where one message is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipts: Option<Vec<MemberReceipt>>,
}

codes! {
    /// Why a queued message does not go yet.
    WaitsFor {
        /// Its `send_at`.
        Scheduled = "scheduled",
        /// An earlier message to the same chat goes first.
        EarlierMessage = "earlier_message",
        /// The limit of what its account sends.
        SessionLimit = "session_limit",
        /// The limit of what all accounts of its owner send.
        UserLimit = "user_limit",
        /// The limit of what one recipient is sent.
        DestinationLimit = "destination_limit",
        /// A failure that passes: it is tried again.
        Retry = "retry",
        /// The account is not connected.
        Session = "session",
        /// The account's queue, or the bulk, is paused; resuming it sends them.
        Paused = "paused",
        /// WhatsApp lets the account write to strangers no more for now.
        ReachOutTimelock = "reach_out_timelock",
        /// Its account sends as a person would, one after the other.
        Pacing = "pacing",
    }
}

/// That a member of a group has a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemberReceipt {
    /// `+` and digits (E.164); `null` while only the LID is known.
    pub phone_number: Option<String>,
    /// The other name of a person at WhatsApp.
    pub lid: Option<String>,
    /// Since when a device of theirs has it.
    pub delivered_at: DateTime<Utc>,
    /// When they opened it.
    pub read_at: Option<DateTime<Utc>>,
}

/// The codes that a step's detail can be. `send_failed`, `check_failed`, `upload_failed`
/// and `media_unreadable` are followed by `: ` and why. Besides these there are
/// `upload_refused_<HTTP status>`, `rejected_<WhatsApp's number>` for refusals that
/// are not known, and the device that has a message.
pub const DETAILS: &[&str] = &[
    "ack_timeout",
    "bulk_cancelled",
    "check_failed",
    "connection_lost",
    "duplicate_message",
    "expired",
    "interrupted",
    "media_damaged",
    "media_missing",
    "media_unreadable",
    "not_on_whatsapp",
    "number_spelled_otherwise",
    "reach_out_timelock",
    "rejected_delete_not_allowed",
    "rejected_deleted",
    "rejected_group_changed",
    "rejected_group_unsupported",
    "rejected_internal",
    "rejected_invalid_content",
    "rejected_invalid_field",
    "rejected_malformed",
    "rejected_missing_secret",
    "rejected_new_chats_capped",
    "rejected_not_understood",
    "rejected_recipient_not_found",
    "rejected_too_many",
    "rejected_unavailable",
    "retry",
    "send_failed",
    "send_timeout",
    "upload_failed",
];

/// One step of a message on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimelineEntry {
    /// What it became.
    pub status: MessageStatus,
    /// When.
    pub at: DateTime<Utc>,
    /// A stable code or a short text that says why, where there is more to say.
    pub detail: Option<String>,
}
