//! The one place that reads the machine's clock and draws randomness.
#![allow(clippy::disallowed_methods)]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rand::RngExt;
use rand::rngs::StdRng;

/// Time since the Unix epoch.
fn since_epoch() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// Seconds since the Unix epoch.
pub fn now_secs() -> i64 {
    i64::try_from(since_epoch().as_secs()).unwrap_or(i64::MAX)
}

/// Milliseconds since the Unix epoch.
pub fn now_millis() -> i64 {
    i64::try_from(since_epoch().as_millis()).unwrap_or(i64::MAX)
}

/// A freshly seeded generator fit for keys.
pub fn rng() -> StdRng {
    rand::make_rng()
}

pub fn random_bytes<const N: usize>() -> [u8; N] {
    rng().random()
}

pub fn random_u32() -> u32 {
    rng().random()
}

/// A message id as a phone's app would choose it: twenty characters after `3EB0`.
pub fn message_id() -> String {
    format!("3EB0{}", hex::encode_upper(random_bytes::<9>()))
}
