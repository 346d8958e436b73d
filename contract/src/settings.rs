//! What a person sets for themselves: `/api/me/settings`.

use crate::session::codes;
use serde::{Deserialize, Serialize};

codes! {
    /// A language that the product speaks.
    Language {
        /// English
        English = "en",
        /// Español
        Spanish = "es",
    }
}

/// What a person has set for themselves.
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

/// What is to change of your settings; what is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SettingsChanges {
    /// Whether an e-mail says that an account is down, was unlinked, or is back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_alerts: Option<bool>,
    /// The language of e-mails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
}
