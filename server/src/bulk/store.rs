use super::model::{Bulk, BulkRow};
use crate::{
    accounts::only,
    outbox::held::Held,
    platform::{
        clock::from_ms,
        db::{Conn, few_sizes, numbered},
    },
};
use sqlx::{AssertSqlSafe, FromRow};
use whahook_contract::{
    Timestamp,
    bulk::BulkStatus,
    ids::{AccountId, BulkId, MediaId, MessageId, UserId},
    message::{MessageStatus, Priority, WaitsFor},
};

#[derive(FromRow)]
struct Row {
    id: String,
    account_id: String,
    user_id: String,
    content: String,
    status: String,
    reason: Option<String>,
    priority: String,
    send_at: Option<i64>,
    expires_at: Option<i64>,
    idempotency_key: Option<String>,
    metadata: Option<String>,
    total: i64,
    skipped: i64,
    queued_rows: i64,
    created_at: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
}

fn unreadable(what: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("a bulk has an unknown {what}").into())
}

impl TryFrom<Row> for Bulk {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.id.parse().map_err(|_| unreadable("id"))?,
            account: row.account_id.parse().map_err(|_| unreadable("account"))?,
            user: row.user_id.parse().map_err(|_| unreadable("user"))?,
            content: serde_json::from_str(&row.content).map_err(|_| unreadable("content"))?,
            status: BulkStatus::from_code(&row.status).ok_or_else(|| unreadable("status"))?,
            reason: row.reason,
            priority: Priority::from_code(&row.priority).ok_or_else(|| unreadable("priority"))?,
            send_at: row.send_at.map(from_ms),
            expires_at: row.expires_at.map(from_ms),
            idempotency_key: row.idempotency_key,
            metadata: row
                .metadata
                .map(|text| serde_json::from_str(&text))
                .transpose()
                .map_err(|_| unreadable("metadata"))?,
            total: row.total,
            skipped: row.skipped,
            queued_rows: row.queued_rows,
            created_at: from_ms(row.created_at),
            started_at: row.started_at.map(from_ms),
            finished_at: row.finished_at.map(from_ms),
        })
    }
}

fn json(value: &impl serde::Serialize) -> sqlx::Result<String> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(error.into()))
}

pub async fn insert(conn: &mut Conn, bulk: &Bulk, media: Option<MediaId>) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO bulks (id, account_id, user_id, content, status, priority, send_at, \
         expires_at, idempotency_key, metadata, media_id, total, skipped, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(bulk.id.to_string())
    .bind(bulk.account.to_string())
    .bind(bulk.user.to_string())
    .bind(json(&bulk.content)?)
    .bind(bulk.status.code())
    .bind(bulk.priority.code())
    .bind(bulk.send_at.map(|at| at.timestamp_millis()))
    .bind(bulk.expires_at.map(|at| at.timestamp_millis()))
    .bind(&bulk.idempotency_key)
    .bind(bulk.metadata.as_ref().map(ToString::to_string))
    .bind(media.map(|id| id.to_string()))
    .bind(bulk.total)
    .bind(bulk.skipped)
    .bind(bulk.created_at.timestamp_millis())
    .execute(conn)
    .await?;
    Ok(())
}

/// Ten thousand statements would take seconds, one for many rows does not.
pub async fn insert_rows(conn: &mut Conn, bulk: BulkId, rows: &[BulkRow]) -> sqlx::Result<()> {
    for rows in few_sizes(rows) {
        let values = numbered(1, 6, rows.len());
        // Nothing but places was put into it.
        let mut query = sqlx::query(AssertSqlSafe(format!(
            "INSERT INTO bulk_rows (bulk_id, n, source, given, chat, variables) VALUES {values}"
        )));
        for row in rows {
            query = query
                .bind(bulk.to_string())
                .bind(row.n)
                .bind(row.source)
                .bind(&row.given)
                .bind(&row.chat)
                .bind(json(&row.variables)?);
        }
        query.execute(&mut *conn).await?;
    }
    Ok(())
}

pub async fn find(conn: &mut Conn, id: BulkId) -> sqlx::Result<Option<Bulk>> {
    let row: Option<Row> = sqlx::query_as("SELECT * FROM bulks WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(conn)
        .await?;
    row.map(Bulk::try_from).transpose()
}

pub async fn find_by_key(
    conn: &mut Conn,
    account: AccountId,
    key: &str,
) -> sqlx::Result<Option<Bulk>> {
    let row: Option<Row> =
        sqlx::query_as("SELECT * FROM bulks WHERE account_id = $1 AND idempotency_key = $2")
            .bind(account.to_string())
            .bind(key)
            .fetch_optional(conn)
            .await?;
    row.map(Bulk::try_from).transpose()
}

/// Which bulks a list has.
#[derive(Debug, Clone)]
pub struct Selection {
    pub user: UserId,
    pub account: Option<AccountId>,
    /// The accounts that a key is limited to.
    pub only: Option<Vec<AccountId>>,
    /// Any of these; all when empty.
    pub statuses: Vec<BulkStatus>,
    /// The id that the page before ended with.
    pub before: Option<BulkId>,
}

/// The bulks of a user, newest first.
pub async fn list(conn: &mut Conn, wanted: &Selection, limit: i64) -> sqlx::Result<Vec<Bulk>> {
    let account = wanted.account.map_or_else(String::new, |id| id.to_string());
    let before = wanted.before.map_or_else(String::new, |id| id.to_string());
    let statuses = match &wanted.statuses[..] {
        [] => String::new(),
        some => format!(
            ",{},",
            some.iter()
                .map(|it| it.code())
                .collect::<Vec<_>>()
                .join(",")
        ),
    };
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM bulks WHERE user_id = $1 AND ($2 = '' OR account_id = $2) \
         AND ($3 = '' OR id < $3) AND ($4 = '*' OR $4 LIKE '%' || account_id || '%') \
         AND ($5 = '' OR $5 LIKE '%,' || status || ',%') ORDER BY id DESC LIMIT $6",
    )
    .bind(wanted.user.to_string())
    .bind(account)
    .bind(before)
    .bind(only(wanted.only.as_deref()))
    .bind(statuses)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Bulk::try_from).collect()
}

/// Bulks that are not over, oldest first.
pub async fn open(conn: &mut Conn) -> sqlx::Result<Vec<Bulk>> {
    let rows: Vec<Row> =
        sqlx::query_as("SELECT * FROM bulks WHERE status IN ('running', 'paused') ORDER BY id")
            .fetch_all(conn)
            .await?;
    rows.into_iter().map(Bulk::try_from).collect()
}

/// How many messages of a bulk have which status.
pub async fn counts(conn: &mut Conn, id: BulkId) -> sqlx::Result<Vec<(MessageStatus, i64)>> {
    let rows: Vec<(String, i64)> =
        sqlx::query_as("SELECT status, COUNT(*) FROM outbox WHERE bulk_id = $1 GROUP BY status")
            .bind(id.to_string())
            .fetch_all(conn)
            .await?;
    rows.into_iter()
        .map(|(status, count)| {
            let status = MessageStatus::from_code(&status);
            Ok((status.ok_or_else(|| unreadable("message status"))?, count))
        })
        .collect()
}

pub async fn set_status(
    conn: &mut Conn,
    id: BulkId,
    status: BulkStatus,
    reason: Option<&str>,
    finished_at: Option<Timestamp>,
) -> sqlx::Result<()> {
    sqlx::query("UPDATE bulks SET status = $2, reason = $3, finished_at = $4 WHERE id = $1")
        .bind(id.to_string())
        .bind(status.code())
        .bind(reason)
        .bind(finished_at.map(|at| at.timestamp_millis()))
        .execute(conn)
        .await?;
    Ok(())
}

/// The next rows after so many.
pub async fn rows(
    conn: &mut Conn,
    id: BulkId,
    after: i64,
    limit: i64,
) -> sqlx::Result<Vec<BulkRow>> {
    let rows: Vec<(i64, i64, String, String, String)> = sqlx::query_as(
        "SELECT n, source, given, chat, variables FROM bulk_rows \
         WHERE bulk_id = $1 AND n > $2 ORDER BY n LIMIT $3",
    )
    .bind(id.to_string())
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(n, source, given, chat, variables)| {
            Ok(BulkRow {
                n,
                source,
                given,
                chat,
                variables: serde_json::from_str(&variables).map_err(|_| unreadable("variable"))?,
            })
        })
        .collect()
}

/// A row has become a message.
pub async fn set_message(
    conn: &mut Conn,
    id: BulkId,
    n: i64,
    message: MessageId,
) -> sqlx::Result<()> {
    sqlx::query("UPDATE bulk_rows SET message_id = $3 WHERE bulk_id = $1 AND n = $2")
        .bind(id.to_string())
        .bind(n)
        .bind(message.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// So many rows have become messages by now.
pub async fn set_queued(conn: &mut Conn, id: BulkId, rows: i64, at: Timestamp) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE bulks SET queued_rows = $2, started_at = COALESCE(started_at, $3) WHERE id = $1",
    )
    .bind(id.to_string())
    .bind(rows)
    .bind(at.timestamp_millis())
    .execute(conn)
    .await?;
    Ok(())
}

/// What the next message of a bulk waits for itself.
pub async fn wait(conn: &mut Conn, bulk: &Bulk, now: Timestamp) -> sqlx::Result<Option<Held>> {
    let row: Option<(String, i64)> = sqlx::query_as(
        "SELECT waits_for, waits_until FROM outbox \
         WHERE account_id = $1 AND status = 'queued' AND head = 1 AND waits_until > $3 \
         AND bulk_id = $2 ORDER BY waits_until LIMIT 1",
    )
    .bind(bulk.account.to_string())
    .bind(bulk.id.to_string())
    .bind(now.timestamp_millis())
    .fetch_optional(conn)
    .await?;
    Ok(row.and_then(|(waits_for, until)| {
        Some(Held {
            why: WaitsFor::from_code(&waits_for)?,
            until: Some(from_ms(until)),
        })
    }))
}

/// A row with what became of it.
#[derive(Debug, Clone, FromRow)]
pub struct Outcome {
    pub n: i64,
    pub source: i64,
    pub given: String,
    pub chat: String,
    pub message_id: Option<String>,
    pub whatsapp_message_id: Option<String>,
    pub phone_number: Option<String>,
    pub lid: Option<String>,
    pub status: Option<String>,
}

/// The rows after so many, with what became of each.
pub async fn outcomes(
    conn: &mut Conn,
    id: BulkId,
    after: i64,
    limit: i64,
) -> sqlx::Result<Vec<Outcome>> {
    sqlx::query_as(
        "SELECT r.n, r.source, r.given, r.chat, r.message_id, o.whatsapp_message_id, \
         o.phone_number, o.lid, o.status FROM bulk_rows r \
         LEFT JOIN outbox o ON o.id = r.message_id \
         WHERE r.bulk_id = $1 AND r.n > $2 ORDER BY r.n LIMIT $3",
    )
    .bind(id.to_string())
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// A step of a row's message.
#[derive(Debug, Clone, FromRow)]
pub struct Step {
    pub n: i64,
    pub status: String,
    pub at: i64,
    pub detail: Option<String>,
}

/// The steps of the messages of some rows, oldest first.
pub async fn steps(conn: &mut Conn, id: BulkId, after: i64, until: i64) -> sqlx::Result<Vec<Step>> {
    sqlx::query_as(
        "SELECT r.n, t.status, t.at, t.detail FROM bulk_rows r \
         JOIN outbox_timeline t ON t.message_id = r.message_id \
         WHERE r.bulk_id = $1 AND r.n > $2 AND r.n <= $3 ORDER BY r.n, t.n",
    )
    .bind(id.to_string())
    .bind(after)
    .bind(until)
    .fetch_all(conn)
    .await
}
