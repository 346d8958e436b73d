//! Accounts as the API shows them.

use crate::{
    ids::{AccountId, SessionId},
    session::{Reason, Status, Warning},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One WhatsApp number that a user wants connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountView {
    pub id: AccountId,
    /// What the person calls it.
    pub label: String,
    pub session_id: SessionId,
    pub status: Status,
    pub reason: Option<Reason>,
    /// More about the reason in English, for people.
    pub detail: Option<String>,
    /// Since when the status has been what it is.
    pub since: DateTime<Utc>,
    /// When the next attempt is made by itself, if one is.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// `+` and digits (E.164), once linked.
    pub phone_number: Option<String>,
    pub lid: Option<String>,
    /// The name on WhatsApp, once linked.
    pub push_name: Option<String>,
    pub created_at: DateTime<Utc>,
    /// When WhatsApp last answered or delivered something.
    pub last_activity_at: Option<DateTime<Utc>>,
    pub warning: Option<Warning>,
    /// Since when its queue has been paused, if it is.
    pub queue_paused_at: Option<DateTime<Utc>>,
}

/// `POST /api/accounts`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// 1 to 60 characters.
    pub label: String,
}

/// `PATCH /api/accounts/{id}`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AccountChanges {
    /// 1 to 60 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}
