//! People and sign-in.

use crate::{ids::UserId, session::codes};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

codes! {
    /// What a person is on this server.
    Role {
        /// The first person who registered.
        Admin = "admin",
        /// Everybody else.
        Member = "member",
    }
}

/// The person who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserView {
    /// Names the person.
    pub id: UserId,
    /// The address they sign in with.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// What they are on this server.
    pub role: Role,
    /// When they registered.
    pub created_at: DateTime<Utc>,
}

/// A new person.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// The address to sign in with.
    pub email: String,
    /// 10 to 200 characters.
    pub password: String,
    /// What the person is called: 1 to 80 characters.
    pub name: String,
}

/// Who signs in.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The address that was registered.
    pub email: String,
    /// The person's password.
    pub password: String,
}
