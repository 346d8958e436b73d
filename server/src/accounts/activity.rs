//! What happened to an account, for people to read.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// An event of the account's ledger: of its session's state, or of itself.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Activity {
    /// Its number in the account's ledger.
    pub seq: i64,
    /// `whatsapp:status`, `whatsapp:ready`, `account:created`, …
    #[serde(rename = "type")]
    pub kind: String,
    pub at: DateTime<Utc>,
    #[schema(value_type = Object)]
    pub data: serde_json::Value,
}
