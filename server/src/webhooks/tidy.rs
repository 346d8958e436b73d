//! Forgets deliveries that nobody looks for any more.

use super::deliveries::store;
use crate::App;
use chrono::TimeDelta;
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(3_600);
const DELIVERED_FOR: TimeDelta = TimeDelta::days(7);
const FAILED_FOR: TimeDelta = TimeDelta::days(30);
const AT_ONCE: i64 = 1_000;

/// For as long as the server runs.
pub async fn tidy_up(app: App) {
    loop {
        if let Err(error) = once(&app).await {
            tracing::warn!(%error, "Old deliveries could not be removed; trying again in an hour.");
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn once(app: &App) -> sqlx::Result<()> {
    let now = app.clock.now();
    loop {
        let mut tx = app.db.begin().await?;
        let (delivered, failed) = (now - DELIVERED_FOR, now - FAILED_FOR);
        let removed = store::remove_settled(&mut tx, delivered, failed, AT_ONCE).await?;
        tx.commit().await?;
        if removed == 0 {
            return Ok(());
        }
    }
}
