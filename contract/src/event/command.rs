//! Commands that a client sends over Socket.IO; each is acknowledged.

use crate::ids::{AccountId, SessionId};
use serde::{Deserialize, Serialize};

pub const CREATE: &str = "whatsapp:create";
pub const DESTROY: &str = "whatsapp:destroy";
pub const EVENTS_SINCE: &str = "events:since";

/// `whatsapp:create`: start linking or reconnect.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Create {
    pub account_id: AccountId,
    /// Asks for a code to type on the phone of this number as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
}

/// `whatsapp:destroy`: unlink at WhatsApp and delete the session's data.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Destroy {
    pub session_id: SessionId,
}

/// `events:since`: the events after a number. Acknowledged with as many as fit into one
/// answer, the oldest first; `complete`: there are no more behind them; `newest`: the number
/// of the account's newest event. What begins later than it was asked for is no longer kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventsSince {
    pub account_id: AccountId,
    pub after: i64,
}
