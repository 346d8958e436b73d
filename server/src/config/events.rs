//! How long the ledger keeps events.

use super::vars::Vars;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Events {
    /// `EVENTS_RETENTION_DAYS`; `None`: for ever.
    pub keep_for: Option<Duration>,
    /// `EVENTS_MAX_PER_ACCOUNT`; `None`: any number.
    pub keep_at_most: Option<i64>,
}

const RETENTION_DAYS: u64 = 90;
const MAX_PER_ACCOUNT: i64 = 1_000_000;
const DAY: u64 = 24 * 60 * 60;

impl Events {
    pub(super) fn read(vars: &mut Vars<'_>) -> Self {
        let days = vars.parse("EVENTS_RETENTION_DAYS", |text| match text.parse() {
            Ok(days @ 0..=36_500) => Ok(days),
            _ => Err(format!(
                "must be a number of days from 1 to 36500, or 0 to keep events for ever, not `{text}`"
            )),
        });
        let most = vars.parse("EVENTS_MAX_PER_ACCOUNT", |text| match text.parse() {
            Ok(most @ (0 | 1_000..=1_000_000_000)) => Ok(most),
            _ => Err(format!(
                "must be a number from 1000 to 1000000000, or 0 for no limit, not `{text}`"
            )),
        });
        let days = days.unwrap_or(RETENTION_DAYS);
        let most = most.unwrap_or(MAX_PER_ACCOUNT);
        Self {
            keep_for: (days > 0).then(|| Duration::from_secs(days * DAY)),
            keep_at_most: (most > 0).then_some(most),
        }
    }
}
