//! What keeps the messages of an account back, all of them.

mod store;

pub use store::{by_account, by_limit};

use super::model::Message;
use crate::platform::db::Conn;
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

/// The same for several messages, each account looked up once.
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
                let held = match by_account(conn, message.account).await? {
                    None => by_limit(conn, message.account, self.now).await?,
                    held => held,
                };
                Ok(*unknown.insert(held))
            }
        }
    }
}
