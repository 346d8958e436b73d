//! How many sessions of this process may shake hands with WhatsApp at a time.
//! More at once would only make each slower, and a storm after an outage is
//! what WhatsApp punishes.

use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep_until},
};

/// A turn lasts until the handshake shows a code or a login, and no longer than
/// this: one that WhatsApp keeps waiting does not hold up the others.
pub const TURN_LASTS: Duration = Duration::from_millis(500);

#[derive(Debug, Clone)]
pub struct Handshakes {
    turns: Arc<Semaphore>,
    got_through: Arc<Notify>,
}

/// A turn of a session that comes back by itself lasts at least this long, even if WhatsApp
/// answers, or hangs up, at once: the handshakes a second stay bounded too. Somebody who waits
/// for a code is not held up.
const COMING_BACK_TAKES: Duration = Duration::from_millis(200);

/// The right to shake hands now; given back when dropped, once its time is over.
#[derive(Debug)]
pub struct Turn {
    permit: Option<OwnedSemaphorePermit>,
    not_before: Instant,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let (permit, not_before) = (self.permit.take(), self.not_before);
        if not_before <= Instant::now() {
            return;
        }
        // Without a runtime the server is gone, and nobody waits.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                sleep_until(not_before).await;
                drop(permit);
            });
        }
    }
}

/// Who asks for a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// A session that is linked and comes back.
    ComingBack,
    /// Somebody who wants to link a phone.
    Linking,
}

impl Handshakes {
    #[must_use]
    pub fn new(at_a_time: usize) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(at_a_time)),
            got_through: Arc::default(),
        }
    }

    /// A session has logged in: WhatsApp is there.
    pub fn one_got_through(&self) {
        self.got_through.notify_waiters();
    }

    /// Resolves when a session logs in from now on.
    pub async fn until_one_gets_through(&self) {
        self.got_through.notified().await;
    }

    /// Waits for a turn; first come, first served.
    pub async fn turn(&self, wanted: For) -> Turn {
        let asked = Instant::now();
        let permit = self.turns.clone().acquire_owned().await;
        metrics::histogram!("whahook_handshake_wait_seconds").record(asked.elapsed());
        let now = Instant::now();
        Turn {
            permit: Some(permit.expect("nobody closes the semaphore")),
            not_before: match wanted {
                For::ComingBack => now + COMING_BACK_TAKES,
                For::Linking => now,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_next_waits_until_a_turn_is_given_back() {
        let handshakes = Handshakes::new(1);
        let first = handshakes.turn(For::Linking).await;
        let mut second = Box::pin(handshakes.turn(For::Linking));
        assert!(futures::poll!(&mut second).is_pending());
        drop(first);
        second.await;
    }

    #[tokio::test]
    async fn a_session_that_comes_back_keeps_its_turn_for_its_time_however_short_its_handshake() {
        let handshakes = Handshakes::new(1);
        let begun = Instant::now();
        drop(handshakes.turn(For::ComingBack).await);
        let mut next = Box::pin(handshakes.turn(For::Linking));
        assert!(futures::poll!(&mut next).is_pending());
        drop(next.await);
        assert!(begun.elapsed() >= COMING_BACK_TAKES);
        // Somebody who links gives the turn back at once.
        assert!(futures::poll!(Box::pin(handshakes.turn(For::Linking))).is_ready());
    }
}
