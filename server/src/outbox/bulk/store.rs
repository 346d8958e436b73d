use crate::{
    outbox::{model::Message, store::Row},
    platform::db::Conn,
};
use whahook_contract::ids::BulkId;

/// The queued messages of a bulk, in their order.
pub async fn queued(conn: &mut Conn, bulk: BulkId) -> sqlx::Result<Vec<Message>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM outbox WHERE bulk_id = $1 AND status = 'queued' ORDER BY position",
    )
    .bind(bulk.to_string())
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Message::try_from).collect()
}

/// How many messages of a bulk are in the queue or on their way.
pub async fn unsent(conn: &mut Conn, bulk: BulkId) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "SELECT COUNT(*) FROM outbox WHERE bulk_id = $1 AND status IN ('queued', 'sending')",
    )
    .bind(bulk.to_string())
    .fetch_one(conn)
    .await
}

/// Take the queued messages of a bulk out of their lines.
pub async fn hold(conn: &mut Conn, bulk: BulkId) -> sqlx::Result<()> {
    sqlx::query("UPDATE outbox SET head = -2 WHERE bulk_id = $1 AND status = 'queued'")
        .bind(bulk.to_string())
        .execute(conn)
        .await?;
    Ok(())
}
