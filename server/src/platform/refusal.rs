//! Whether what the database did not take is refused for its content's sake.

/// Whether the database may take the same in a while.
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
