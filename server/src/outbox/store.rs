use super::{
    files, limits, line,
    model::{Message, Place, from_weight, weight},
};
use crate::platform::{
    clock::from_ms,
    db::{Conn, Kind, few_sizes, numbered},
};
use sqlx::{AssertSqlSafe, FromRow};
use whahook_contract::{
    Timestamp,
    ids::{AccountId, MessageId},
    message::{MessageStatus, Priority, Recipient, WaitsFor},
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

pub fn unreadable(what: &str) -> sqlx::Error {
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

fn messages(rows: Vec<Row>) -> sqlx::Result<Vec<Message>> {
    rows.into_iter().map(Message::try_from).collect()
}

/// Put accepted messages into the queue, each under the number of its event.
pub async fn insert(conn: &mut Conn, messages: &[(Message, i64)]) -> sqlx::Result<()> {
    for messages in few_sizes(messages) {
        // Nothing but places was put into it.
        let mut query = sqlx::query(AssertSqlSafe(format!(
            "INSERT INTO outbox (id, account_id, user_id, whatsapp_message_id, position, head, \
             chat, phone_number, lid, content, status, attempts, not_before, queued_at, \
             idempotency_key, metadata, priority, send_at, expires_at, bulk_id, media_id) \
             VALUES {}",
            numbered(1, 21, messages.len())
        )));
        for (message, position) in messages {
            let not_before = message
                .send_at
                .unwrap_or(message.queued_at)
                .max(message.queued_at);
            query = query
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
                .bind(message.attempts)
                .bind(not_before.timestamp_millis())
                .bind(message.queued_at.timestamp_millis())
                .bind(&message.idempotency_key)
                .bind(message.metadata.as_ref().map(ToString::to_string))
                .bind(weight(message.priority))
                .bind(message.send_at.map(|at| at.timestamp_millis()))
                .bind(message.expires_at.map(|at| at.timestamp_millis()))
                .bind(message.bulk.map(|id| id.to_string()))
                .bind(files::needed(&message.content).map(|id| id.to_string()));
        }
        query.execute(&mut *conn).await?;
    }
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
    let found = find_by_keys(conn, &[(account, key)]).await?;
    Ok(found.into_iter().next())
}

/// Those of these messages that there are, by their idempotency keys.
pub async fn find_by_keys(
    conn: &mut Conn,
    keys: &[(AccountId, &str)],
) -> sqlx::Result<Vec<Message>> {
    let mut found = Vec::new();
    for keys in few_sizes(keys) {
        let rows = numbered(1, 2, keys.len());
        // Nothing but places was put into it.
        let mut query = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT o.* FROM (VALUES {rows}) AS asked CROSS JOIN outbox AS o \
             WHERE o.account_id = asked.column1 AND o.idempotency_key = asked.column2"
        )));
        for (account, key) in keys {
            query = query.bind(account.to_string()).bind(*key);
        }
        found.extend(messages(query.fetch_all(&mut *conn).await?)?);
    }
    Ok(found)
}

/// Those of these messages that there are.
pub async fn find_all(conn: &mut Conn, ids: &[MessageId]) -> sqlx::Result<Vec<Message>> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in few_sizes(ids) {
        let list = numbered(1, 1, ids.len());
        // Nothing but places was put into it.
        let mut query = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT * FROM outbox WHERE id IN {list}"
        )));
        for id in ids {
            query = query.bind(id.to_string());
        }
        found.extend(messages(query.fetch_all(&mut *conn).await?)?);
    }
    Ok(found)
}

/// By the id that WhatsApp knows it by.
pub async fn find_by_whatsapp_id(
    conn: &mut Conn,
    account: AccountId,
    id: &str,
) -> sqlx::Result<Option<Message>> {
    let found = find_by_whatsapp_ids(conn, account, &[id]).await?;
    Ok(found.into_iter().next())
}

/// Those of these messages that there are, by the ids that WhatsApp knows them by.
pub async fn find_by_whatsapp_ids(
    conn: &mut Conn,
    account: AccountId,
    ids: &[&str],
) -> sqlx::Result<Vec<Message>> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in few_sizes(ids) {
        let list = numbered(2, 1, ids.len());
        // Nothing but places was put into it.
        let mut query = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT * FROM outbox WHERE account_id = $1 AND whatsapp_message_id IN {list}"
        )))
        .bind(account.to_string());
        for id in ids {
            query = query.bind(*id);
        }
        found.extend(messages(query.fetch_all(&mut *conn).await?)?);
    }
    Ok(found)
}

/// Set the status of messages. With `sending` an attempt of each begins.
pub async fn set_status(
    conn: &mut Conn,
    status: MessageStatus,
    ids: &[MessageId],
) -> sqlx::Result<()> {
    let attempt = match status {
        MessageStatus::Sending => ", attempts = attempts + 1, waits_until = NULL, waits_for = NULL",
        _ => "",
    };
    for ids in few_sizes(ids) {
        let list = numbered(2, 1, ids.len());
        // Nothing but places was put into it.
        let mut query = sqlx::query(AssertSqlSafe(format!(
            "UPDATE outbox SET status = $1{attempt} WHERE id IN {list}"
        )))
        .bind(status.code());
        for id in ids {
            query = query.bind(id.to_string());
        }
        query.execute(&mut *conn).await?;
    }
    Ok(())
}

/// When the next messages of an account are due.
#[derive(Debug)]
pub struct Next {
    /// Those in their chats' first places, by priority.
    in_line: [(Priority, Option<Timestamp>); 3],
    /// Scheduled ones.
    pub asleep: Option<Timestamp>,
}

impl Next {
    /// When the first of all is due.
    pub fn at(&self) -> Option<Timestamp> {
        let in_line = self.in_line.iter().filter_map(|(_, at)| *at);
        in_line.chain(self.asleep).min()
    }
}

pub async fn next(conn: &mut Conn, account: AccountId) -> sqlx::Result<Next> {
    let (high, normal, low, asleep): (Option<i64>, Option<i64>, Option<i64>, Option<i64>) =
        sqlx::query_as(
            "SELECT (SELECT MIN(not_before) FROM outbox \
             WHERE account_id = $1 AND status = 'queued' AND head = 1 AND priority = 2), \
             (SELECT MIN(not_before) FROM outbox \
             WHERE account_id = $1 AND status = 'queued' AND head = 1 AND priority = 1), \
             (SELECT MIN(not_before) FROM outbox \
             WHERE account_id = $1 AND status = 'queued' AND head = 1 AND priority = 0), \
             (SELECT MIN(send_at) FROM outbox \
             WHERE account_id = $1 AND status = 'queued' AND head = -1)",
        )
        .bind(account.to_string())
        .fetch_one(conn)
        .await?;
    Ok(Next {
        in_line: [
            (Priority::High, high.map(from_ms)),
            (Priority::Normal, normal.map(from_ms)),
            (Priority::Low, low.map(from_ms)),
        ],
        asleep: asleep.map(from_ms),
    })
}

/// The messages that go next, each of another chat. One look a priority of which
/// one is due: among many that wait for later, those that are due are found at
/// once.
pub async fn due(
    conn: &mut Conn,
    account: AccountId,
    next: &Next,
    now: Timestamp,
    most: usize,
) -> sqlx::Result<Vec<Message>> {
    let mut due = Vec::new();
    for (priority, at) in next.in_line {
        if at.is_none_or(|at| at > now) || due.len() >= most {
            continue;
        }
        let rows = sqlx::query_as(
            "SELECT * FROM outbox WHERE account_id = $1 AND status = 'queued' AND head = 1 \
             AND priority = $2 AND not_before <= $3 ORDER BY not_before, position LIMIT $4",
        )
        .bind(account.to_string())
        .bind(weight(priority))
        .bind(now.timestamp_millis())
        .bind(i64::try_from(most - due.len()).unwrap_or(i64::MAX))
        .fetch_all(&mut *conn)
        .await?;
        due.extend(messages(rows)?);
    }
    Ok(due)
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
    limits::keep_send(conn, message.id, position).await?;
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

/// Messages whose attempt was cut off, in the order in which they were queued.
pub async fn under_way(conn: &mut Conn, account: AccountId) -> sqlx::Result<Vec<Message>> {
    let rows = sqlx::query_as(
        "SELECT * FROM outbox WHERE account_id = $1 AND status = 'sending' ORDER BY position",
    )
    .bind(account.to_string())
    .fetch_all(conn)
    .await?;
    messages(rows)
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

/// Hold back whatever else would change this account's messages until this
/// transaction ends: what is claimed is not cancelled meanwhile.
pub async fn lock_account(conn: &mut Conn, kind: Kind, account: AccountId) -> sqlx::Result<()> {
    lock_accounts(conn, kind, &[account]).await
}

/// The same of several accounts, in the order of their ids: whoever takes two of
/// them does so in this order.
pub async fn lock_accounts(
    conn: &mut Conn,
    kind: Kind,
    accounts: &[AccountId],
) -> sqlx::Result<()> {
    if kind == Kind::Sqlite {
        return Ok(());
    }
    for accounts in few_sizes(accounts) {
        let list = numbered(1, 1, accounts.len());
        // Nothing but places was put into it.
        let mut query = sqlx::query(AssertSqlSafe(format!(
            "SELECT id FROM accounts WHERE id IN {list} ORDER BY id COLLATE \"C\" \
             FOR NO KEY UPDATE"
        )));
        for account in accounts {
            query = query.bind(account.to_string());
        }
        query.execute(&mut *conn).await?;
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
