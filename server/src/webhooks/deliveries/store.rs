use super::{Claimed, Delivery, New};
use crate::platform::{clock::from_ms, db::Conn};
use serde_json::json;
use sqlx::FromRow;
use whahook_contract::{
    Timestamp,
    ids::{AccountId, DeliveryId, WebhookId},
    webhook::{AttemptView, DeliveryStatus},
};

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}

/// Adds them behind all others. The webhook is locked.
pub async fn append(
    conn: &mut Conn,
    webhook: WebhookId,
    new: &[New],
    now: Timestamp,
) -> sqlx::Result<()> {
    let count = i64::try_from(new.len()).unwrap_or(i64::MAX);
    let last: i64 = sqlx::query_scalar(
        "UPDATE webhooks SET last_n = last_n + $2 WHERE id = $1 RETURNING last_n",
    )
    .bind(webhook.to_string())
    .bind(count)
    .fetch_one(&mut *conn)
    .await?;
    for (n, delivery) in (last - count + 1..).zip(new) {
        sqlx::query(
            "INSERT INTO webhook_deliveries (id, webhook_id, account_id, seq, type, lane, n, \
             head, status, next_attempt_at, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN EXISTS (\
             SELECT 1 FROM webhook_deliveries WHERE webhook_id = $2 AND lane = $6 \
             AND status = 'waiting') THEN 0 ELSE 1 END, 'waiting', $8, $8)",
        )
        .bind(delivery.id.to_string())
        .bind(delivery.webhook.to_string())
        .bind(delivery.account.to_string())
        .bind(delivery.seq)
        .bind(delivery.event_type.as_str())
        .bind(delivery.lane.as_str())
        .bind(n)
        .bind(now.timestamp_millis())
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Up to `most` that wait; more are not counted.
pub async fn waiting(conn: &mut Conn, webhook: WebhookId, most: i64) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "SELECT COUNT(*) FROM (SELECT 1 FROM webhook_deliveries \
         WHERE webhook_id = $1 AND status = 'waiting' LIMIT $2) AS waiting",
    )
    .bind(webhook.to_string())
    .bind(most)
    .fetch_one(conn)
    .await
}

/// When deliveries that are taken now are free for others again, and when they
/// are given up.
#[derive(Clone, Copy)]
pub struct Terms {
    pub now: Timestamp,
    pub claimed_until: Timestamp,
    pub give_up_at: Timestamp,
}

#[derive(FromRow)]
struct ClaimedRow {
    id: String,
    account_id: String,
    seq: i64,
    n: i64,
    attempts: i64,
    give_up_at: i64,
}

/// Takes what is due, the first of each lane. The webhook is locked.
pub async fn claim(
    conn: &mut Conn,
    webhook: WebhookId,
    terms: Terms,
    limit: i64,
) -> sqlx::Result<Vec<Claimed>> {
    let mut rows: Vec<ClaimedRow> = sqlx::query_as(
        "UPDATE webhook_deliveries SET claimed_until = $3, attempts = attempts + 1, \
         give_up_at = COALESCE(give_up_at, $4) WHERE id IN (\
         SELECT id FROM webhook_deliveries WHERE webhook_id = $1 AND status = 'waiting' \
         AND head = 1 AND next_attempt_at <= $2 AND claimed_until <= $2 ORDER BY n LIMIT $5) \
         RETURNING id, account_id, seq, n, attempts, give_up_at",
    )
    .bind(webhook.to_string())
    .bind(terms.now.timestamp_millis())
    .bind(terms.claimed_until.timestamp_millis())
    .bind(terms.give_up_at.timestamp_millis())
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.sort_unstable_by_key(|row| row.n);
    rows.into_iter()
        .map(|row| {
            Ok(Claimed {
                id: row.id.parse().map_err(unreadable)?,
                account: row.account_id.parse().map_err(unreadable)?,
                seq: row.seq,
                attempts: row.attempts,
                give_up_at: from_ms(row.give_up_at),
            })
        })
        .collect()
}

/// Nobody works on any of them: their process has ended.
pub async fn release_all(conn: &mut Conn) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE webhook_deliveries SET claimed_until = 0 \
         WHERE status = 'waiting' AND claimed_until > 0",
    )
    .execute(conn)
    .await
    .map(drop)
}

/// Writes down how an attempt went. `settled`: what became of it, or when it is
/// tried again. The lane of the delivery, if it was still there.
pub async fn attempted(
    conn: &mut Conn,
    id: DeliveryId,
    attempt: &AttemptView,
    settled: Result<DeliveryStatus, Timestamp>,
    now: Timestamp,
) -> sqlx::Result<Option<String>> {
    let (status, next, settled_at) = match settled {
        Ok(status) => (status, now, Some(now.timestamp_millis())),
        Err(next) => (DeliveryStatus::Waiting, next, None),
    };
    let reply = attempt
        .reply
        .as_ref()
        .map(serde_json::to_string)
        .transpose();
    sqlx::query_scalar(
        "UPDATE webhook_deliveries SET status = $2, next_attempt_at = $3, settled_at = $4, \
         claimed_until = 0, head = CASE WHEN $2 <> 'waiting' OR EXISTS (\
         SELECT 1 FROM webhook_deliveries AS earlier \
         WHERE earlier.webhook_id = webhook_deliveries.webhook_id \
         AND earlier.lane = webhook_deliveries.lane AND earlier.status = 'waiting' \
         AND earlier.n < webhook_deliveries.n) THEN 0 ELSE head END, \
         attempt_at = $5, attempt_ms = $6, attempt_status = $7, attempt_body = $8, \
         attempt_error = $9, attempt_reply = $10 WHERE id = $1 AND status = 'waiting' \
         RETURNING lane",
    )
    .bind(id.to_string())
    .bind(status.code())
    .bind(next.timestamp_millis())
    .bind(settled_at)
    .bind(attempt.at.timestamp_millis())
    .bind(attempt.duration_ms)
    .bind(attempt.status)
    .bind(attempt.body.as_deref())
    .bind(attempt.error.as_deref())
    .bind(reply.map_err(|error| sqlx::Error::Encode(error.into()))?)
    .fetch_optional(conn)
    .await
}

/// The next of a lane has its turn.
pub async fn promote(conn: &mut Conn, webhook: WebhookId, lane: &str) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE webhook_deliveries SET head = 1 WHERE webhook_id = $1 AND lane = $2 \
         AND status = 'waiting' AND head = 0 AND n = (SELECT MIN(n) FROM webhook_deliveries \
         WHERE webhook_id = $1 AND lane = $2 AND status = 'waiting')",
    )
    .bind(webhook.to_string())
    .bind(lane)
    .execute(conn)
    .await
    .map(drop)
}

/// The first of every lane has its turn, and no other that is not on its way.
pub async fn promote_all(conn: &mut Conn, webhook: WebhookId) -> sqlx::Result<()> {
    for statement in [
        "UPDATE webhook_deliveries SET head = 0 WHERE webhook_id = $1 AND status = 'waiting' \
         AND head = 1 AND claimed_until = 0 AND n > (SELECT MIN(others.n) \
         FROM webhook_deliveries AS others \
         WHERE others.webhook_id = webhook_deliveries.webhook_id \
         AND others.lane = webhook_deliveries.lane AND others.status = 'waiting')",
        "UPDATE webhook_deliveries SET head = 1 WHERE webhook_id = $1 AND status = 'waiting' \
         AND head = 0 AND n = (SELECT MIN(others.n) FROM webhook_deliveries AS others \
         WHERE others.webhook_id = webhook_deliveries.webhook_id \
         AND others.lane = webhook_deliveries.lane AND others.status = 'waiting')",
    ] {
        sqlx::query(statement)
            .bind(webhook.to_string())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// What waits in a lane stands in another from now on.
pub async fn join(conn: &mut Conn, webhook: WebhookId, from: &str, into: &str) -> sqlx::Result<()> {
    let moved = sqlx::query(
        "UPDATE webhook_deliveries SET lane = $3 \
         WHERE webhook_id = $1 AND lane = $2 AND status = 'waiting'",
    )
    .bind(webhook.to_string())
    .bind(from)
    .bind(into)
    .execute(&mut *conn)
    .await?;
    if moved.rows_affected() == 0 {
        return Ok(());
    }
    sqlx::query(
        "UPDATE webhook_deliveries SET head = 0 WHERE webhook_id = $1 AND lane = $2 \
         AND status = 'waiting' AND head = 1 AND claimed_until = 0 \
         AND n > (SELECT MIN(n) FROM webhook_deliveries \
         WHERE webhook_id = $1 AND lane = $2 AND status = 'waiting')",
    )
    .bind(webhook.to_string())
    .bind(into)
    .execute(&mut *conn)
    .await?;
    promote(conn, webhook, into).await
}

/// What waits is tried at once, and for a day from then on.
pub async fn hurry(conn: &mut Conn, webhook: WebhookId, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE webhook_deliveries SET next_attempt_at = $2, give_up_at = NULL \
         WHERE webhook_id = $1 AND status = 'waiting'",
    )
    .bind(webhook.to_string())
    .bind(now.timestamp_millis())
    .execute(conn)
    .await
    .map(drop)
}

/// What waits of an account behind a number is to be made anew.
pub async fn forget_after(
    conn: &mut Conn,
    webhook: WebhookId,
    account: AccountId,
    after: i64,
) -> sqlx::Result<()> {
    sqlx::query(
        "DELETE FROM webhook_deliveries WHERE webhook_id = $1 AND account_id = $2 \
         AND status = 'waiting' AND seq > $3",
    )
    .bind(webhook.to_string())
    .bind(account.to_string())
    .bind(after)
    .execute(conn)
    .await
    .map(drop)
}

/// What was given up waits again: how many.
pub async fn revive(
    conn: &mut Conn,
    webhook: WebhookId,
    account: Option<AccountId>,
    now: Timestamp,
) -> sqlx::Result<i64> {
    let revived = sqlx::query(
        "UPDATE webhook_deliveries SET status = 'waiting', head = 0, settled_at = NULL, \
         next_attempt_at = $3, give_up_at = NULL WHERE webhook_id = $1 AND status = 'failed' \
         AND account_id IS NOT NULL AND (CAST($2 AS TEXT) IS NULL OR account_id = $2)",
    )
    .bind(webhook.to_string())
    .bind(account.map(|id| id.to_string()))
    .bind(now.timestamp_millis())
    .execute(conn)
    .await?;
    Ok(i64::try_from(revived.rows_affected()).unwrap_or(i64::MAX))
}

/// A test, which was attempted as it was made.
pub async fn insert_test(
    conn: &mut Conn,
    webhook: WebhookId,
    id: DeliveryId,
    event_type: &str,
    attempt: &AttemptView,
    now: Timestamp,
) -> sqlx::Result<()> {
    let status = match attempt.error {
        None => DeliveryStatus::Delivered,
        Some(_) => DeliveryStatus::Failed,
    };
    sqlx::query(
        "INSERT INTO webhook_deliveries (id, webhook_id, type, lane, n, head, status, attempts, \
         next_attempt_at, created_at, settled_at, attempt_at, attempt_ms, attempt_status, \
         attempt_body, attempt_error) \
         VALUES ($1, $2, $3, 'test', 0, 0, $4, 1, $5, $6, $5, $6, $7, $8, $9, $10)",
    )
    .bind(id.to_string())
    .bind(webhook.to_string())
    .bind(event_type)
    .bind(status.code())
    .bind(now.timestamp_millis())
    .bind(attempt.at.timestamp_millis())
    .bind(attempt.duration_ms)
    .bind(attempt.status)
    .bind(attempt.body.as_deref())
    .bind(attempt.error.as_deref())
    .execute(conn)
    .await
    .map(drop)
}

#[derive(FromRow)]
struct Row {
    id: String,
    account_id: Option<String>,
    seq: Option<i64>,
    r#type: String,
    head: i32,
    status: String,
    attempts: i64,
    next_attempt_at: i64,
    created_at: i64,
    settled_at: Option<i64>,
    attempt_at: Option<i64>,
    attempt_ms: Option<i64>,
    attempt_status: Option<i64>,
    attempt_body: Option<String>,
    attempt_error: Option<String>,
    attempt_reply: Option<String>,
    event_at: Option<i64>,
    event_data: Option<String>,
}

impl TryFrom<Row> for Delivery {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        let account: Option<AccountId> = match row.account_id {
            Some(id) => Some(id.parse().map_err(unreadable)?),
            None => None,
        };
        let status = DeliveryStatus::from_code(&row.status)
            .ok_or_else(|| sqlx::Error::Decode("a delivery has an unknown status".into()))?;
        let event = match (row.event_at, &row.event_data) {
            (Some(at), Some(data)) => {
                let data: serde_json::Value = serde_json::from_str(data).map_err(unreadable)?;
                Some(json!({
                    "seq": row.seq, "account_id": account, "at": from_ms(at),
                    "type": row.r#type, "data": data,
                }))
            }
            _ => None,
        };
        let reply = row.attempt_reply.as_deref().map(serde_json::from_str);
        let reply = reply.transpose().map_err(unreadable)?;
        Ok(Self {
            id: row.id.parse().map_err(unreadable)?,
            of: account.zip(row.seq),
            event_type: row.r#type,
            status,
            attempts: row.attempts,
            next_attempt_at: from_ms(row.next_attempt_at),
            is_head: row.head != 0,
            created_at: from_ms(row.created_at),
            settled_at: row.settled_at.map(from_ms),
            last_attempt: row.attempt_at.map(|at| AttemptView {
                at: from_ms(at),
                duration_ms: row.attempt_ms.unwrap_or_default(),
                status: row.attempt_status,
                body: row.attempt_body,
                error: row.attempt_error,
                reply,
            }),
            event,
        })
    }
}

macro_rules! select {
    ($rest:expr) => {
        concat!(
            "SELECT d.id, d.account_id, d.seq, d.type, d.head, d.status, d.attempts, \
             d.next_attempt_at, d.created_at, d.settled_at, d.attempt_at, d.attempt_ms, \
             d.attempt_status, d.attempt_body, d.attempt_error, d.attempt_reply, \
             events.at AS event_at, events.data AS event_data FROM webhook_deliveries AS d \
             LEFT JOIN events ON events.account_id = d.account_id AND events.seq = d.seq ",
            $rest
        )
    };
}

/// Newest first.
pub async fn list(
    conn: &mut Conn,
    webhook: WebhookId,
    status: Option<DeliveryStatus>,
    before: Option<DeliveryId>,
    limit: i64,
) -> sqlx::Result<Vec<Delivery>> {
    macro_rules! listed {
        ($condition:literal) => {
            select!(concat!(
                "WHERE d.webhook_id = $1 AND ",
                $condition,
                " AND (CAST($2 AS TEXT) IS NULL OR d.id < $2) ORDER BY d.id DESC LIMIT $3"
            ))
        };
    }
    // Said in the statement itself, a status is looked up in its own index.
    let statement = match status {
        None => listed!("1 = 1"),
        Some(DeliveryStatus::Waiting) => listed!("d.status = 'waiting'"),
        Some(DeliveryStatus::Delivered) => listed!("d.status = 'delivered'"),
        Some(DeliveryStatus::Failed) => listed!("d.status = 'failed'"),
    };
    let rows: Vec<Row> = sqlx::query_as(statement)
        .bind(webhook.to_string())
        .bind(before.map(|id| id.to_string()))
        .bind(limit)
        .fetch_all(conn)
        .await?;
    rows.into_iter().map(Delivery::try_from).collect()
}

pub async fn find(conn: &mut Conn, id: DeliveryId) -> sqlx::Result<Option<Delivery>> {
    let row: Option<Row> = sqlx::query_as(select!("WHERE d.id = $1"))
        .bind(id.to_string())
        .fetch_optional(conn)
        .await?;
    row.map(Delivery::try_from).transpose()
}

/// Removes what arrived before an instant, and what was given up before another.
pub async fn remove_settled(
    conn: &mut Conn,
    delivered: Timestamp,
    failed: Timestamp,
    limit: i64,
) -> sqlx::Result<u64> {
    let removed = sqlx::query(
        "DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries \
         WHERE settled_at < $1 AND (status = 'delivered' OR settled_at < $2) LIMIT $3)",
    )
    .bind(delivered.timestamp_millis())
    .bind(failed.timestamp_millis())
    .bind(limit)
    .execute(conn)
    .await?;
    Ok(removed.rows_affected())
}
