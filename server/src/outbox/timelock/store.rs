use crate::platform::db::Conn;
use whahook_contract::{Timestamp, account::ReachOutTimelock, ids::AccountId, message::Recipient};
use whahook_whatsapp::port::Person;

pub async fn set(
    conn: &mut Conn,
    account: AccountId,
    lock: Option<ReachOutTimelock>,
) -> sqlx::Result<()> {
    sqlx::query("UPDATE accounts SET reach_out_since = $2, reach_out_until = $3 WHERE id = $1")
        .bind(account.to_string())
        .bind(lock.map(|lock| lock.since.timestamp_millis()))
        .bind(lock.map(|lock| lock.until.timestamp_millis()))
        .execute(conn)
        .await
        .map(drop)
}

/// Messages that wait for the lock wait until it is over, neither longer nor
/// shorter.
pub async fn prolong(conn: &mut Conn, account: AccountId, until: Timestamp) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE outbox SET not_before = $2, waits_until = $2 WHERE account_id = $1 \
         AND status = 'queued' AND head = 1 AND waits_for = 'reach_out_timelock'",
    )
    .bind(account.to_string())
    .bind(until.timestamp_millis())
    .execute(conn)
    .await
    .map(drop)
}

/// The accounts whose lock is over.
pub async fn over(conn: &mut Conn, now: Timestamp) -> sqlx::Result<Vec<AccountId>> {
    let ids: Vec<String> = sqlx::query_scalar(
        "SELECT id FROM accounts WHERE reach_out_until IS NOT NULL AND reach_out_until <= $1",
    )
    .bind(now.timestamp_millis())
    .fetch_all(conn)
    .await?;
    Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
}

/// Whether something was exchanged with this recipient before: they wrote to the
/// account, or WhatsApp took a message to them.
pub async fn is_known(conn: &mut Conn, account: AccountId, to: &Recipient) -> sqlx::Result<bool> {
    let number = to.phone_number.as_ref();
    let number = number.map(|number| format!("{}@s.whatsapp.net", number.trim_start_matches('+')));
    let known: Option<i64> = sqlx::query_scalar(
        "SELECT CAST(1 AS BIGINT) WHERE EXISTS (SELECT 1 FROM acquaintances \
         WHERE account_id = $1 AND chat IN ($2, $3, $4)) \
         OR EXISTS (SELECT 1 FROM outbox WHERE account_id = $1 AND chat IN ($2, $3, $4) \
         AND status IN ('sent', 'delivered', 'read'))",
    )
    .bind(account.to_string())
    .bind(&to.jid)
    .bind(number.as_ref().unwrap_or(&to.jid))
    .bind(to.lid.as_ref().unwrap_or(&to.jid))
    .fetch_optional(conn)
    .await?;
    Ok(known.is_some())
}

/// Somebody wrote to the account.
pub async fn meet(conn: &mut Conn, account: AccountId, person: &Person) -> sqlx::Result<()> {
    let number = person.phone_number.as_ref();
    let number = number.map(|number| format!("{}@s.whatsapp.net", number.trim_start_matches('+')));
    for chat in [number.as_deref(), person.lid.as_deref()]
        .into_iter()
        .flatten()
    {
        sqlx::query(
            "INSERT INTO acquaintances (account_id, chat) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        )
        .bind(account.to_string())
        .bind(chat)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}
