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
    /// Names it in every path and in messages.
    pub id: AccountId,
    /// What the person calls it.
    pub label: String,
    /// Names its session, and the session's folder on the volume.
    pub session_id: SessionId,
    /// What its session is.
    pub status: Status,
    /// Why its session is that.
    pub reason: Option<Reason>,
    /// More about the reason in English, for people.
    pub detail: Option<String>,
    /// Since when the status has been what it is.
    pub since: DateTime<Utc>,
    /// When the next attempt is made by itself, if one is.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// `+` and digits (E.164), once linked.
    pub phone_number: Option<String>,
    /// Its other name at WhatsApp, once linked: says nothing about the number.
    pub lid: Option<String>,
    /// The name on WhatsApp, once linked.
    pub push_name: Option<String>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When WhatsApp last answered or delivered something.
    pub last_activity_at: Option<DateTime<Utc>>,
    /// What will go wrong unless somebody acts.
    pub warning: Option<Warning>,
    /// Since when its queue has been paused, if it is.
    pub queue_paused_at: Option<DateTime<Utc>>,
    /// Until when WhatsApp lets the account write to strangers no more, if it
    /// does. Messages to people with whom nothing was exchanged yet wait; others
    /// go on.
    pub reach_out_timelock: Option<ReachOutTimelock>,
}

/// WhatsApp's lock (error 463) for an account that wrote first to strangers too
/// often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReachOutTimelock {
    /// When WhatsApp first refused a message for it.
    pub since: DateTime<Utc>,
    /// When it is over, as WhatsApp says.
    pub until: DateTime<Utc>,
}

/// A new account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// What you call it: 1 to 60 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 60))]
    pub label: String,
}

/// What is to change of an account; what is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AccountChanges {
    /// What you call it: 1 to 60 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 60))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}
