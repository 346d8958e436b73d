//! Removes what no message needs any more.

use super::{Error, Library, shelf::blocking, store};
use chrono::TimeDelta;
use std::{collections::HashSet, time::Duration};

const EVERY: Duration = Duration::from_secs(3_600);
const AT_ONCE: i64 = 100;
/// Every so many rounds, files are looked for that no row tells of.
const ROUNDS_A_SEARCH: u32 = 24;

/// For as long as the server runs.
pub async fn tidy_up(library: Library) {
    for round in 0_u32.. {
        if let Err(error) = once(&library, round).await {
            tracing::warn!(%error, "Files could not be tidied up; trying again in an hour.");
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn once(library: &Library, round: u32) -> Result<(), Error> {
    library.remove_unneeded().await?;
    if round.is_multiple_of(ROUNDS_A_SEARCH) {
        library.remove_lost().await?;
    }
    Ok(())
}

impl Library {
    /// Remove the files that nobody needed for as long as the settings say. One
    /// of a message that is queued or on its way stays. How many there were.
    ///
    /// # Errors
    /// The volume or the database failed.
    pub async fn remove_unneeded(&self) -> Result<u64, Error> {
        let Some(retention) = self.settings.retention else {
            return Ok(0);
        };
        let retention = TimeDelta::from_std(retention).unwrap_or(TimeDelta::MAX);
        let Some(since) = self.clock.now().checked_sub_signed(retention) else {
            return Ok(0);
        };
        let mut removed = 0;
        loop {
            let ids = {
                let mut conn = self.db.read().await?;
                store::unneeded(&mut conn, since, AT_ONCE).await?
            };
            if ids.is_empty() {
                return Ok(removed);
            }
            for id in ids {
                let change = self.shelf.change().await;
                let mut tx = self.db.begin().await?;
                let sha256 = store::forget(&mut tx, id, since).await?;
                let is_last = match &sha256 {
                    Some(sha256) => !store::is_kept(&mut tx, sha256).await?,
                    None => false,
                };
                tx.commit().await?;
                if let Some(sha256) = sha256.filter(|_| is_last) {
                    change.remove(&sha256).await?;
                }
                removed += 1;
            }
        }
    }

    /// Remove files that no row tells of: a crash between the two left them, or
    /// their owner is gone.
    ///
    /// # Errors
    /// The volume or the database failed.
    pub async fn remove_lost(&self) -> Result<u64, Error> {
        let mut removed = 0;
        for first in 0..=u8::MAX {
            let first = hex::encode([first]);
            let change = self.shelf.change().await;
            let here = {
                let (shelf, first) = (self.shelf.clone(), first.clone());
                blocking(move || shelf.hashes(&first)).await?
            };
            if here.is_empty() {
                continue;
            }
            let known = store::hashes(&mut *self.db.read().await?, &first).await?;
            let known: HashSet<String> = known.into_iter().collect();
            for sha256 in here.iter().filter(|hash| !known.contains(*hash)) {
                change.remove(sha256).await?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}
