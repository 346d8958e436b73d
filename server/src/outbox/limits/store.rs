//! What the limits count: one row a message handed to WhatsApp.

use crate::{
    outbox::model::Message,
    platform::{clock::from_ms, db::Conn},
};
use whahook_contract::{
    Timestamp,
    ids::{AccountId, UserId},
};

/// Count a message for the limits; once, however often it is attempted. One that
/// begins anew counts from then on.
pub async fn log_send(conn: &mut Conn, message: &Message, at: Timestamp) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO send_log (message_id, user_id, account_id, chat, at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (message_id) DO UPDATE SET at = excluded.at",
    )
    .bind(message.id.to_string())
    .bind(message.user.to_string())
    .bind(message.account.to_string())
    .bind(&message.to.jid)
    .bind(at.timestamp_millis())
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

/// When the `nth` newest send since `since` was made (1 is the newest).
pub async fn nth_newest(
    conn: &mut Conn,
    scope: Scope<'_>,
    since: Timestamp,
    nth: u32,
) -> sqlx::Result<Option<Timestamp>> {
    let offset = i64::from(nth) - 1;
    let since = since.timestamp_millis();
    let at: Option<i64> = match scope {
        Scope::Account(account) => {
            sqlx::query_scalar(
                "SELECT at FROM send_log WHERE account_id = $1 AND at > $2 \
                 ORDER BY at DESC LIMIT 1 OFFSET $3",
            )
            .bind(account.to_string())
            .bind(since)
            .bind(offset)
            .fetch_optional(conn)
            .await?
        }
        Scope::User(user) => {
            sqlx::query_scalar(
                "SELECT at FROM send_log WHERE user_id = $1 AND at > $2 \
                 ORDER BY at DESC LIMIT 1 OFFSET $3",
            )
            .bind(user.to_string())
            .bind(since)
            .bind(offset)
            .fetch_optional(conn)
            .await?
        }
        Scope::Chat(account, chat) => {
            sqlx::query_scalar(
                "SELECT at FROM send_log WHERE account_id = $1 AND chat = $2 AND at > $3 \
                 ORDER BY at DESC LIMIT 1 OFFSET $4",
            )
            .bind(account.to_string())
            .bind(chat)
            .bind(since)
            .bind(offset)
            .fetch_optional(conn)
            .await?
        }
    };
    Ok(at.map(from_ms))
}

/// Forget sends that no window reaches any more.
pub async fn forget_sends(conn: &mut Conn, before: Timestamp) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM send_log WHERE at < $1")
        .bind(before.timestamp_millis())
        .execute(conn)
        .await?;
    Ok(())
}
