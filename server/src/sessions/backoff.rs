//! How long to wait before the next attempt.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);

/// Delay before attempt `attempt` (the first is 1): 1 s doubling to 60 s,
/// jittered by ±20 % with `jitter` from 0 to 1, so that sessions which were
/// lost together do not come back together.
#[must_use]
pub fn delay(attempt: u32, jitter: f64) -> Duration {
    let doubled = FIRST.saturating_mul(1 << attempt.saturating_sub(1).min(16));
    doubled.min(LONGEST).mul_f64(0.8 + 0.4 * jitter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_doubles_from_one_second_and_stays_at_a_minute() {
        let seconds: Vec<f64> = (1..=9)
            .map(|attempt| delay(attempt, 0.5).as_secs_f64())
            .collect();
        assert_eq!(seconds, [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]);
        assert_eq!(delay(u32::MAX, 0.5), LONGEST);
    }

    #[test]
    fn jitter_spreads_by_a_fifth_both_ways() {
        assert_eq!(delay(1, 0.0), Duration::from_millis(800));
        assert_eq!(delay(1, 1.0), Duration::from_millis(1200));
    }
}
