//! How many sessions of this process may shake hands with WhatsApp at a time.
//! More at once would only make each slower, and a storm after an outage is
//! what WhatsApp punishes.

use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

/// A turn lasts until the handshake shows a code or a login, and no longer than
/// this: one that WhatsApp keeps waiting does not hold up the others.
pub const TURN_LASTS: Duration = Duration::from_millis(500);

#[derive(Debug, Clone)]
pub struct Handshakes(Arc<Semaphore>);

/// The right to shake hands now; given back when dropped.
#[derive(Debug)]
pub struct Turn {
    _permit: OwnedSemaphorePermit,
}

impl Handshakes {
    #[must_use]
    pub fn new(at_a_time: usize) -> Self {
        Self(Arc::new(Semaphore::new(at_a_time)))
    }

    /// Waits for a turn; first come, first served.
    pub async fn turn(&self) -> Turn {
        let asked = Instant::now();
        let permit = self.0.clone().acquire_owned().await;
        metrics::histogram!("whahook_handshake_wait_seconds").record(asked.elapsed());
        Turn {
            _permit: permit.expect("nobody closes the semaphore"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_next_waits_until_a_turn_is_given_back() {
        let handshakes = Handshakes::new(1);
        let first = handshakes.turn().await;
        let mut second = Box::pin(handshakes.turn());
        assert!(futures::poll!(&mut second).is_pending());
        drop(first);
        second.await;
    }
}
