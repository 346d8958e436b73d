//! WhatsApp unlinks devices whose phone has not been online for two weeks.

use chrono::TimeDelta;
use whahook_contract::{
    Timestamp,
    session::{Warning, WarningCode},
};

/// After this long without a sign of the phone people are warned.
const WARN_AFTER: TimeDelta = TimeDelta::days(12);
/// After this long WhatsApp unlinks.
const UNLINKED_AFTER: TimeDelta = TimeDelta::days(14);
/// How often a sign of the phone is written down: days count, not minutes.
pub const WRITE_EVERY: TimeDelta = TimeDelta::hours(1);

/// What a person should know of a phone that was last seen then.
#[must_use]
pub fn warning(seen_at: Timestamp, now: Timestamp) -> Option<Warning> {
    (now - seen_at >= WARN_AFTER).then(|| Warning {
        code: WarningCode::PhoneNotSeen,
        since: seen_at,
        until: seen_at + UNLINKED_AFTER,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_warned_two_days_before_whatsapp_unlinks() {
        let seen = Timestamp::UNIX_EPOCH;
        let after = |days| warning(seen, seen + TimeDelta::days(days));
        assert_eq!(after(11), None);
        let warned = after(12).expect("a warning");
        assert_eq!(warned.until - seen, TimeDelta::days(14));
        assert_eq!(warned.since, seen);
    }
}
