use super::Recorded;
use crate::platform::{
    clock::from_ms,
    db::{Conn, few_sizes, numbered},
};
use sqlx::{AssertSqlSafe, FromRow};
use std::collections::HashMap;
use whahook_contract::{
    Timestamp,
    event::{Event, LedgerEvent},
    ids::{AccountId, UserId},
};

/// Add an event to an account's ledger. The account's row stays locked until
/// the transaction ends, so numbers have no gaps, and whatever else the
/// transaction does to the account happens one at a time.
///
/// # Errors
/// [`sqlx::Error::RowNotFound`]: there is no such account.
pub async fn record(
    tx: &mut Conn,
    at: Timestamp,
    account: AccountId,
    event: &Event,
) -> sqlx::Result<Recorded> {
    let recorded = record_all(tx, at, account, vec![event.clone()]).await?;
    recorded.into_iter().next().ok_or(sqlx::Error::RowNotFound)
}

/// The same for several events of a moment, in this order.
///
/// # Errors
/// [`sqlx::Error::RowNotFound`]: there is no such account.
pub async fn record_all(
    tx: &mut Conn,
    at: Timestamp,
    account: AccountId,
    events: Vec<Event>,
) -> sqlx::Result<Vec<Recorded>> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let count = i64::try_from(events.len()).map_err(decode)?;
    let (first, user) = reserve(tx, account, count).await?;
    let recorded: Vec<Recorded> = (first..)
        .zip(events)
        .map(|(seq, event)| Recorded {
            user,
            event: LedgerEvent {
                seq,
                account_id: account,
                at,
                event,
            },
        })
        .collect();
    append(tx, &recorded).await?;
    Ok(recorded)
}

/// Take the next `count` numbers of an account's ledger, for [`append`]: the first
/// of them, and whose account it is. As with [`record`], the account's row stays
/// locked until the transaction ends.
///
/// # Errors
/// [`sqlx::Error::RowNotFound`]: there is no such account.
pub async fn reserve(tx: &mut Conn, account: AccountId, count: i64) -> sqlx::Result<(i64, UserId)> {
    let mut reserved = reserve_all(tx, &[(account, count)]).await?;
    reserved.remove(&account).ok_or(sqlx::Error::RowNotFound)
}

/// The same for several accounts, of those that there are. Whoever has the locks
/// of several has taken them in the order of their ids.
///
/// # Errors
/// The database failed.
pub async fn reserve_all(
    tx: &mut Conn,
    counts: &[(AccountId, i64)],
) -> sqlx::Result<HashMap<AccountId, (i64, UserId)>> {
    let wanted: HashMap<AccountId, i64> = counts.iter().copied().collect();
    let mut reserved = HashMap::with_capacity(counts.len());
    for counts in few_sizes(counts) {
        // Nothing but numbers is put into it.
        let mut query = sqlx::query_as(AssertSqlSafe(format!(
            "UPDATE accounts SET last_seq = last_seq + asked.column2 \
             FROM (VALUES {}) AS asked WHERE accounts.id = asked.column1 \
             RETURNING accounts.id, accounts.last_seq, accounts.user_id",
            numbered(1, 2, counts.len())
        )));
        for (account, count) in counts {
            query = query.bind(account.to_string()).bind(*count);
        }
        let rows: Vec<(String, i64, String)> = query.fetch_all(&mut *tx).await?;
        for (account, newest, user) in rows {
            let account: AccountId = account.parse().map_err(decode)?;
            let count = wanted.get(&account).copied().unwrap_or_default();
            reserved.insert(account, (newest - count + 1, user.parse().map_err(decode)?));
        }
    }
    Ok(reserved)
}

/// Give numbers back that were reserved last in this transaction and not used.
///
/// # Errors
/// The database failed.
pub async fn give_back(tx: &mut Conn, account: AccountId, count: i64) -> sqlx::Result<()> {
    sqlx::query("UPDATE accounts SET last_seq = last_seq - $2 WHERE id = $1")
        .bind(account.to_string())
        .bind(count)
        .execute(tx)
        .await
        .map(drop)
}

/// Add events under numbers that were taken for them, many in one statement.
///
/// # Errors
/// The database failed.
pub async fn append(tx: &mut Conn, events: &[Recorded]) -> sqlx::Result<()> {
    for events in few_sizes(events) {
        // Nothing but numbers is put into it.
        let mut query = sqlx::query(AssertSqlSafe(format!(
            "INSERT INTO events (account_id, seq, type, at, data) VALUES {}",
            numbered(1, 5, events.len())
        )));
        for Recorded { event, .. } in events {
            let stored = serde_json::to_value(event.event.for_ledger()).map_err(decode)?;
            let data = stored
                .get("data")
                .map_or("{}".to_owned(), ToString::to_string);
            query = query
                .bind(event.account_id.to_string())
                .bind(event.seq)
                .bind(event.event.name())
                .bind(event.at.timestamp_millis())
                .bind(data);
        }
        query.execute(&mut *tx).await?;
    }
    Ok(())
}

/// The number of an account's newest event; 0 where there is none.
///
/// # Errors
/// The database failed.
pub async fn newest(conn: &mut Conn, account: AccountId) -> sqlx::Result<i64> {
    let found: Option<i64> = sqlx::query_scalar("SELECT last_seq FROM accounts WHERE id = $1")
        .bind(account.to_string())
        .fetch_optional(conn)
        .await?;
    Ok(found.unwrap_or_default())
}

#[derive(FromRow)]
struct Row {
    seq: i64,
    r#type: String,
    at: i64,
    data: String,
}

/// The events of an account after a number, oldest first.
///
/// # Errors
/// The database failed, or holds what this version cannot read.
pub async fn after(
    conn: &mut Conn,
    account: AccountId,
    seq: i64,
    limit: i64,
) -> sqlx::Result<Vec<LedgerEvent>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT seq, type, at, data FROM events \
         WHERE account_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
    )
    .bind(account.to_string())
    .bind(seq)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let data: serde_json::Value = serde_json::from_str(&row.data).map_err(decode)?;
            let event = serde_json::json!({ "type": row.r#type, "data": data });
            Ok(LedgerEvent {
                seq: row.seq,
                account_id: account,
                at: from_ms(row.at),
                event: serde_json::from_value(event).map_err(decode)?,
            })
        })
        .collect()
}

fn decode(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}
