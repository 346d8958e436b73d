//! People and groups on the other side.

use serde::{Deserialize, Serialize};

/// Somebody at WhatsApp. Whichever of number and LID is not known yet is `null`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Party {
    /// `+` and digits (E.164); `null` for groups, and while only the LID is known.
    pub phone_number: Option<String>,
    /// The other name of a person at WhatsApp: says nothing about the number.
    pub lid: Option<String>,
    /// To be written to.
    pub jid: String,
    /// As the person calls themselves at WhatsApp, or the group's subject.
    pub name: Option<String>,
}
