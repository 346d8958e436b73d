//! Ids and secrets, made from the clock and the random numbers of the system.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the one place that asks the machine"
)]

use super::clock::Clock;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rand::{Rng, RngExt};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use uuid::Uuid;

/// Makes ids and secrets. Cheap to clone; clones share one sequence.
#[derive(Clone, Debug)]
pub struct Ids {
    clock: Clock,
    /// Milliseconds and the 12-bit counter of the newest id.
    newest: Arc<AtomicU64>,
}

const COUNTER_BITS: u32 = 12;
/// Half the counter is left free, so that ids of one millisecond have room.
const COUNTER_START: u64 = 1 << (COUNTER_BITS - 1);

impl Ids {
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            newest: Arc::default(),
        }
    }

    /// A UUID of version 7, greater than every one this maker made before.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        let now = u64::try_from(self.clock.now_ms()).unwrap_or_default() << COUNTER_BITS;
        let mut random = self.bytes::<10>();
        let start = u64::from(u16::from_be_bytes([random[0], random[1]])) % COUNTER_START;
        let previous = self
            .newest
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |newest| {
                Some((now | start).max(newest + 1))
            })
            .unwrap_or_else(|unchanged| unchanged);
        let own = (now | start).max(previous + 1);
        let counter = u16::try_from(own & ((1 << COUNTER_BITS) - 1)).unwrap_or_default();
        random[..2].copy_from_slice(&counter.to_be_bytes());
        uuid::Builder::from_unix_timestamp_millis(own >> COUNTER_BITS, &random).into_uuid()
    }

    /// A secret of 256 random bits as text (base64url, 43 characters).
    #[must_use]
    pub fn token(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.bytes::<32>())
    }

    /// Random bytes fit for secrets.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        rand::rng().fill_bytes(&mut bytes);
        bytes
    }

    /// A random number from 0 to (not including) 1.
    #[must_use]
    pub fn jitter(&self) -> f64 {
        rand::rng().random()
    }
}

/// A number that grows as the ids of one maker do: an id's time and count.
#[must_use]
pub fn number(id: Uuid) -> i64 {
    let id = id.as_u128();
    let (time, count) = (id >> 80, (id >> 64) & 0xfff);
    i64::try_from((time << COUNTER_BITS) | count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::clock::from_ms;
    use std::{collections::HashSet, time::Duration};

    #[test]
    fn ids_grow_even_when_the_clock_stands_still_or_goes_back() {
        let (clock, hands) = Clock::manual(from_ms(1_700_000_000_000));
        let ids = Ids::new(clock);
        let mut made: Vec<Uuid> = (0..10_000).map(|_| ids.uuid()).collect();
        hands.set(from_ms(1_600_000_000_000));
        made.push(ids.uuid());
        hands.set(from_ms(1_700_000_000_000));
        hands.advance(Duration::from_secs(60));
        made.push(ids.uuid());
        assert!(made.is_sorted_by(|a, b| a < b));
        assert!(made.iter().all(|id| id.get_version_num() == 7));
    }

    #[test]
    fn the_numbers_of_ids_grow_as_they_do() {
        let ids = Ids::new(Clock::system());
        let numbers: Vec<i64> = (0..10_000).map(|_| number(ids.uuid())).collect();
        assert!(numbers.is_sorted_by(|a, b| a < b));
        assert!(numbers[0] > 0);
    }

    #[test]
    fn an_id_carries_the_time_it_was_made() {
        let (clock, _hands) = Clock::manual(from_ms(1_700_000_000_123));
        let (seconds, nanos) = Ids::new(clock)
            .uuid()
            .get_timestamp()
            .expect("version 7 has a time")
            .to_unix();
        assert_eq!((seconds, nanos), (1_700_000_000, 123_000_000));
    }

    #[test]
    fn tokens_are_long_and_never_repeat() {
        let ids = Ids::new(Clock::system());
        let tokens: HashSet<String> = (0..1_000).map(|_| ids.token()).collect();
        assert_eq!(tokens.len(), 1_000);
        assert!(tokens.iter().all(|token| token.len() == 43));
    }
}
