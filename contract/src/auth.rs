//! People and sign-in.

use crate::{ids::UserId, session::codes};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

codes! {
    Role {
        Admin = "admin",
        Member = "member",
    }
}

/// The person who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserView {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub created_at: DateTime<Utc>,
}

/// `POST /api/auth/register`
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Registration {
    pub email: String,
    /// 10 to 200 characters.
    pub password: String,
    /// 1 to 80 characters.
    pub name: String,
}

/// `POST /api/auth/login`
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Login {
    pub email: String,
    pub password: String,
}
