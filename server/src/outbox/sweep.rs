//! Finds what a lost wake-up left lying.

use super::{doorbell::Ring, limits, service::Outbox, store};
use chrono::TimeDelta;
use std::{sync::Arc, time::Duration};

const INTERVAL: Duration = Duration::from_secs(5);
/// How many sweeps pass between two clean-ups of the send log.
const SWEEPS_A_CLEANUP: u32 = 720;
/// How many messages whose time is over are looked up at once.
const EXPIRED_AT_ONCE: i64 = 500;
/// The longest window of a limit.
const LONGEST_WINDOW: TimeDelta = TimeDelta::days(1);

/// Every 5 s (±20 %), give up what must not be sent any more, also of accounts
/// that are not connected, and wake the session of each account with a message
/// due.
pub async fn sweep(outbox: Outbox, local: Arc<dyn Ring>) {
    for round in 0_u32.. {
        tokio::time::sleep(INTERVAL.mul_f64(0.8 + 0.4 * outbox.ids.jitter())).await;
        if let Err(error) = once(&outbox, &local, round).await {
            tracing::warn!(%error, "The outbox could not be swept; trying again.");
        }
    }
}

async fn once(outbox: &Outbox, local: &Arc<dyn Ring>, round: u32) -> sqlx::Result<()> {
    let Outbox { db, clock, .. } = outbox;
    loop {
        let over = store::expired(&mut *db.read().await?, clock.now(), EXPIRED_AT_ONCE).await?;
        if over.is_empty() {
            break;
        }
        for id in over {
            outbox.expire(id).await?;
        }
    }
    outbox.unlock_reach_outs().await?;
    let due = store::accounts_with_due(&mut *db.read().await?, clock.now()).await?;
    for account in due {
        local.ring(account);
    }
    if round.is_multiple_of(SWEEPS_A_CLEANUP) {
        let mut tx = db.begin().await?;
        limits::forget_sends(&mut tx, clock.now() - LONGEST_WINDOW).await?;
        tx.commit().await?;
    }
    Ok(())
}
