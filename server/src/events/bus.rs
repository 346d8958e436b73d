//! Recorded events on their way to this process's listeners.

use std::sync::Arc;
use tokio::sync::broadcast;
use whahook_contract::{
    Timestamp,
    event::{Event, LedgerEvent},
    ids::{AccountId, UserId},
};

/// How many events a listener may lag behind. One that lags more misses some,
/// sees that from their numbers, and asks the ledger.
const CAPACITY: usize = 4096;

/// An event in the ledger, with the user whose account it is about. Publish it
/// once the transaction that recorded it has been committed, never before.
#[derive(Debug, Clone)]
#[must_use = "listeners hear of it only when it is published"]
pub struct Recorded {
    pub user: UserId,
    pub event: LedgerEvent,
}

/// An event under a number that was taken for it.
pub fn at(seq: i64, user: UserId, at: Timestamp, account_id: AccountId, event: Event) -> Recorded {
    Recorded {
        user,
        event: LedgerEvent {
            seq,
            account_id,
            at,
            event,
        },
    }
}

#[derive(Clone)]
pub struct Bus(broadcast::Sender<Arc<Recorded>>);

impl Default for Bus {
    fn default() -> Self {
        Self(broadcast::channel(CAPACITY).0)
    }
}

impl Bus {
    pub fn publish(&self, recorded: Recorded) {
        // Nobody listening is no failure.
        let _ = self.0.send(Arc::new(recorded));
    }

    pub fn listen(&self) -> broadcast::Receiver<Arc<Recorded>> {
        self.0.subscribe()
    }
}
