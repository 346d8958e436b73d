//! What kind of failure it is.

use std::io;

/// Nothing is wrong with what was asked or with the program: the database is out of
/// reach, restarts, or has too much to do.
#[must_use]
pub fn passes_by_itself(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Io(_)
        | sqlx::Error::Tls(_) => true,
        sqlx::Error::Database(problem) => problem.code().is_some_and(|code| {
            // PostgreSQL: connection failures, shutting down, too many clients or too
            // little space, deadlock.
            code.starts_with("08")
                || code.starts_with("57P")
                || matches!(&*code, "53100" | "53300" | "40001" | "40P01")
                || of_sqlite(&code).is_some_and(|kind| matches!(kind, 5 | 8 | 10 | 13 | 14))
        }),
        _ => false,
    }
}

/// SQLite's kind of failure: 5 busy, 8 read-only, 10 input or output, 13 full, 14
/// cannot be opened. PostgreSQL's codes have five characters, its own fewer.
fn of_sqlite(code: &str) -> Option<u32> {
    let code = Some(code).filter(|code| code.len() < 5)?;
    Some(code.parse::<u32>().ok()? & 0xff)
}

/// Whether the database may take the same in a while: what it did not take is not
/// refused for its content's sake.
#[must_use]
pub fn passes(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code();
            let code = code.as_deref().unwrap_or_default();
            // PostgreSQL: connection, rollback, resources, operator. SQLite: busy,
            // locked, full, out of memory, i/o.
            let known = ["08", "40", "53", "57", "58"];
            let busy = ["5", "6", "7", "10", "13"];
            (code.len() == 5 && known.iter().any(|class| code.starts_with(class)))
                || busy.contains(&code)
        }
        sqlx::Error::RowNotFound | sqlx::Error::Decode(_) | sqlx::Error::Encode(_) => false,
        _ => true,
    }
}

/// A failure that passes by itself, for one more who has to hear of it.
#[must_use]
pub fn copy_of_passing(error: &sqlx::Error) -> sqlx::Error {
    sqlx::Error::Io(io::Error::other(error.to_string()))
}
