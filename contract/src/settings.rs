//! What a person sets for themselves: `/api/me/settings`.

use crate::session::codes;
use serde::{Deserialize, Serialize};

codes! {
    /// A language that the product speaks.
    Language {
        English = "en",
        Spanish = "es",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SettingsView {
    /// Whether an e-mail says that an account is down, was unlinked, or is back.
    pub email_alerts: bool,
    /// The language of e-mails: the last one chosen here or on the page; `null`
    /// before that (e-mails are in English then).
    pub language: Option<Language>,
    /// Whether this server can send e-mail at all (`SMTP_URL`).
    pub email_available: bool,
}

/// `PATCH /api/me/settings`: what is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SettingsChanges {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_alerts: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
}
