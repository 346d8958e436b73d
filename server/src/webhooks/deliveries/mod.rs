//! Events on their way to webhooks.

pub(super) mod store;

use super::model::{message_id, test_id};
use whahook_contract::{
    Timestamp,
    ids::{AccountId, DeliveryId, WebhookId},
    webhook::{AttemptView, DeliveryStatus, DeliveryView},
};

/// A delivery as the database has it.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub id: DeliveryId,
    /// `None`: a test.
    pub of: Option<(AccountId, i64)>,
    pub event_type: String,
    pub status: DeliveryStatus,
    pub attempts: i64,
    pub next_attempt_at: Timestamp,
    /// It is its turn.
    pub is_head: bool,
    pub created_at: Timestamp,
    pub settled_at: Option<Timestamp>,
    pub last_attempt: Option<AttemptView>,
    pub event: Option<serde_json::Value>,
}

impl Delivery {
    pub fn view(self) -> DeliveryView {
        let turn = self.status == DeliveryStatus::Waiting && self.is_head;
        DeliveryView {
            id: self.id,
            webhook_message_id: match self.of {
                Some((account, seq)) => message_id(account, seq),
                None => test_id(self.id),
            },
            account_id: self.of.map(|(account, _)| account),
            seq: self.of.map(|(_, seq)| seq),
            event_type: self.event_type,
            status: self.status,
            attempts: self.attempts,
            created_at: self.created_at,
            next_attempt_at: turn.then_some(self.next_attempt_at),
            settled_at: self.settled_at,
            last_attempt: self.last_attempt,
            event: self.event,
        }
    }
}

/// A new delivery.
#[derive(Debug)]
pub struct New {
    pub id: DeliveryId,
    pub webhook: WebhookId,
    pub account: AccountId,
    pub seq: i64,
    pub event_type: String,
    pub lane: String,
}

/// A delivery that is this worker's to attempt.
#[derive(Debug, Clone)]
pub struct Claimed {
    pub id: DeliveryId,
    pub account: AccountId,
    pub seq: i64,
    pub attempts: i64,
    pub give_up_at: Timestamp,
}
