//! A message in the outbox.

use whahook_contract::{
    Timestamp,
    ids::{AccountId, MessageId, SessionId, UserId},
    message::{Content, MessageStatus, MessageView, Recipient, TimelineEntry, WaitsFor},
};

#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub id: MessageId,
    pub account: AccountId,
    pub user: UserId,
    /// Chosen when the message is accepted and kept for every attempt:
    /// recipients drop what they have already.
    pub whatsapp_message_id: String,
    pub to: Recipient,
    pub content: Content,
    pub status: MessageStatus,
    pub attempts: i64,
    /// Attempts that failed for the message's own sake, not for want of a
    /// connection.
    pub failures: i64,
    pub head: bool,
    pub queued_at: Timestamp,
    pub waits_until: Option<Timestamp>,
    pub waits_for: Option<WaitsFor>,
    pub idempotency_key: Option<String>,
    pub metadata: Option<serde_json::Value>,
}

impl Message {
    pub const fn session(&self) -> SessionId {
        SessionId::new(self.user, self.account)
    }

    pub fn view(self, timeline: Option<Vec<TimelineEntry>>) -> MessageView {
        let queued = self.status == MessageStatus::Queued;
        let waits_for = if queued && !self.head {
            Some(WaitsFor::EarlierMessage)
        } else {
            self.waits_for.filter(|_| queued)
        };
        MessageView {
            session_id: self.session(),
            id: self.id,
            account_id: self.account,
            whatsapp_message_id: self.whatsapp_message_id,
            to: self.to,
            content: self.content,
            status: self.status,
            queued_at: self.queued_at,
            waits_until: self.waits_until.filter(|_| queued && self.head),
            waits_for,
            idempotency_key: self.idempotency_key,
            metadata: self.metadata,
            timeline,
        }
    }
}

/// How far along a message is: a status never goes back, except to `queued`
/// when an attempt was cut off.
pub const fn rank(status: MessageStatus) -> u8 {
    match status {
        MessageStatus::Queued => 0,
        MessageStatus::Sending => 1,
        MessageStatus::Sent => 2,
        MessageStatus::Delivered => 3,
        MessageStatus::Read => 4,
        MessageStatus::Failed | MessageStatus::Cancelled => 5,
    }
}
