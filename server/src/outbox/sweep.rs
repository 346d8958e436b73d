//! Finds what a lost wake-up left lying.

use super::{doorbell::Ring, store};
use crate::platform::{clock::Clock, db::Db, ids::Ids};
use chrono::TimeDelta;
use std::{sync::Arc, time::Duration};

const INTERVAL: Duration = Duration::from_secs(5);
/// How many sweeps pass between two clean-ups of the send log.
const SWEEPS_A_CLEANUP: u32 = 720;
/// The longest window of a limit.
const LONGEST_WINDOW: TimeDelta = TimeDelta::days(1);

/// Every 5 s (±20 %), wake the session of each account with a message due.
pub async fn sweep(db: Db, clock: Clock, ids: Ids, local: Arc<dyn Ring>) {
    for round in 0_u32.. {
        tokio::time::sleep(INTERVAL.mul_f64(0.8 + 0.4 * ids.jitter())).await;
        if let Err(error) = once(&db, &clock, &local, round).await {
            tracing::warn!(%error, "The outbox could not be swept; trying again.");
        }
    }
}

async fn once(db: &Db, clock: &Clock, local: &Arc<dyn Ring>, round: u32) -> sqlx::Result<()> {
    let due = store::accounts_with_due(&mut *db.read().await?, clock.now()).await?;
    for account in due {
        local.ring(account);
    }
    if round.is_multiple_of(SWEEPS_A_CLEANUP) {
        let mut tx = db.begin().await?;
        store::forget_sends(&mut tx, clock.now() - LONGEST_WINDOW).await?;
        tx.commit().await?;
    }
    Ok(())
}
