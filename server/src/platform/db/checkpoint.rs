//! When what was committed is moved from SQLite's log into its file. By itself
//! SQLite does so in the commit that made the log too long, and everyone waits.

use sqlx::AnyPool;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Commits between two moves.
const COMMITS: u32 = 64;
/// Pages in the log from which on it is to begin anew.
const LONG: i64 = 4_000;

#[derive(Debug)]
pub struct Checkpoints {
    readers: AnyPool,
    commits: AtomicU32,
    under_way: AtomicBool,
}

impl Checkpoints {
    pub const fn new(readers: AnyPool) -> Self {
        Self {
            readers,
            commits: AtomicU32::new(0),
            under_way: AtomicBool::new(false),
        }
    }

    /// Counts a commit. With `true` a move begins, which ends with [`Self::done`].
    pub fn is_one_due(&self) -> bool {
        if self.commits.fetch_add(1, Ordering::Relaxed) + 1 < COMMITS
            || self.under_way.swap(true, Ordering::AcqRel)
        {
            return false;
        }
        self.commits.store(0, Ordering::Relaxed);
        true
    }

    pub fn done(&self) {
        self.under_way.store(false, Ordering::Release);
    }

    /// Moves what can be moved without anybody waiting. Whether the log is long
    /// all the same: whoever writes goes on at its end.
    pub async fn move_on(&self) -> sqlx::Result<bool> {
        let (_, log, _): (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(PASSIVE)")
            .fetch_one(&self.readers)
            .await?;
        Ok(log > LONG)
    }
}
