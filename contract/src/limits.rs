//! How an account sends: its settings, and how much of its limits is used.

use crate::{account::ReachOutTimelock, session::codes};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};

/// How an account sends. `null` means the server's default; `applies` has what
/// comes of both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountSettingsView {
    /// Whether the account's own limits hold. The limit of all the accounts of a
    /// person together is the server's.
    #[cfg_attr(feature = "openapi", schema(example = json!(null)))]
    pub limits_enabled: Option<bool>,
    /// Messages in any 60 seconds.
    #[cfg_attr(feature = "openapi", schema(example = 20))]
    pub session_per_minute: Option<u32>,
    /// Messages to one chat in any hour.
    #[cfg_attr(feature = "openapi", schema(example = json!(null)))]
    pub destination_per_hour: Option<u32>,
    /// Messages to one chat in any 24 hours.
    #[cfg_attr(feature = "openapi", schema(example = json!(null)))]
    pub destination_per_day: Option<u32>,
    /// Whether it sends as a person would: one message after the other, with
    /// pauses, and shown as typing before each.
    #[cfg_attr(feature = "openapi", schema(example = true))]
    pub human_pacing: Option<bool>,
    /// For so many seconds the same content to the same recipient is refused
    /// with `duplicate_message`; 0: never.
    #[cfg_attr(feature = "openapi", schema(example = 600))]
    pub duplicate_window_s: Option<u32>,
    /// What applies where nothing is set.
    pub defaults: AppliedSettings,
    /// What applies now.
    pub applies: AppliedSettings,
}

/// What comes of an account's settings and the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AppliedSettings {
    /// Whether the account's own limits hold.
    #[cfg_attr(feature = "openapi", schema(example = true))]
    pub limits_enabled: bool,
    /// Messages in any 60 seconds.
    #[cfg_attr(feature = "openapi", schema(example = 20))]
    pub session_per_minute: u32,
    /// Messages to one chat in any hour.
    #[cfg_attr(feature = "openapi", schema(example = 20))]
    pub destination_per_hour: u32,
    /// Messages to one chat in any 24 hours.
    #[cfg_attr(feature = "openapi", schema(example = 100))]
    pub destination_per_day: u32,
    /// Whether it sends as a person would.
    #[cfg_attr(feature = "openapi", schema(example = true))]
    pub human_pacing: bool,
    /// For so many seconds the same content to the same recipient is refused;
    /// 0: never.
    #[cfg_attr(feature = "openapi", schema(example = 600))]
    pub duplicate_window_s: u32,
}

/// What is to change of how an account sends; what is left out stays as it is,
/// and `null` goes back to the server's default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
#[allow(
    clippy::option_option,
    reason = "left out, `null` and a value are three things"
)]
pub struct AccountSettingsChanges {
    /// Whether the account's own limits hold.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<bool>, example = true))]
    pub limits_enabled: Option<Option<bool>>,
    /// Messages in any 60 seconds: 1 to 1,000,000.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u32>, minimum = 1, maximum = 1_000_000, example = 20))]
    pub session_per_minute: Option<Option<u32>>,
    /// Messages to one chat in any hour: 1 to 1,000,000.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u32>, minimum = 1, maximum = 1_000_000, example = 20))]
    pub destination_per_hour: Option<Option<u32>>,
    /// Messages to one chat in any 24 hours: 1 to 1,000,000.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u32>, minimum = 1, maximum = 1_000_000, example = 100))]
    pub destination_per_day: Option<Option<u32>>,
    /// Whether it sends as a person would: one message after the other, with
    /// pauses, and shown as typing before each.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<bool>, example = true))]
    pub human_pacing: Option<Option<bool>>,
    /// For so many seconds (at most 30 days) the same content to the same
    /// recipient is refused with `duplicate_message`; 0: never. Messages count
    /// that are accepted while it is on.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u32>, minimum = 0, maximum = 2_592_000, example = 600))]
    pub duplicate_window_s: Option<Option<u32>>,
}

/// A field that is there, even if it is `null`.
#[allow(clippy::option_option, reason = "see its use")]
pub(crate) fn given<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// How much of an account's limits is used, and what else keeps messages back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LimitsView {
    /// One for each limit.
    pub gauges: Vec<Gauge>,
    /// Since when the account's queue has been paused, if it is.
    #[cfg_attr(feature = "openapi", schema(example = json!(null)))]
    pub queue_paused_at: Option<DateTime<Utc>>,
    /// Until when WhatsApp lets the account write to strangers no more.
    pub reach_out_timelock: Option<ReachOutTimelock>,
}

/// How much of a limit is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Gauge {
    /// Which limit.
    pub name: LimitName,
    /// Whether it holds; sends are counted all the same.
    #[cfg_attr(feature = "openapi", schema(example = true))]
    pub enabled: bool,
    /// How many messages went in the window that ends now.
    #[cfg_attr(feature = "openapi", schema(example = 7))]
    pub used: i64,
    /// How many may.
    #[cfg_attr(feature = "openapi", schema(example = 10))]
    pub limit: u32,
    /// How long the window is, in seconds.
    #[cfg_attr(feature = "openapi", schema(example = 60))]
    pub window_s: i64,
    /// When one more may go than now; `null` while nothing is used.
    pub frees_at: Option<DateTime<Utc>>,
    /// The chat it counts, of limits for one chat: the one that was asked for,
    /// else the one that has used the most. `null`: there is none.
    #[cfg_attr(feature = "openapi", schema(example = json!(null)))]
    pub chat: Option<String>,
}

codes! {
    /// A limit of how much may go out.
    LimitName {
        /// Messages of the account in a minute.
        SessionPerMinute = "session_per_minute",
        /// Messages of all the accounts of a person in a minute; the server's.
        UserPerMinute = "user_per_minute",
        /// Messages to one chat in an hour.
        DestinationPerHour = "destination_per_hour",
        /// Messages to one chat in 24 hours.
        DestinationPerDay = "destination_per_day",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn left_out_null_and_a_value_are_three_things() {
        let read = |text| serde_json::from_str::<AccountSettingsChanges>(text).expect("reads");
        assert_eq!(read("{}").session_per_minute, None);
        let null = read(r#"{"session_per_minute": null}"#);
        assert_eq!(null.session_per_minute, Some(None));
        let five = read(r#"{"session_per_minute": 5}"#);
        assert_eq!(five.session_per_minute, Some(Some(5)));
    }
}
