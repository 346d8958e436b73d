//! API keys, for backend jobs.

use crate::{
    ids::{AccountId, KeyId},
    session::codes,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

codes! {
    /// What a key may do.
    Scope {
        /// Read accounts, sessions, messages and events.
        Read = "read",
        /// Accept messages for sending, and cancel them.
        Send = "send",
        /// Everything its owner may do, except managing keys and signing in.
        Admin = "admin",
    }
}

/// A new API key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// What you call it: 1 to 60 characters.
    pub name: String,
    /// What it may do: at least one.
    pub scopes: Vec<Scope>,
    /// The accounts it may see; all of its owner's when absent.
    #[serde(default)]
    pub account_ids: Option<Vec<AccountId>>,
    /// When it stops working, in the future; never when absent.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
}

/// A key as lists show it: never the secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeyView {
    /// Names the key, to revoke it.
    pub id: KeyId,
    /// What you call it.
    pub name: String,
    /// The first characters, to tell keys apart.
    pub prefix: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The accounts it sees; `null`: all of its owner's.
    pub account_ids: Option<Vec<AccountId>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the minute; `null`: never.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it stops working; `null`: never.
    pub expires_at: Option<DateTime<Utc>>,
}

/// The answer to `POST /api/keys`: the only time the key itself is shown.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedKey {
    /// Send it as `Authorization: Bearer <key>`.
    pub key: String,
    #[serde(flatten)]
    pub view: KeyView,
}
