//! What the limits count: one row a message handed to WhatsApp, and one more for
//! each time that a person sends it again.

use crate::{
    outbox::model::Message,
    platform::{
        clock::from_ms,
        db::{Conn, few_sizes, numbered},
    },
};
use sqlx::AssertSqlSafe;
use whahook_contract::{
    Timestamp,
    ids::{AccountId, MessageId, UserId},
};

/// Count messages for the limits; each once, however often it is attempted, and
/// from its last attempt on.
pub async fn log_sends(conn: &mut Conn, messages: &[Message], at: Timestamp) -> sqlx::Result<()> {
    for messages in few_sizes(messages) {
        // Nothing but numbers is put into it.
        let mut query = sqlx::query(AssertSqlSafe(format!(
            "INSERT INTO send_log (message_id, user_id, account_id, chat, at) VALUES {} \
             ON CONFLICT (message_id) DO UPDATE SET at = excluded.at",
            numbered(1, 5, messages.len())
        )));
        for message in messages {
            query = query
                .bind(message.id.to_string())
                .bind(message.user.to_string())
                .bind(message.account.to_string())
                .bind(&message.to.jid)
                .bind(at.timestamp_millis());
        }
        query.execute(&mut *conn).await?;
    }
    Ok(())
}

/// A message that was counted begins anew, at this place in the queue, and will be
/// counted once more: what was sent before stays, under a name of its own.
pub async fn keep_send(conn: &mut Conn, id: MessageId, position: i64) -> sqlx::Result<()> {
    sqlx::query("UPDATE send_log SET message_id = $2 WHERE message_id = $1")
        .bind(id.to_string())
        .bind(format!("{id} before {position}"))
        .execute(conn)
        .await?;
    Ok(())
}

/// Whose sends a limit counts.
#[derive(Debug, Clone, Copy)]
pub enum Scope<'a> {
    Account(AccountId),
    User(UserId),
    Chat(AccountId, &'a str),
}

/// When the `nth` newest send since `since` was made (1 is the newest), of all
/// messages but this.
pub async fn nth_newest(
    conn: &mut Conn,
    scope: Scope<'_>,
    but: Option<MessageId>,
    since: Timestamp,
    nth: u32,
) -> sqlx::Result<Option<Timestamp>> {
    let offset = i64::from(nth) - 1;
    let since = since.timestamp_millis();
    let but = but.map_or_else(String::new, |message| message.to_string());
    let at: Option<i64> = match scope {
        Scope::Account(account) => {
            sqlx::query_scalar(
                "SELECT at FROM send_log WHERE account_id = $1 AND at > $2 AND message_id <> $4 \
                 ORDER BY at DESC LIMIT 1 OFFSET $3",
            )
            .bind(account.to_string())
            .bind(since)
            .bind(offset)
            .bind(&but)
            .fetch_optional(conn)
            .await?
        }
        Scope::User(user) => {
            sqlx::query_scalar(
                "SELECT at FROM send_log WHERE user_id = $1 AND at > $2 AND message_id <> $4 \
                 ORDER BY at DESC LIMIT 1 OFFSET $3",
            )
            .bind(user.to_string())
            .bind(since)
            .bind(offset)
            .bind(&but)
            .fetch_optional(conn)
            .await?
        }
        Scope::Chat(account, chat) => {
            sqlx::query_scalar(
                "SELECT at FROM send_log WHERE account_id = $1 AND chat = $2 AND at > $3 AND message_id <> $5 \
                 ORDER BY at DESC LIMIT 1 OFFSET $4",
            )
            .bind(account.to_string())
            .bind(chat)
            .bind(since)
            .bind(offset)
            .bind(&but)
            .fetch_optional(conn)
            .await?
        }
    };
    Ok(at.map(from_ms))
}

/// How many sends were made since then.
pub async fn count(conn: &mut Conn, scope: Scope<'_>, since: Timestamp) -> sqlx::Result<i64> {
    let since = since.timestamp_millis();
    match scope {
        Scope::Account(account) => {
            sqlx::query_scalar("SELECT COUNT(*) FROM send_log WHERE account_id = $1 AND at > $2")
                .bind(account.to_string())
                .bind(since)
                .fetch_one(conn)
                .await
        }
        Scope::User(user) => {
            sqlx::query_scalar("SELECT COUNT(*) FROM send_log WHERE user_id = $1 AND at > $2")
                .bind(user.to_string())
                .bind(since)
                .fetch_one(conn)
                .await
        }
        Scope::Chat(account, chat) => {
            sqlx::query_scalar(
                "SELECT COUNT(*) FROM send_log WHERE account_id = $1 AND chat = $2 AND at > $3",
            )
            .bind(account.to_string())
            .bind(chat)
            .bind(since)
            .fetch_one(conn)
            .await
        }
    }
}

/// The chat that got the most of the account's newest sends since then.
pub async fn busiest_chat(
    conn: &mut Conn,
    account: AccountId,
    since: Timestamp,
) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar(
        "SELECT chat FROM (SELECT chat FROM send_log WHERE account_id = $1 AND at > $2 \
         ORDER BY at DESC LIMIT 5000) AS newest GROUP BY chat ORDER BY COUNT(*) DESC, chat LIMIT 1",
    )
    .bind(account.to_string())
    .bind(since.timestamp_millis())
    .fetch_optional(conn)
    .await
}

/// A message was counted that never left.
pub async fn forget_send(conn: &mut Conn, id: MessageId) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM send_log WHERE message_id = $1")
        .bind(id.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// Forget sends that no window reaches any more, person by person: there is an
/// index for that.
pub async fn forget_sends(conn: &mut Conn, before: Timestamp) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM send_log WHERE user_id IN (SELECT id FROM users) AND at < $1")
        .bind(before.timestamp_millis())
        .execute(conn)
        .await?;
    Ok(())
}
