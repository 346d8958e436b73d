use super::{
    files, line,
    model::{Message, Place, from_weight, weight},
};
use crate::platform::{
    clock::from_ms,
    db::{Conn, Kind},
};
use sqlx::FromRow;
use whahook_contract::{
    Timestamp,
    ids::{AccountId, MessageId, UserId},
    message::{MessageStatus, Recipient, TimelineEntry, WaitsFor},
};

#[derive(FromRow)]
pub(super) struct Row {
    id: String,
    account_id: String,
    user_id: String,
    whatsapp_message_id: String,
    chat: String,
    phone_number: Option<String>,
    lid: Option<String>,
    content: String,
    status: String,
    attempts: i64,
    failures: i64,
    head: i32,
    priority: i32,
    queued_at: i64,
    send_at: Option<i64>,
    expires_at: Option<i64>,
    waits_until: Option<i64>,
    waits_for: Option<String>,
    idempotency_key: Option<String>,
    metadata: Option<String>,
    bulk_id: Option<String>,
}

fn unreadable(what: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("the outbox holds an unknown {what}").into())
}

impl TryFrom<Row> for Message {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.id.parse().map_err(|_| unreadable("id"))?,
            account: row.account_id.parse().map_err(|_| unreadable("account"))?,
            user: row.user_id.parse().map_err(|_| unreadable("user"))?,
            whatsapp_message_id: row.whatsapp_message_id,
            to: Recipient {
                phone_number: row.phone_number,
                lid: row.lid,
                jid: row.chat,
            },
            content: serde_json::from_str(&row.content).map_err(|_| unreadable("content"))?,
            status: MessageStatus::from_code(&row.status).ok_or_else(|| unreadable("status"))?,
            attempts: row.attempts,
            failures: row.failures,
            place: Place::from_number(row.head),
            priority: from_weight(row.priority),
            queued_at: from_ms(row.queued_at),
            send_at: row.send_at.map(from_ms),
            expires_at: row.expires_at.map(from_ms),
            waits_until: row.waits_until.map(from_ms),
            waits_for: row.waits_for.as_deref().and_then(WaitsFor::from_code),
            idempotency_key: row.idempotency_key,
            metadata: row
                .metadata
                .map(|text| serde_json::from_str(&text))
                .transpose()
                .map_err(|_| unreadable("metadata"))?,
            bulk: row
                .bulk_id
                .map(|id| id.parse())
                .transpose()
                .map_err(|_| unreadable("bulk"))?,
        })
    }
}

/// Put an accepted message into the queue.
pub async fn insert(conn: &mut Conn, message: &Message, position: i64) -> sqlx::Result<()> {
    let text = |value: &serde_json::Value| value.to_string();
    let not_before = message
        .send_at
        .unwrap_or(message.queued_at)
        .max(message.queued_at);
    sqlx::query(
        "INSERT INTO outbox (id, account_id, user_id, whatsapp_message_id, position, head, chat, \
         phone_number, lid, content, status, attempts, not_before, queued_at, idempotency_key, \
         metadata, priority, send_at, expires_at, bulk_id, media_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
         $11, 0, $18, $12, $13, $14, $15, $16, $17, $19, $20)",
    )
    .bind(message.id.to_string())
    .bind(message.account.to_string())
    .bind(message.user.to_string())
    .bind(&message.whatsapp_message_id)
    .bind(position)
    .bind(message.place.number())
    .bind(&message.to.jid)
    .bind(&message.to.phone_number)
    .bind(&message.to.lid)
    .bind(
        serde_json::to_string(&message.content)
            .map_err(|error| sqlx::Error::Encode(error.into()))?,
    )
    .bind(message.status.code())
    .bind(message.queued_at.timestamp_millis())
    .bind(&message.idempotency_key)
    .bind(message.metadata.as_ref().map(text))
    .bind(weight(message.priority))
    .bind(message.send_at.map(|at| at.timestamp_millis()))
    .bind(message.expires_at.map(|at| at.timestamp_millis()))
    .bind(not_before.timestamp_millis())
    .bind(message.bulk.map(|id| id.to_string()))
    .bind(files::needed(&message.content).map(|id| id.to_string()))
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn find(conn: &mut Conn, id: MessageId) -> sqlx::Result<Option<Message>> {
    let row: Option<Row> = sqlx::query_as("SELECT * FROM outbox WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(conn)
        .await?;
    row.map(Message::try_from).transpose()
}

pub async fn find_by_key(
    conn: &mut Conn,
    account: AccountId,
    key: &str,
) -> sqlx::Result<Option<Message>> {
    let row: Option<Row> =
        sqlx::query_as("SELECT * FROM outbox WHERE account_id = $1 AND idempotency_key = $2")
            .bind(account.to_string())
            .bind(key)
            .fetch_optional(conn)
            .await?;
    row.map(Message::try_from).transpose()
}

/// By the id that WhatsApp knows it by.
pub async fn find_by_whatsapp_id(
    conn: &mut Conn,
    account: AccountId,
    whatsapp_message_id: &str,
) -> sqlx::Result<Option<Message>> {
    let row: Option<Row> =
        sqlx::query_as("SELECT * FROM outbox WHERE whatsapp_message_id = $1 AND account_id = $2")
            .bind(whatsapp_message_id)
            .bind(account.to_string())
            .fetch_optional(conn)
            .await?;
    row.map(Message::try_from).transpose()
}

/// To whom a message was accepted, where WhatsApp knows the number by another
/// spelling.
pub async fn accepted_to(conn: &mut Conn, id: MessageId) -> sqlx::Result<Option<String>> {
    let found: Option<Option<String>> =
        sqlx::query_scalar("SELECT accepted_to FROM outbox WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(conn)
            .await?;
    Ok(found.flatten())
}

pub async fn timeline(conn: &mut Conn, id: MessageId) -> sqlx::Result<Vec<TimelineEntry>> {
    let rows: Vec<(String, i64, Option<String>)> = sqlx::query_as(
        "SELECT status, at, detail FROM outbox_timeline WHERE message_id = $1 ORDER BY n",
    )
    .bind(id.to_string())
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(status, at, detail)| {
            Ok(TimelineEntry {
                status: MessageStatus::from_code(&status).ok_or_else(|| unreadable("status"))?,
                at: from_ms(at),
                detail,
            })
        })
        .collect()
}

/// Set a message's status and write it into its timeline.
pub async fn set_status(
    conn: &mut Conn,
    id: MessageId,
    status: MessageStatus,
    at: Timestamp,
    detail: Option<&str>,
) -> sqlx::Result<()> {
    sqlx::query("UPDATE outbox SET status = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(status.code())
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "INSERT INTO outbox_timeline (message_id, n, status, at, detail) \
         SELECT $1, COALESCE(MAX(n), 0) + 1, $2, $3, $4 FROM outbox_timeline WHERE message_id = $1",
    )
    .bind(id.to_string())
    .bind(status.code())
    .bind(at.timestamp_millis())
    .bind(detail)
    .execute(conn)
    .await?;
    Ok(())
}

/// The message that goes next, if one is due. One look a priority: among many
/// that wait for later, the one that is due is found at once.
pub async fn next_due(
    conn: &mut Conn,
    account: AccountId,
    now: Timestamp,
) -> sqlx::Result<Option<Message>> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT * FROM outbox WHERE id = COALESCE(\
         (SELECT id FROM outbox WHERE account_id = $1 AND status = 'queued' AND head = 1 \
         AND priority = 2 AND not_before <= $2 ORDER BY not_before, position LIMIT 1), \
         (SELECT id FROM outbox WHERE account_id = $1 AND status = 'queued' AND head = 1 \
         AND priority = 1 AND not_before <= $2 ORDER BY not_before, position LIMIT 1), \
         (SELECT id FROM outbox WHERE account_id = $1 AND status = 'queued' AND head = 1 \
         AND priority = 0 AND not_before <= $2 ORDER BY not_before, position LIMIT 1))",
    )
    .bind(account.to_string())
    .bind(now.timestamp_millis())
    .fetch_optional(conn)
    .await?;
    row.map(Message::try_from).transpose()
}

/// When the next message is due, if one waits for a time.
pub async fn next_due_at(conn: &mut Conn, account: AccountId) -> sqlx::Result<Option<Timestamp>> {
    let at: Option<i64> = sqlx::query_scalar(
        "SELECT MIN(at) FROM (\
         SELECT MIN(not_before) AS at FROM outbox \
         WHERE account_id = $1 AND status = 'queued' AND head = 1 AND priority = 2 UNION ALL \
         SELECT MIN(not_before) AS at FROM outbox \
         WHERE account_id = $1 AND status = 'queued' AND head = 1 AND priority = 1 UNION ALL \
         SELECT MIN(not_before) AS at FROM outbox \
         WHERE account_id = $1 AND status = 'queued' AND head = 1 AND priority = 0 UNION ALL \
         SELECT MIN(send_at) AS at FROM outbox \
         WHERE account_id = $1 AND status = 'queued' AND head = -1) AS times",
    )
    .bind(account.to_string())
    .fetch_one(conn)
    .await?;
    Ok(at.map(from_ms))
}

/// Queued messages that must not be sent any more, those over the longest first.
pub async fn expired(conn: &mut Conn, now: Timestamp, limit: i64) -> sqlx::Result<Vec<MessageId>> {
    let ids: Vec<String> = sqlx::query_scalar(
        "SELECT id FROM outbox WHERE status = 'queued' AND expires_at IS NOT NULL \
         AND expires_at <= $1 ORDER BY expires_at LIMIT $2",
    )
    .bind(now.timestamp_millis())
    .bind(limit)
    .fetch_all(conn)
    .await?;
    Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
}

/// An attempt begins.
pub async fn begin_attempt(conn: &mut Conn, id: MessageId) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE outbox SET attempts = attempts + 1, waits_until = NULL, waits_for = NULL \
         WHERE id = $1",
    )
    .bind(id.to_string())
    .execute(conn)
    .await?;
    Ok(())
}

/// An attempt failed for the message's own sake.
pub async fn count_failure(conn: &mut Conn, id: MessageId) -> sqlx::Result<()> {
    sqlx::query("UPDATE outbox SET failures = failures + 1 WHERE id = $1")
        .bind(id.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// A failed message begins anew, at the end of its chat's line.
pub async fn begin_anew(
    conn: &mut Conn,
    message: &Message,
    position: i64,
    at: Timestamp,
) -> sqlx::Result<()> {
    let place = line::line_up(conn, message.account, &message.to.jid, message.priority).await?;
    sqlx::query(
        "UPDATE outbox SET position = $2, head = $3, attempts = 0, failures = 0, not_before = $4, \
         waits_until = NULL, waits_for = NULL WHERE id = $1",
    )
    .bind(message.id.to_string())
    .bind(position)
    .bind(place.number())
    .bind(at.timestamp_millis())
    .execute(conn)
    .await?;
    Ok(())
}

/// Say until when a message waits, and for what. With `held` it is not looked
/// at before; else it stays first in line.
pub async fn wait(
    conn: &mut Conn,
    id: MessageId,
    until: Timestamp,
    waits_for: WaitsFor,
    held: bool,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE outbox SET waits_until = $2, waits_for = $3, \
         not_before = CASE WHEN $4 = 1 THEN $2 ELSE not_before END WHERE id = $1",
    )
    .bind(id.to_string())
    .bind(until.timestamp_millis())
    .bind(waits_for.code())
    .bind(i32::from(held))
    .execute(conn)
    .await?;
    Ok(())
}

/// Fill in what became known of the recipient.
pub async fn set_person(
    conn: &mut Conn,
    id: MessageId,
    phone_number: Option<&str>,
    lid: Option<&str>,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE outbox SET phone_number = COALESCE(phone_number, $2), lid = COALESCE(lid, $3) \
         WHERE id = $1",
    )
    .bind(id.to_string())
    .bind(phone_number)
    .bind(lid)
    .execute(conn)
    .await?;
    Ok(())
}

/// Messages whose attempt was cut off, in the order in which they were queued.
pub async fn under_way(conn: &mut Conn, account: AccountId) -> sqlx::Result<Vec<Message>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM outbox WHERE account_id = $1 AND status = 'sending' ORDER BY position",
    )
    .bind(account.to_string())
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Message::try_from).collect()
}

/// Accounts with a message that is due.
pub async fn accounts_with_due(conn: &mut Conn, now: Timestamp) -> sqlx::Result<Vec<AccountId>> {
    let ids: Vec<String> = sqlx::query_scalar(
        "SELECT account_id FROM outbox \
         WHERE status = 'queued' AND head = 1 AND not_before <= $1 UNION \
         SELECT account_id FROM outbox WHERE status = 'queued' AND head = -1 AND send_at <= $1",
    )
    .bind(now.timestamp_millis())
    .fetch_all(conn)
    .await?;
    Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
}

/// Hold back other claims of the same user until this transaction ends: the
/// user's limit counts over all their sessions. SQLite has one writer anyway.
/// What refers to the user's row is written meanwhile: who has an account's lock
/// and waited for the user's would wait for who has that and waits for the account's.
pub async fn lock_user(conn: &mut Conn, kind: Kind, user: UserId) -> sqlx::Result<()> {
    if kind == Kind::Postgres {
        let _: Option<String> =
            sqlx::query_scalar("SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE")
                .bind(user.to_string())
                .fetch_optional(conn)
                .await?;
    }
    Ok(())
}

/// Hold back whatever else would change this account's messages until this
/// transaction ends: what is claimed is not cancelled meanwhile.
pub async fn lock_account(conn: &mut Conn, kind: Kind, account: AccountId) -> sqlx::Result<()> {
    if kind == Kind::Postgres {
        let _: Option<String> =
            sqlx::query_scalar("SELECT id FROM accounts WHERE id = $1 FOR NO KEY UPDATE")
                .bind(account.to_string())
                .fetch_optional(conn)
                .await?;
    }
    Ok(())
}

/// The account itself, as others write to it.
pub async fn own_recipient(conn: &mut Conn, account: AccountId) -> sqlx::Result<Option<Recipient>> {
    let row: Option<(Option<String>, Option<String>)> =
        sqlx::query_as("SELECT phone_number, lid FROM accounts WHERE id = $1")
            .bind(account.to_string())
            .fetch_optional(conn)
            .await?;
    Ok(row.map(|(phone_number, lid)| Recipient {
        jid: String::new(),
        phone_number,
        lid,
    }))
}

/// Whether a person keeps the account's messages back.
pub async fn is_paused(conn: &mut Conn, account: AccountId) -> sqlx::Result<bool> {
    let paused: Option<i64> = sqlx::query_scalar(
        "SELECT last_seq FROM accounts WHERE id = $1 AND queue_paused_at IS NOT NULL",
    )
    .bind(account.to_string())
    .fetch_optional(conn)
    .await?;
    Ok(paused.is_some())
}

/// Keep an account's messages back.
pub async fn pause(conn: &mut Conn, account: AccountId, at: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE accounts SET queue_paused_at = $2 WHERE id = $1")
        .bind(account.to_string())
        .bind(at.timestamp_millis())
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn resume(conn: &mut Conn, account: AccountId) -> sqlx::Result<()> {
    sqlx::query("UPDATE accounts SET queue_paused_at = NULL WHERE id = $1")
        .bind(account.to_string())
        .execute(conn)
        .await?;
    Ok(())
}
