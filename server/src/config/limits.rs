//! How much may be sent in which time.

use super::vars::Vars;

/// Outbound limits over rolling windows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// `RATE_LIMITING_ENABLED`
    pub enabled: bool,
    /// `LIMIT_SESSION_PER_MINUTE`
    pub session_per_minute: u32,
    /// `LIMIT_USER_PER_MINUTE`
    pub user_per_minute: u32,
    /// `LIMIT_DESTINATION_PER_HOUR`
    pub destination_per_hour: u32,
    /// `LIMIT_DESTINATION_PER_DAY`
    pub destination_per_day: u32,
}

impl Limits {
    pub(super) fn read(vars: &mut Vars<'_>) -> Self {
        Self {
            enabled: vars.flag("RATE_LIMITING_ENABLED", true),
            session_per_minute: limit(vars, "LIMIT_SESSION_PER_MINUTE", 10),
            user_per_minute: limit(vars, "LIMIT_USER_PER_MINUTE", 30),
            destination_per_hour: limit(vars, "LIMIT_DESTINATION_PER_HOUR", 20),
            destination_per_day: limit(vars, "LIMIT_DESTINATION_PER_DAY", 100),
        }
    }
}

pub(super) fn limit(vars: &mut Vars<'_>, variable: &'static str, default: u32) -> u32 {
    vars.parse(variable, |text| match text.parse() {
        Ok(count @ 1..=1_000_000) => Ok(count),
        _ => Err(format!(
            "must be a number from 1 to 1000000, not `{text}`; RATE_LIMITING_ENABLED=false turns \
             limits off"
        )),
    })
    .unwrap_or(default)
}
