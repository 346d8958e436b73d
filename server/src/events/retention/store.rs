use crate::platform::db::Conn;
use whahook_contract::ids::AccountId;

/// Accounts with the numbers of their newest events.
pub async fn accounts(
    conn: &mut Conn,
    after: Option<AccountId>,
    limit: i64,
) -> sqlx::Result<Vec<(AccountId, i64)>> {
    let rows: Vec<(String, i64)> =
        sqlx::query_as("SELECT id, last_seq FROM accounts WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(after.map(|id| id.to_string()).unwrap_or_default())
            .bind(limit)
            .fetch_all(conn)
            .await?;
    rows.into_iter()
        .map(|(id, newest)| {
            let id = id
                .parse()
                .map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
            Ok((id, newest))
        })
        .collect()
}

/// The newest event, up to a number, of before an instant.
pub async fn newest_before(
    conn: &mut Conn,
    account: AccountId,
    until: i64,
    before: i64,
) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar(
        "SELECT MAX(seq) FROM events WHERE account_id = $1 AND seq <= $2 AND at < $3",
    )
    .bind(account.to_string())
    .bind(until)
    .bind(before)
    .fetch_one(conn)
    .await
}

pub async fn remove(conn: &mut Conn, account: AccountId, until: i64) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM events WHERE account_id = $1 AND seq <= $2")
        .bind(account.to_string())
        .bind(until)
        .execute(conn)
        .await
        .map(drop)
}
