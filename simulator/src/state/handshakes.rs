//! How fast clients shake hands: what a storm of reconnects is measured by.

use std::collections::VecDeque;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// Beginnings remembered; an hour of a busy network.
const REMEMBERED: usize = 100_000;
const SECOND: Duration = Duration::from_secs(1);

/// When clients began to shake hands.
#[derive(Default)]
pub struct Handshakes(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    total: u64,
    recent: VecDeque<Instant>,
}

impl Handshakes {
    pub fn began(&self) {
        self.0.lock().add(Instant::now());
    }

    pub fn total(&self) -> u64 {
        self.0.lock().total
    }

    /// How many began within the busiest second, of all or of the last so long.
    pub fn in_busiest_second(&self, last: Option<Duration>) -> u64 {
        let from = last.and_then(|last| Instant::now().checked_sub(last));
        self.0.lock().in_busiest_second(from)
    }
}

impl Inner {
    fn add(&mut self, at: Instant) {
        self.total += 1;
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back(at);
    }

    /// Any second, not only those that the clock counts.
    fn in_busiest_second(&self, from: Option<Instant>) -> u64 {
        let begin = from.map_or(0, |from| self.recent.partition_point(|at| *at < from));
        let (mut busiest, mut first) = (0, begin);
        for last in begin..self.recent.len() {
            while self.recent[last] - self.recent[first] >= SECOND {
                first += 1;
            }
            busiest = busiest.max(last - first + 1);
        }
        busiest as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_second_may_begin_at_any_moment() {
        let start = Instant::now();
        let mut handshakes = Inner::default();
        for ms in [0, 900, 1_100, 1_200, 1_899, 1_900, 5_000] {
            handshakes.add(start + Duration::from_millis(ms));
        }
        assert_eq!(handshakes.total, 7);
        assert_eq!(handshakes.in_busiest_second(None), 4);
        let later = start + Duration::from_millis(1_150);
        assert_eq!(handshakes.in_busiest_second(Some(later)), 3);
        let last = start + Duration::from_secs(6);
        assert_eq!(handshakes.in_busiest_second(Some(last)), 0);
    }
}
