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

/// `POST /api/keys`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// 1 to 60 characters.
    pub name: String,
    /// At least one.
    pub scopes: Vec<Scope>,
    /// The accounts it may see; all of its owner's when absent.
    #[serde(default)]
    pub account_ids: Option<Vec<AccountId>>,
}

/// A key as lists show it: never the secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeyView {
    pub id: KeyId,
    pub name: String,
    /// The first characters, to tell keys apart.
    pub prefix: String,
    pub scopes: Vec<Scope>,
    pub account_ids: Option<Vec<AccountId>>,
    pub created_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
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
