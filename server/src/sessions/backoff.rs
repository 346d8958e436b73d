//! How long to wait before the next attempt.

use std::time::Duration;

const SHORTEST: Duration = Duration::from_millis(250);
const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(60);

/// Delay before attempt `attempt` (the first is 1): anything up to 2 s doubling
/// to 60 s, by `jitter` from 0 to 1. The jitter is full: a thousand sessions
/// that were lost together come back one by one.
#[must_use]
pub fn delay(attempt: u32, jitter: f64) -> Duration {
    let doubled = FIRST.saturating_mul(1 << attempt.saturating_sub(1).min(16));
    doubled.min(LONGEST).mul_f64(jitter).max(SHORTEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_delay_doubles_from_two_seconds_and_stays_at_a_minute() {
        let seconds: Vec<f64> = (1..=8)
            .map(|attempt| delay(attempt, 1.0).as_secs_f64())
            .collect();
        assert_eq!(seconds, [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]);
        assert_eq!(delay(u32::MAX, 1.0), LONGEST);
    }

    #[test]
    fn jitter_spreads_over_all_of_it_and_no_attempt_is_made_at_once() {
        assert_eq!(delay(5, 0.5), Duration::from_secs(16));
        assert_eq!(delay(5, 0.0), SHORTEST);
    }
}
