//! When a ready session is asked whether it really answers.

use std::time::Duration;

/// A round trip that takes longer counts as no answer.
pub const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// How often the last sign of life is written down.
pub const ACTIVITY_EVERY: Duration = Duration::from_secs(30);
/// A link that has shown neither a code nor a login after this long is given up.
pub const PROGRESS_TIMEOUT: Duration = Duration::from_secs(45);
/// After this long without trouble, the next loss is a first one again.
pub const STABLE_AFTER: Duration = Duration::from_secs(30);

/// Pause between two round trips: 20 to 30 s by `jitter` from 0 to 1, so that a
/// thousand sessions do not ask in step.
#[must_use]
pub fn pause(jitter: f64) -> Duration {
    Duration::from_secs(20) + Duration::from_secs(10).mul_f64(jitter)
}
