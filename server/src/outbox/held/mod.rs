//! What keeps the messages of an account back, all of them.

mod store;

pub use store::{by_account, by_limit, by_pacing};

use super::{
    model::{Message, Place},
    settings,
};
use crate::{config::Limits, platform::db::Conn};
use chrono::TimeDelta;
use std::collections::{HashMap, hash_map::Entry};
use whahook_contract::{
    Timestamp,
    ids::AccountId,
    message::{MessageStatus, WaitsFor},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    pub why: WaitsFor,
    pub until: Option<Timestamp>,
}

/// What keeps a message back besides itself; `None`: nothing, or it is not
/// queued.
///
/// # Errors
/// The database failed.
pub async fn of(conn: &mut Conn, message: &Message, now: Timestamp) -> sqlx::Result<Option<Held>> {
    OfAccounts::at(now).of(conn, message).await
}

/// When a message will go at the earliest, where a limit of all its account sends
/// keeps it back: by those that go before it.
///
/// # Errors
/// The database failed.
pub async fn until(
    conn: &mut Conn,
    message: &Message,
    held: Held,
    server: &Limits,
) -> sqlx::Result<Option<Timestamp>> {
    let standing = settings::standing(conn, message.account).await?;
    let a_minute = match held.why {
        WaitsFor::SessionLimit => standing.settings.over(server).session_per_minute,
        WaitsFor::UserLimit => server.user_per_minute,
        _ => return Ok(held.until),
    };
    if !matches!(message.place, Place::First | Place::InLine) {
        return Ok(None);
    }
    let before = store::before(conn, message).await?;
    let minutes = before / i64::from(a_minute.max(1));
    Ok(held.until.map(|until| until + TimeDelta::minutes(minutes)))
}

/// What keeps several messages back, each account looked up once.
#[derive(Debug)]
pub struct OfAccounts {
    now: Timestamp,
    known: HashMap<AccountId, Option<Held>>,
}

impl OfAccounts {
    pub fn at(now: Timestamp) -> Self {
        Self {
            now,
            known: HashMap::new(),
        }
    }

    /// # Errors
    /// The database failed.
    pub async fn of(&mut self, conn: &mut Conn, message: &Message) -> sqlx::Result<Option<Held>> {
        if message.status != MessageStatus::Queued {
            return Ok(None);
        }
        match self.known.entry(message.account) {
            Entry::Occupied(known) => Ok(*known.get()),
            Entry::Vacant(unknown) => {
                let mut held = by_account(conn, message.account).await?;
                if held.is_none() {
                    held = by_limit(conn, message.account, self.now).await?;
                }
                if held.is_none() {
                    held = by_pacing(conn, message.account).await?;
                }
                Ok(*unknown.insert(held))
            }
        }
    }
}
