//! Who is on WhatsApp, and what the other side sees of an account.

use crate::session::codes;
use serde::{Deserialize, Serialize};

/// Numbers to look up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CheckNumbers {
    /// 1 to 100 phone numbers, each in a form of `to`.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 100, example = json!(["+6287733760363"])))]
    pub numbers: Vec<String>,
}

/// What WhatsApp said of numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckedNumbers {
    /// One for each number that was asked for, in the same order.
    pub numbers: Vec<CheckedNumber>,
}

/// What WhatsApp said of a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckedNumber {
    /// As it was asked for.
    #[cfg_attr(feature = "openapi", schema(example = "0877-3376-0363"))]
    pub number: String,
    /// Whether it is on WhatsApp; `null`: WhatsApp did not say.
    #[cfg_attr(feature = "openapi", schema(example = true))]
    pub registered: Option<bool>,
    /// `+` and digits (E.164).
    #[cfg_attr(feature = "openapi", schema(example = "+6287733760363"))]
    pub phone_number: String,
    /// Its other name at WhatsApp, where that is known.
    #[cfg_attr(feature = "openapi", schema(example = "98765432101234@lid"))]
    pub lid: Option<String>,
    /// To be sent to.
    #[cfg_attr(feature = "openapi", schema(example = "6287733760363@s.whatsapp.net"))]
    pub jid: String,
}

codes! {
    /// What the other side of a chat is shown.
    TypingState {
        /// “typing…”
        Typing = "typing",
        /// “recording audio…”
        Recording = "recording",
        /// Nothing any more.
        Stopped = "stopped",
    }
}

/// What the other side of a chat is to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ShowTyping {
    /// What to show. Phones forget it by themselves after some seconds.
    pub state: TypingState,
}

/// Messages that were read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MarkRead {
    /// 1 to 1,000 of WhatsApp's ids of received messages.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 1_000, example = json!(["3EB0C431C26A1916E07A"])))]
    pub message_ids: Vec<String>,
    /// Who wrote them, in a form of `to`; needed in a group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "+6287733760363"))]
    pub from: Option<String>,
}

codes! {
    /// Whether an account is shown as online.
    Presence {
        /// Online. The phone then gets no notifications of new messages.
        Available = "available",
        /// Not online.
        Unavailable = "unavailable",
    }
}

/// Whether an account is to be shown as online.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetPresence {
    /// What to show until it is changed, whenever the account is connected.
    pub presence: Presence,
}
