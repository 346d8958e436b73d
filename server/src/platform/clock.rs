//! Time, as everything in the server reads it.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the one place that asks the machine"
)]

use chrono::{TimeDelta, Utc};
use parking_lot::Mutex;
use std::{fmt, sync::Arc};
use whahook_contract::Timestamp;

/// The time now. A test holds the hands itself.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    Manual(Arc<Mutex<Timestamp>>),
}

/// Moves a clock made by [`Clock::manual`].
#[derive(Clone)]
pub struct ManualClock(Arc<Mutex<Timestamp>>);

impl Clock {
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until it is moved.
    pub fn manual(start: Timestamp) -> (Self, ManualClock) {
        let hands = Arc::new(Mutex::new(start));
        (Self(Source::Manual(hands.clone())), ManualClock(hands))
    }

    /// Now, cut to whole milliseconds: what the database keeps is then what the
    /// answer said.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        from_ms(self.now_ms())
    }

    /// Milliseconds since 1970 UTC.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        match &self.0 {
            Source::System => Utc::now().timestamp_millis(),
            Source::Manual(hands) => hands.lock().timestamp_millis(),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::System => "Clock(system)",
            Source::Manual(_) => "Clock(manual)",
        })
    }
}

/// Lets limits of the library `governor` run on this clock.
impl governor::clock::Clock for Clock {
    type Instant = governor::nanos::Nanos;

    fn now(&self) -> Self::Instant {
        let ms = u64::try_from(self.now_ms()).unwrap_or_default();
        std::time::Duration::from_millis(ms).into()
    }
}

impl ManualClock {
    pub fn advance(&self, by: std::time::Duration) {
        let mut hands = self.0.lock();
        *hands = later(*hands, by);
    }

    pub fn set(&self, at: Timestamp) {
        *self.0.lock() = at;
    }
}

/// The instant that long after another; the end of the calendar where it ends
/// before.
#[must_use]
pub fn later(at: Timestamp, by: std::time::Duration) -> Timestamp {
    TimeDelta::from_std(by)
        .ok()
        .and_then(|by| at.checked_add_signed(by))
        .unwrap_or(Timestamp::MAX_UTC)
}

/// The instant so many milliseconds after 1970 UTC. What lies outside the
/// calendar (never written by this server) reads as 1970.
#[must_use]
pub fn from_ms(ms: i64) -> Timestamp {
    Timestamp::from_timestamp_millis(ms).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_manual_clock_stands_still_until_it_is_moved() {
        let (clock, hands) = Clock::manual(from_ms(1_000));
        assert_eq!(clock.now_ms(), 1_000);
        hands.advance(Duration::from_secs(2));
        assert_eq!(clock.now(), from_ms(3_000));
    }

    #[test]
    fn what_is_later_than_the_calendar_is_its_end() {
        assert_eq!(later(from_ms(1), Duration::from_millis(2)), from_ms(3));
        assert_eq!(later(from_ms(1), Duration::MAX), Timestamp::MAX_UTC);
    }

    #[test]
    fn now_reads_back_unchanged_from_milliseconds() {
        let clock = Clock::system();
        let now = clock.now();
        assert_eq!(from_ms(now.timestamp_millis()), now);
    }
}
