use crate::{
    outbox::model::{Place, from_weight, weight},
    platform::db::Conn,
};
use whahook_contract::{
    Timestamp,
    ids::AccountId,
    message::{MessageStatus, Priority, Recipient, WaitsFor},
};

/// Make room in a chat's line for one more message; where it stands then. It
/// overtakes one of less priority that is not on its way yet, unless WhatsApp
/// keeps the whole chat waiting.
pub async fn line_up(
    conn: &mut Conn,
    account: AccountId,
    chat: &str,
    priority: Priority,
) -> sqlx::Result<Place> {
    let first: Option<(String, String, i32, Option<String>)> = sqlx::query_as(
        "SELECT id, status, priority, waits_for FROM outbox WHERE account_id = $1 AND chat = $2 \
         AND head = 1 AND status IN ('queued', 'sending') LIMIT 1",
    )
    .bind(account.to_string())
    .bind(chat)
    .fetch_optional(&mut *conn)
    .await?;
    let Some((id, status, its_weight, waits_for)) = first else {
        return Ok(Place::First);
    };
    let locked = waits_for.as_deref() == Some(WaitsFor::ReachOutTimelock.code());
    if locked || status != MessageStatus::Queued.code() || its_weight >= weight(priority) {
        return Ok(Place::InLine);
    }
    set_place(conn, &id, Place::InLine).await?;
    Ok(Place::First)
}

pub async fn set_place(conn: &mut Conn, id: &str, place: Place) -> sqlx::Result<()> {
    sqlx::query("UPDATE outbox SET head = $2 WHERE id = $1")
        .bind(id)
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
        set_place(conn, &id, place).await?;
    }
    Ok(())
}

/// The next of a chat's line is its first, unless there is one.
pub async fn promote(conn: &mut Conn, account: AccountId, chat: &str) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE outbox SET head = 1 WHERE id = (SELECT id FROM outbox \
         WHERE account_id = $1 AND chat = $2 AND head = 0 AND status IN ('queued', 'sending') \
         ORDER BY priority DESC, position LIMIT 1) \
         AND NOT EXISTS (SELECT 1 FROM outbox \
         WHERE account_id = $1 AND chat = $2 AND head = 1 AND status IN ('queued', 'sending'))",
    )
    .bind(account.to_string())
    .bind(chat)
    .execute(conn)
    .await?;
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
    promote(conn, account, &to.jid).await
}
