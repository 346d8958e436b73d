use crate::platform::db::Conn;
use whahook_contract::{
    Timestamp,
    ids::{AccountId, MessageId},
    message::Recipient,
};

/// The newest message since then that says the same to the same recipient and
/// was not given up. It stands under one of the names that they have.
pub async fn find(
    conn: &mut Conn,
    account: AccountId,
    to: &Recipient,
    hash: &str,
    since: Timestamp,
) -> sqlx::Result<Option<MessageId>> {
    let number = to.phone_number.as_deref();
    let number = number.map(|it| format!("{}@s.whatsapp.net", it.trim_start_matches('+')));
    let id: Option<String> = sqlx::query_scalar(
        "SELECT id FROM outbox WHERE account_id = $1 AND content_hash = $2 AND queued_at > $3 \
         AND chat IN ($4, $5, $6) AND status NOT IN ('failed', 'cancelled') \
         ORDER BY queued_at DESC LIMIT 1",
    )
    .bind(account.to_string())
    .bind(hash)
    .bind(since.timestamp_millis())
    .bind(&to.jid)
    .bind(number.as_ref().unwrap_or(&to.jid))
    .bind(to.lid.as_ref().unwrap_or(&to.jid))
    .fetch_optional(conn)
    .await?;
    Ok(id.and_then(|id| id.parse().ok()))
}

pub async fn note(conn: &mut Conn, id: MessageId, hash: &str) -> sqlx::Result<()> {
    sqlx::query("UPDATE outbox SET content_hash = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(hash)
        .execute(conn)
        .await
        .map(drop)
}
