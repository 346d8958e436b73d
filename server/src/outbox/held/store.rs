use super::Held;
use crate::{
    outbox::model::{Message, weight},
    platform::{clock::from_ms, db::Conn},
};
use whahook_contract::{Timestamp, ids::AccountId, message::WaitsFor, session::Status};

/// A person who paused it, or a session that is not connected.
pub async fn by_account(conn: &mut Conn, account: AccountId) -> sqlx::Result<Option<Held>> {
    let row: Option<(String, Option<i64>, Option<i64>)> = sqlx::query_as(
        "SELECT status, next_attempt_at, queue_paused_at FROM accounts WHERE id = $1",
    )
    .bind(account.to_string())
    .fetch_optional(conn)
    .await?;
    Ok(row.and_then(|(status, next_attempt_at, paused_at)| {
        if paused_at.is_some() {
            return Some(Held {
                why: WaitsFor::Paused,
                until: None,
            });
        }
        (status != Status::Ready.code()).then(|| Held {
            why: WaitsFor::Session,
            until: next_attempt_at.map(from_ms),
        })
    }))
}

/// A limit of the account or of its owner: the message that goes next waits for
/// it, and all others with it.
pub async fn by_limit(
    conn: &mut Conn,
    account: AccountId,
    now: Timestamp,
) -> sqlx::Result<Option<Held>> {
    let row: Option<(String, i64)> = sqlx::query_as(
        "SELECT waits_for, waits_until FROM outbox \
         WHERE account_id = $1 AND status = 'queued' AND head = 1 AND waits_until > $2 \
         AND waits_for IN ('session_limit', 'user_limit') LIMIT 1",
    )
    .bind(account.to_string())
    .bind(now.timestamp_millis())
    .fetch_optional(conn)
    .await?;
    Ok(row.and_then(|(why, until)| {
        Some(Held {
            why: WaitsFor::from_code(&why)?,
            until: Some(from_ms(until)),
        })
    }))
}

/// A person's pace, if the account keeps one.
pub async fn by_pacing(conn: &mut Conn, account: AccountId) -> sqlx::Result<Option<Held>> {
    let paced: Option<i32> =
        sqlx::query_scalar("SELECT 1 FROM accounts WHERE id = $1 AND human_pacing = 1")
            .bind(account.to_string())
            .fetch_optional(conn)
            .await?;
    Ok(paced.map(|_| Held {
        why: WaitsFor::Pacing,
        until: None,
    }))
}

/// Of so many more it is not asked how many go before.
const COUNTED: i64 = 10_000;

/// How many messages of its account go before a message, as far as that is counted.
/// The status is asked for as the index of lines has it, too: else all that was ever
/// sent is looked through.
pub async fn before(conn: &mut Conn, message: &Message) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "SELECT COUNT(*) FROM (SELECT 1 FROM outbox WHERE account_id = $1 \
         AND status IN ('queued', 'sending') AND status = 'queued' AND head IN (0, 1) AND (priority > $2 OR (priority = $2 \
         AND position < (SELECT position FROM outbox WHERE id = $3))) LIMIT $4) AS earlier",
    )
    .bind(message.account.to_string())
    .bind(weight(message.priority))
    .bind(message.id.to_string())
    .bind(COUNTED)
    .fetch_one(conn)
    .await
}
