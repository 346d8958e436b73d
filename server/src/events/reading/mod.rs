//! The ledger as it is handed out: as it was written, also what a newer or older
//! version wrote.

pub(super) mod store;

use crate::platform::db::Conn;
use serde::Serialize;
use serde_json::value::RawValue;
use whahook_contract::{
    Timestamp,
    ids::{AccountId, UserId},
};

/// As far is looked for events of wanted types in one go.
const LOOKED_THROUGH: i64 = 10_000;

/// An event as it lies there; written as JSON it is a
/// [`whahook_contract::event::LedgerEvent`].
#[derive(Debug, Clone, Serialize)]
pub struct Kept {
    pub seq: i64,
    pub account_id: AccountId,
    pub at: Timestamp,
    #[serde(rename = "type")]
    pub event_type: String,
    pub data: Box<RawValue>,
}

/// Types of events that are wanted; none given: all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Types(Option<Vec<String>>);

impl Types {
    #[must_use]
    pub const fn only(types: Vec<String>) -> Self {
        Self(Some(types))
    }

    #[must_use]
    pub fn want(&self, event_type: &str) -> bool {
        self.0
            .as_ref()
            .is_none_or(|types| types.iter().any(|wanted| wanted == event_type))
    }

    /// `,a,b,`: a type stands in it or does not.
    fn as_text(&self) -> Option<String> {
        self.0
            .as_ref()
            .map(|types| format!(",{},", types.join(",")))
    }
}

/// Some of an account's events, and where those behind them begin.
#[derive(Debug)]
pub struct Chunk {
    pub items: Vec<Kept>,
    /// Everything up to this number has been looked at.
    pub reached: i64,
    /// What is still there; `None`: nothing.
    pub oldest: Option<i64>,
    pub newest: i64,
}

impl Chunk {
    #[must_use]
    pub const fn is_last(&self) -> bool {
        self.reached >= self.newest
    }
}

/// The wanted events of an account after a number, oldest first; `limit` at
/// most. Where they are rare there may be more although none is in it.
///
/// # Errors
/// The database failed.
pub async fn chunk(
    conn: &mut Conn,
    account: AccountId,
    after: i64,
    types: &Types,
    limit: i64,
) -> sqlx::Result<Chunk> {
    // Read first: what is recorded meanwhile is not overlooked.
    let newest = super::newest(&mut *conn, account).await?;
    let oldest = store::oldest(&mut *conn, account).await?;
    let after = after.max(oldest.unwrap_or(newest.saturating_add(1)) - 1);
    let until = after.saturating_add(LOOKED_THROUGH);
    let only = types.as_text();
    let items = store::between(conn, account, (after, until), only.as_deref(), limit).await?;
    let is_full = i64::try_from(items.len()).is_ok_and(|count| count >= limit);
    let reached = match items.last() {
        Some(last) if is_full => last.seq,
        last => last.map_or(after, |last| last.seq).max(until.min(newest)),
    };
    Ok(Chunk {
        items,
        reached,
        oldest,
        newest,
    })
}

/// The event with a number; `None`: it is not there any more.
///
/// # Errors
/// The database failed.
pub async fn one(conn: &mut Conn, account: AccountId, seq: i64) -> sqlx::Result<Option<Kept>> {
    let found = store::between(conn, account, (seq - 1, seq), None, 1).await?;
    Ok(found.into_iter().next())
}

/// How many wanted events there are after a number.
///
/// # Errors
/// The database failed.
pub async fn count(
    conn: &mut Conn,
    account: AccountId,
    after: i64,
    types: &Types,
) -> sqlx::Result<i64> {
    store::count(conn, account, after, types.as_text().as_deref()).await
}

/// The number of the first event since a time. It is found by halves: numbers grow
/// with time, as far as clocks do.
///
/// # Errors
/// The database failed.
pub async fn first_since(
    conn: &mut Conn,
    account: AccountId,
    since: Timestamp,
) -> sqlx::Result<Option<i64>> {
    let newest = super::newest(&mut *conn, account).await?;
    let Some(mut first) = store::oldest(&mut *conn, account).await? else {
        return Ok(None);
    };
    let mut end = newest + 1;
    while first < end {
        let middle = first + (end - first) / 2;
        match store::from(&mut *conn, account, middle).await? {
            Some((seq, at)) if at < since => first = seq + 1,
            _ => end = middle,
        }
    }
    Ok((first <= newest).then_some(first))
}

/// The person's accounts with the numbers of their newest events.
///
/// # Errors
/// The database failed.
pub async fn heads(conn: &mut Conn, owner: UserId) -> sqlx::Result<Vec<(AccountId, i64)>> {
    store::heads(conn, owner).await
}
