use crate::platform::{clock::from_ms, db::Conn};
use whahook_contract::Timestamp;

/// How many sessions are in each state.
pub async fn sessions_by_status(conn: &mut Conn) -> sqlx::Result<Vec<(String, i64)>> {
    sqlx::query_as("SELECT status, COUNT(*) FROM accounts GROUP BY status")
        .fetch_all(conn)
        .await
}

/// How many messages are in the queue, by status.
pub async fn queue(conn: &mut Conn) -> sqlx::Result<Vec<(String, i64)>> {
    sqlx::query_as(
        "SELECT status, COUNT(*) FROM outbox WHERE status IN ('queued', 'sending') GROUP BY status",
    )
    .fetch_all(conn)
    .await
}

/// Since when the oldest message has been due of those that could be sent now.
pub async fn oldest_due(conn: &mut Conn, now: Timestamp) -> sqlx::Result<Option<Timestamp>> {
    let oldest: Option<i64> = sqlx::query_scalar(
        "SELECT MIN(outbox.not_before) FROM outbox \
         JOIN accounts ON accounts.id = outbox.account_id AND accounts.status = 'ready' \
         AND accounts.queue_paused_at IS NULL \
         WHERE outbox.status = 'queued' AND outbox.head = 1 AND outbox.not_before <= $1",
    )
    .bind(now.timestamp_millis())
    .fetch_one(conn)
    .await?;
    Ok(oldest.map(from_ms))
}
