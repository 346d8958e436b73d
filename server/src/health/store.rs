use crate::platform::db::Conn;

/// How many sessions are in each state.
pub async fn sessions_by_status(conn: &mut Conn) -> sqlx::Result<Vec<(String, i64)>> {
    sqlx::query_as("SELECT status, COUNT(*) FROM accounts GROUP BY status")
        .fetch_all(conn)
        .await
}
