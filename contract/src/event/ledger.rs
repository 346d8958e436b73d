//! Events with their numbers, as the ledger has them and as they are pushed.

use super::Event;
use crate::ids::AccountId;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// An event as the ledger has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LedgerEvent {
    /// Its number within the account: 1, 2, 3, … without gaps.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub seq: i64,
    /// The account it is about.
    pub account_id: AccountId,
    /// When it happened.
    pub at: DateTime<Utc>,
    #[serde(flatten)]
    pub event: Event,
}

/// A page of an account's ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LedgerPage {
    /// What is on this page, oldest first.
    pub items: Vec<LedgerEvent>,
    /// The `after` of the next page, which may be there even where this one is
    /// empty; `null` on the last.
    pub next_cursor: Option<String>,
    /// The number of the oldest event that is still kept; `null` where there is
    /// none. What was before it is gone.
    pub oldest_seq: Option<i64>,
    /// The number of the newest event: 0 before the first.
    pub newest_seq: i64,
}

/// The payload of a server event on Socket.IO: the event's data, with the
/// account and its number in the account's ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pushed {
    pub seq: i64,
    pub account_id: AccountId,
    #[serde(flatten)]
    pub data: serde_json::Map<String, serde_json::Value>,
}

impl Pushed {
    /// # Errors
    /// Fails only if the event does not serialize to an object, which would be
    /// a mistake in this crate.
    pub fn new(seq: i64, account_id: AccountId, event: &Event) -> serde_json::Result<Self> {
        let data = match serde_json::to_value(event)? {
            serde_json::Value::Object(mut object) => object.remove("data"),
            _ => None,
        };
        Ok(Self {
            seq,
            account_id,
            data: match data {
                Some(serde_json::Value::Object(data)) => data,
                _ => serde_json::Map::new(),
            },
        })
    }

    /// The event again, as a client reads it.
    ///
    /// # Errors
    /// The payload does not fit the event's name.
    pub fn event(self, name: &str) -> serde_json::Result<Event> {
        serde_json::from_value(serde_json::json!({ "type": name, "data": self.data }))
    }
}
