//! How long something took, many times.

use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Waits {
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
}

impl Waits {
    pub fn of(mut waits: Vec<Duration>) -> Self {
        waits.sort_unstable();
        // The smallest that at least so many of a hundred do not exceed.
        let at = |percent: usize| {
            let rank = (waits.len() * percent).div_ceil(100).max(1);
            waits
                .get(rank - 1)
                .map_or(f64::NAN, |wait| wait.as_secs_f64() * 1_000.0)
        };
        Self {
            p50_ms: at(50),
            p99_ms: at(99),
            max_ms: at(100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_wait_that_somebody_had() {
        let waits = Waits::of((1..=200).map(Duration::from_millis).collect());
        assert!((waits.p50_ms - 100.0).abs() < 1e-9);
        assert!((waits.p99_ms - 198.0).abs() < 1e-9);
        assert!((waits.max_ms - 200.0).abs() < 1e-9);
    }
}
