use super::Kept;
use crate::platform::{clock::from_ms, db::Conn};
use serde_json::value::RawValue;
use sqlx::FromRow;
use whahook_contract::{
    Timestamp,
    ids::{AccountId, UserId},
};

#[derive(FromRow)]
struct Row {
    seq: i64,
    r#type: String,
    at: i64,
    data: String,
}

/// Those after the first number, up to the second; of the types in `only`
/// (`,a,b,`), where it is given.
pub async fn between(
    conn: &mut Conn,
    account: AccountId,
    (after, until): (i64, i64),
    only: Option<&str>,
    limit: i64,
) -> sqlx::Result<Vec<Kept>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT seq, type, at, data FROM events \
         WHERE account_id = $1 AND seq > $2 AND seq <= $3 \
         AND (CAST($4 AS TEXT) IS NULL OR $4 LIKE '%,' || type || ',%') \
         ORDER BY seq LIMIT $5",
    )
    .bind(account.to_string())
    .bind(after)
    .bind(until)
    .bind(only)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let data = RawValue::from_string(row.data)
                .map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
            Ok(Kept {
                seq: row.seq,
                account_id: account,
                at: from_ms(row.at),
                event_type: row.r#type,
                data,
            })
        })
        .collect()
}

pub async fn oldest(conn: &mut Conn, account: AccountId) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar("SELECT MIN(seq) FROM events WHERE account_id = $1")
        .bind(account.to_string())
        .fetch_one(conn)
        .await
}

/// The person's accounts with the numbers of their newest events.
pub async fn heads(conn: &mut Conn, owner: UserId) -> sqlx::Result<Vec<(AccountId, i64)>> {
    let rows: Vec<(String, i64)> =
        sqlx::query_as("SELECT id, last_seq FROM accounts WHERE user_id = $1 ORDER BY id")
            .bind(owner.to_string())
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

pub async fn count(
    conn: &mut Conn,
    account: AccountId,
    after: i64,
    only: Option<&str>,
) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "SELECT COUNT(*) FROM events WHERE account_id = $1 AND seq > $2 \
         AND (CAST($3 AS TEXT) IS NULL OR $3 LIKE '%,' || type || ',%')",
    )
    .bind(account.to_string())
    .bind(after)
    .bind(only)
    .fetch_one(conn)
    .await
}

/// The first event from a number on: its number, and when it was.
pub async fn from(
    conn: &mut Conn,
    account: AccountId,
    seq: i64,
) -> sqlx::Result<Option<(i64, Timestamp)>> {
    let found: Option<(i64, i64)> = sqlx::query_as(
        "SELECT seq, at FROM events WHERE account_id = $1 AND seq >= $2 ORDER BY seq LIMIT 1",
    )
    .bind(account.to_string())
    .bind(seq)
    .fetch_optional(conn)
    .await?;
    Ok(found.map(|(seq, at)| (seq, from_ms(at))))
}
