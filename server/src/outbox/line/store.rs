use crate::{
    outbox::{
        model::{Message, Place, from_weight, weight},
        store,
    },
    platform::db::{Conn, few_sizes, numbered, rows_of_one},
};
use sqlx::AssertSqlSafe;
use std::collections::HashMap;
use whahook_contract::{
    Timestamp,
    ids::{AccountId, MessageId},
    message::{MessageStatus, Priority, Recipient, WaitsFor},
};

/// Who is first in a chat's line.
#[derive(Debug, Clone)]
pub struct First {
    pub id: MessageId,
    status: MessageStatus,
    priority: Priority,
    /// WhatsApp keeps the whole chat waiting.
    locked: bool,
}

impl First {
    /// A message that has just been accepted.
    pub fn of(message: &Message) -> Self {
        Self {
            id: message.id,
            status: message.status,
            priority: message.priority,
            locked: false,
        }
    }

    /// Whether one of this priority goes before it: it is of less, and not on its
    /// way yet.
    pub fn is_overtaken_by(&self, priority: Priority) -> bool {
        !self.locked
            && self.status == MessageStatus::Queued
            && weight(self.priority) < weight(priority)
    }
}

/// A chat of an account.
pub type Chat = (AccountId, String);

/// Who is first in the lines of these chats, where somebody is.
pub async fn firsts(conn: &mut Conn, chats: &[Chat]) -> sqlx::Result<HashMap<Chat, First>> {
    type Row = (String, String, String, String, i32, Option<String>);
    let mut found = HashMap::with_capacity(chats.len());
    for chats in few_sizes(chats) {
        let rows = numbered(1, 2, chats.len());
        // Nothing but places was put into it.
        let mut query = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT o.account_id, o.chat, o.id, o.status, o.priority, o.waits_for \
             FROM (VALUES {rows}) AS asked CROSS JOIN outbox AS o \
             WHERE o.account_id = asked.column1 AND o.chat = asked.column2 AND o.head = 1 \
             AND o.status IN ('queued', 'sending')"
        )));
        for (account, chat) in chats {
            query = query.bind(account.to_string()).bind(chat);
        }
        let rows: Vec<Row> = query.fetch_all(&mut *conn).await?;
        for (account, chat, id, status, its_weight, waits_for) in rows {
            let first = First {
                id: id.parse().map_err(|_| store::unreadable("id"))?,
                status: MessageStatus::from_code(&status)
                    .ok_or_else(|| store::unreadable("status"))?,
                priority: from_weight(its_weight),
                locked: waits_for.as_deref() == Some(WaitsFor::ReachOutTimelock.code()),
            };
            let account = account.parse().map_err(|_| store::unreadable("account"))?;
            found.insert((account, chat), first);
        }
    }
    Ok(found)
}

/// Make room in a chat's line for one more message; where it stands then. It
/// overtakes one of less priority that is not on its way yet, unless WhatsApp
/// keeps the whole chat waiting.
pub async fn line_up(
    conn: &mut Conn,
    account: AccountId,
    chat: &str,
    priority: Priority,
) -> sqlx::Result<Place> {
    let first = firsts(conn, &[(account, chat.to_owned())]).await?;
    match first.into_values().next() {
        None => Ok(Place::First),
        Some(first) if first.is_overtaken_by(priority) => {
            set_place(conn, first.id, Place::InLine).await?;
            Ok(Place::First)
        }
        Some(_) => Ok(Place::InLine),
    }
}

pub async fn set_place(conn: &mut Conn, id: MessageId, place: Place) -> sqlx::Result<()> {
    sqlx::query("UPDATE outbox SET head = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(place.number())
        .execute(conn)
        .await?;
    Ok(())
}

/// How many scheduled messages join their lines in one claim.
const WAKE_AT_ONCE: i64 = 100;

/// Scheduled messages whose time has come join the lines of their chats.
pub async fn wake(conn: &mut Conn, account: AccountId, now: Timestamp) -> sqlx::Result<()> {
    let due: Vec<(String, String, i32)> = sqlx::query_as(
        "SELECT id, chat, priority FROM outbox WHERE account_id = $1 AND status = 'queued' \
         AND head = -1 AND send_at <= $2 ORDER BY send_at, position LIMIT $3",
    )
    .bind(account.to_string())
    .bind(now.timestamp_millis())
    .bind(WAKE_AT_ONCE)
    .fetch_all(&mut *conn)
    .await?;
    for (id, chat, its_weight) in due {
        let place = line_up(conn, account, &chat, from_weight(its_weight)).await?;
        let id = id.parse().map_err(|_| store::unreadable("id"))?;
        set_place(conn, id, place).await?;
    }
    Ok(())
}

/// The next of each chat's line is its first, unless there is one.
pub async fn promote(conn: &mut Conn, account: AccountId, chats: &[&str]) -> sqlx::Result<()> {
    for chats in few_sizes(chats) {
        // Nothing but places was put into it.
        let mut query = sqlx::query(AssertSqlSafe(format!(
            "UPDATE outbox SET head = 1 WHERE id IN (SELECT (SELECT o.id FROM outbox AS o \
             WHERE o.account_id = $1 AND o.chat = asked.column1 AND o.head = 0 \
             AND o.status IN ('queued', 'sending') ORDER BY o.priority DESC, o.position LIMIT 1) \
             FROM (VALUES {}) AS asked WHERE NOT EXISTS (SELECT 1 FROM outbox AS f \
             WHERE f.account_id = $1 AND f.chat = asked.column1 AND f.head = 1 \
             AND f.status IN ('queued', 'sending')))",
            rows_of_one(2, chats.len())
        )))
        .bind(account.to_string());
        for chat in chats {
            query = query.bind(*chat);
        }
        query.execute(&mut *conn).await?;
    }
    Ok(())
}

/// Whether anything was ever sent to a chat by this name.
pub async fn is_in_use(conn: &mut Conn, account: AccountId, chat: &str) -> sqlx::Result<bool> {
    let found: Option<i32> =
        sqlx::query_scalar("SELECT 1 FROM outbox WHERE account_id = $1 AND chat = $2 LIMIT 1")
            .bind(account.to_string())
            .bind(chat)
            .fetch_optional(conn)
            .await?;
    Ok(found.is_some())
}

/// What waits in the line of one chat joins that of another, which is the same
/// person: each by its place, as if it had been there from the beginning. What
/// was counted for the one counts for the other.
pub async fn join(
    conn: &mut Conn,
    account: AccountId,
    chat: &str,
    to: &Recipient,
) -> sqlx::Result<()> {
    if chat == to.jid {
        return Ok(());
    }
    sqlx::query(
        "UPDATE outbox SET accepted_as = COALESCE(accepted_as, \
         chat || ' ' || COALESCE(phone_number, '') || ' ' || COALESCE(lid, '')), chat = $3, \
         phone_number = $4, lid = COALESCE($5, lid), \
         head = CASE WHEN head = 1 AND status = 'queued' THEN 0 ELSE head END \
         WHERE account_id = $1 AND chat = $2",
    )
    .bind(account.to_string())
    .bind(chat)
    .bind(&to.jid)
    .bind(&to.phone_number)
    .bind(&to.lid)
    .execute(&mut *conn)
    .await?;
    // One that is not on its way yet may have come after those that join.
    sqlx::query(
        "UPDATE outbox SET head = 0 WHERE account_id = $1 AND chat = $2 AND head = 1 \
         AND status = 'queued'",
    )
    .bind(account.to_string())
    .bind(&to.jid)
    .execute(&mut *conn)
    .await?;
    sqlx::query("UPDATE send_log SET chat = $3 WHERE account_id = $1 AND chat = $2")
        .bind(account.to_string())
        .bind(chat)
        .bind(&to.jid)
        .execute(&mut *conn)
        .await?;
    promote(conn, account, &[&to.jid]).await
}
