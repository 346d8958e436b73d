//! WhatsApp's lock for an account that wrote first to strangers too often (error
//! 463): until it is over, only those are written to with whom something was
//! exchanged before.

mod store;

pub use store::{is_known, meet};

use super::Outbox;
use crate::{
    events::{self, Recorded},
    platform::{clock::from_ms, db::Conn},
};
use whahook_contract::{
    Timestamp, account::ReachOutTimelock, event::Event, ids::AccountId, message::Recipient,
};

/// Whether the lock concerns this recipient at all: not groups.
pub const fn concerns(to: &Recipient) -> bool {
    to.phone_number.is_some() || to.lid.is_some()
}

impl Outbox {
    /// WhatsApp said until when an account is locked: its messages to strangers
    /// wait until then.
    pub(super) async fn lock_reach_out(
        &self,
        tx: &mut Conn,
        account: AccountId,
        until: Timestamp,
    ) -> sqlx::Result<Option<Recorded>> {
        let now = self.clock.now();
        // Cut to what the database keeps.
        let until = from_ms(until.timestamp_millis());
        if until <= now {
            return Ok(None);
        }
        let before = super::settings::standing(tx, account).await?.locked(now);
        let lock = ReachOutTimelock {
            since: before.map_or(now, |lock| lock.since),
            until,
        };
        if before == Some(lock) {
            return Ok(None);
        }
        store::set(tx, account, Some(lock)).await?;
        store::prolong(tx, account, until).await?;
        let timelock = Some(lock);
        let event = Event::ReachOutTimelock { timelock };
        Ok(Some(events::record(tx, now, account, &event).await?))
    }

    /// Tell of locks that are over.
    pub(super) async fn unlock_reach_outs(&self) -> sqlx::Result<()> {
        let over = store::over(&mut *self.db.read().await?, self.clock.now()).await?;
        for account in over {
            let mut tx = self.db.begin().await?;
            let now = self.clock.now();
            let event = Event::ReachOutTimelock { timelock: None };
            let recorded = events::record(&mut tx, now, account, &event).await?;
            // Read again under the lock: it may have been prolonged meanwhile.
            let standing = super::settings::standing(&mut tx, account).await?;
            if standing.timelock.is_none() || standing.locked(now).is_some() {
                continue;
            }
            store::set(&mut tx, account, None).await?;
            tx.commit().await?;
            self.bus.publish(recorded);
        }
        Ok(())
    }
}
