//! Takes out of the ledger what is older, or more, than the settings keep.

mod store;

use crate::{App, config, webhooks};
use chrono::TimeDelta;
use std::time::Duration;
use whahook_contract::ids::AccountId;

const EVERY: Duration = Duration::from_secs(3_600);
/// Short enough for others to write in between.
const AT_ONCE: i64 = 2_000;
const ACCOUNTS_AT_ONCE: i64 = 200;

/// For as long as the server runs.
pub async fn tidy_up(app: App) {
    loop {
        match once(&app).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(events = removed, "old events were removed"),
            Err(error) => {
                tracing::warn!(%error, "Old events could not be removed; trying again in an hour.");
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Removes what is not to be kept: how many.
///
/// # Errors
/// The database failed.
pub async fn once(app: &App) -> sqlx::Result<i64> {
    let config::Events {
        keep_for,
        keep_at_most,
    } = app.config.events;
    if keep_for.is_none() && keep_at_most.is_none() {
        return Ok(0);
    }
    let mut removed = 0;
    let mut after = None;
    loop {
        let accounts = {
            let mut conn = app.db.read().await?;
            store::accounts(&mut conn, after, ACCOUNTS_AT_ONCE).await?
        };
        let Some((last, _)) = accounts.last() else {
            return Ok(removed);
        };
        after = Some(*last);
        for (account, newest) in accounts {
            removed += of_account(app, account, newest).await?;
        }
    }
}

async fn of_account(app: &App, account: AccountId, newest: i64) -> sqlx::Result<i64> {
    let config::Events {
        keep_for,
        keep_at_most,
    } = app.config.events;
    let too_many = keep_at_most.map_or(0, |most| newest - most);
    let before = keep_for.map_or(i64::MIN, |keep| {
        let keep = TimeDelta::from_std(keep).unwrap_or(TimeDelta::MAX);
        let before = app.clock.now().checked_sub_signed(keep);
        before.map_or(i64::MIN, |before| before.timestamp_millis())
    });
    let mut removed = 0;
    loop {
        let mut conn = app.db.read().await?;
        let Some(oldest) = super::reading::store::oldest(&mut conn, account).await? else {
            return Ok(removed);
        };
        let last = oldest + AT_ONCE - 1;
        let too_old = store::newest_before(&mut conn, account, last, before).await?;
        let needed = webhooks::needed_from(&mut conn, account).await?;
        drop(conn);
        let until = too_old.unwrap_or(0).max(too_many).min(last);
        // What a webhook has not sent yet stays.
        let until = needed.map_or(until, |needed| until.min(needed - 1));
        if until < oldest {
            return Ok(removed);
        }
        let mut tx = app.db.begin().await?;
        store::remove(&mut tx, account, until).await?;
        tx.commit().await?;
        removed += until - oldest + 1;
    }
}
