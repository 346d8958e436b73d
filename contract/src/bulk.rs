//! One message to many recipients.

use crate::{
    ids::{AccountId, BulkId, SessionId},
    message::{Content, Priority, WaitsFor},
    session::codes,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many recipients a bulk may have.
pub const RECIPIENTS_MAX: usize = 10_000;

/// `POST /api/messages/bulk`
///
/// In the texts `{{name}}` stands for the recipient's variable `name`, and
/// `{{name|friend}}` for `friend` where they have none. Two braces that are
/// meant as such are written `{{{{`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewBulk {
    /// The account that sends.
    pub account_id: AccountId,
    #[serde(flatten)]
    pub content: Content,
    /// 1 to 10,000, in the order in which they are written to.
    pub recipients: Vec<BulkRecipient>,
    /// `refuse` unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicates: Option<Duplicates>,
    /// The same key again returns the first answer and sends nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// Not before this time, at most a year ahead; one that has passed means now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_at: Option<DateTime<Utc>>,
    /// Not after this time: whoever was not written to by then is not any more,
    /// and counts as `failed` with the detail `expired`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// `low` unless given: single messages go before a bulk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// Yours to keep, at most 4,096 bytes; returned with the bulk as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub metadata: Option<serde_json::Value>,
}

/// To whom, and what is theirs in the texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BulkRecipient {
    /// In a form of `to` of a single message.
    #[cfg_attr(feature = "openapi", schema(example = "+6287733760363"))]
    pub to: String,
    /// What `{{name}}` stands for, by name: texts, numbers, `true` and `false`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub variables: BTreeMap<String, serde_json::Value>,
}

codes! {
    /// What becomes of recipients that stand in the list more than once.
    Duplicates {
        /// The whole list is refused, and the answer names their rows.
        Refuse = "refuse",
        /// Only the first of them counts; the answer says how many were left out.
        Skip = "skip",
        /// Each gets its message, one after the other.
        Send = "send",
    }
}

/// A bulk was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BulkAccepted {
    /// The bulk.
    pub id: BulkId,
    /// The account that sends.
    pub account_id: AccountId,
    /// Its session.
    pub session_id: SessionId,
    /// How many recipients it has.
    pub accepted: i64,
    /// How many rows were left out, because an earlier one has the same
    /// recipient.
    pub skipped: i64,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
}

codes! {
    /// What a bulk does.
    BulkStatus {
        /// Its messages go, or wait for something that passes; see `waits_for`.
        Running = "running",
        /// A person keeps it back; resuming it sends the rest.
        Paused = "paused",
        /// Every message was sent, failed or was cancelled.
        Finished = "finished",
        /// A person ended it; what was sent before stays sent.
        Cancelled = "cancelled",
    }
}

impl BulkStatus {
    /// It sends nothing any more.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Finished | Self::Cancelled)
    }
}

/// How far a bulk is: each recipient counts once, by what their message is now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BulkProgress {
    /// All recipients.
    pub total: i64,
    /// Not in the queue yet: a bulk moves up as its messages are sent.
    pub waiting: i64,
    /// In the queue.
    pub queued: i64,
    /// On the way to WhatsApp.
    pub sending: i64,
    /// WhatsApp has it, the recipient not yet.
    pub sent: i64,
    /// A device of the recipient has it.
    pub delivered: i64,
    /// The recipient opened it.
    pub read: i64,
    /// It will not be sent; the result says why.
    pub failed: i64,
    /// Taken back before it was sent.
    pub cancelled: i64,
}

impl BulkProgress {
    /// Those of whom it is not decided yet whether they are written to.
    pub const fn open(&self) -> i64 {
        self.waiting + self.queued + self.sending
    }
}

/// A bulk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BulkView {
    /// The bulk.
    pub id: BulkId,
    /// The account that sends.
    pub account_id: AccountId,
    /// Its session.
    pub session_id: SessionId,
    /// As it was accepted, with its placeholders.
    #[serde(flatten)]
    pub content: Content,
    /// What it does.
    pub status: BulkStatus,
    /// Why it ended before everybody was written to: `expired`, `cancelled`.
    pub reason: Option<String>,
    /// How far it is.
    pub progress: BulkProgress,
    /// What goes before what.
    pub priority: Priority,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
    /// Not before this time.
    pub send_at: Option<DateTime<Utc>>,
    /// Not after this time.
    pub expires_at: Option<DateTime<Utc>>,
    /// When its first message was put into the queue.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// When its next message goes at the earliest, and why not now; while it
    /// runs or is paused.
    pub waits_until: Option<DateTime<Utc>>,
    /// Why nothing goes just now.
    pub waits_for: Option<WaitsFor>,
    /// When it can have sent everything at the earliest, by the limits a minute
    /// alone; `null` where there are none, and while nobody knows when it goes on.
    pub ends_at_earliest: Option<DateTime<Utc>>,
    /// As it came.
    pub idempotency_key: Option<String>,
    /// As it came.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub metadata: Option<serde_json::Value>,
}

/// `details` of `invalid_input` where rows of `recipients` are wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BulkRefusal {
    /// `recipients`
    pub field: String,
    /// How many mistakes there are.
    pub count: usize,
    /// The first 100 of them.
    pub rows: Vec<RowError>,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RowError {
    /// Which recipient, counted from 1.
    pub row: usize,
    /// Where the row begins in a CSV file, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// `to`, `variables.name`, or the field whose text comes out wrong.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
}
