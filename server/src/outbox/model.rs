//! A message in the outbox.

use super::held::Held;
use whahook_contract::{
    Timestamp,
    ids::{AccountId, BulkId, MessageId, SessionId, UserId},
    message::{
        Content, Kind, MessageStatus, MessageView, Priority, Recipient, TimelineEntry, WaitsFor,
    },
};

/// Where a message stands that is not sent yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A person keeps its bulk back: it is in no line and holds nobody up.
    Held,
    /// Its time has not come: it is in no line and holds nobody up.
    Asleep,
    /// Others of its chat go first.
    InLine,
    /// The one of its chat that may be claimed, or is on its way.
    First,
}

impl Place {
    /// As the column `head` has it.
    pub const fn number(self) -> i32 {
        match self {
            Self::Held => -2,
            Self::Asleep => -1,
            Self::InLine => 0,
            Self::First => 1,
        }
    }

    pub const fn from_number(number: i32) -> Self {
        match number {
            ..=-2 => Self::Held,
            -1 => Self::Asleep,
            0 => Self::InLine,
            1.. => Self::First,
        }
    }
}

/// A priority as the database orders it.
pub const fn weight(priority: Priority) -> i32 {
    match priority {
        Priority::Low => 0,
        Priority::Normal => 1,
        Priority::High => 2,
    }
}

pub const fn from_weight(weight: i32) -> Priority {
    match weight {
        ..=0 => Priority::Low,
        1 => Priority::Normal,
        2.. => Priority::High,
    }
}

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
    pub place: Place,
    pub priority: Priority,
    pub queued_at: Timestamp,
    pub send_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    pub waits_until: Option<Timestamp>,
    pub waits_for: Option<WaitsFor>,
    pub idempotency_key: Option<String>,
    pub metadata: Option<serde_json::Value>,
    /// The bulk that it is one of.
    pub bulk: Option<BulkId>,
}

impl Message {
    pub const fn session(&self) -> SessionId {
        SessionId::new(self.user, self.account)
    }

    pub fn is_to_group(&self) -> bool {
        self.to.jid.ends_with("@g.us")
    }

    /// It must not be sent any more.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// What to say of its end if it was on the wire before: WhatsApp may have it
    /// without having said so.
    pub const fn end<'a>(&self, never_left: &'a str, attempted: &'a str) -> &'a str {
        if self.attempts > 0 {
            attempted
        } else {
            never_left
        }
    }

    /// Where it stands at first.
    pub fn first_place(&self) -> Place {
        if self.send_at.is_some_and(|at| at > self.queued_at) {
            Place::Asleep
        } else {
            Place::First
        }
    }

    /// The view, with what keeps all messages of the account back: a queued one
    /// that waits for nothing of its own waits for that.
    pub fn view_under(
        self,
        held: Option<Held>,
        timeline: Option<Vec<TimelineEntry>>,
    ) -> MessageView {
        let mut view = self.view(timeline);
        if let Some(held) = held
            && view.status == MessageStatus::Queued
        {
            if held.why == WaitsFor::Paused || view.waits_for.is_none() {
                view.waits_for = Some(held.why);
                view.waits_until = held.until;
            } else if view.waits_for == Some(WaitsFor::EarlierMessage) {
                view.waits_until = held.until;
            }
        }
        view
    }

    pub fn view(mut self, timeline: Option<Vec<TimelineEntry>>) -> MessageView {
        if let Kind::Poll(poll) = &mut self.content.kind {
            poll.secret = None;
        }
        let queued = self.status == MessageStatus::Queued;
        let (waits_for, waits_until) = match self.place {
            _ if !queued => (None, None),
            Place::Held => (Some(WaitsFor::Paused), None),
            Place::Asleep => (Some(WaitsFor::Scheduled), self.send_at),
            Place::InLine => (Some(WaitsFor::EarlierMessage), None),
            Place::First => (self.waits_for, self.waits_until),
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
            priority: self.priority,
            send_at: self.send_at,
            expires_at: self.expires_at,
            waits_until,
            waits_for,
            idempotency_key: self.idempotency_key,
            metadata: self.metadata,
            bulk_id: self.bulk,
            timeline,
            receipts: None,
        }
    }
}
