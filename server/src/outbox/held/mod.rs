//! What keeps the messages of an account back, all of them.

mod store;

use crate::platform::db::Conn;
use std::collections::HashMap;
use whahook_contract::{Timestamp, ids::AccountId, message::WaitsFor};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    pub why: WaitsFor,
    pub until: Option<Timestamp>,
}

/// What keeps them back now; `None`: nothing.
///
/// # Errors
/// The database failed.
pub async fn of(conn: &mut Conn, account: AccountId, now: Timestamp) -> sqlx::Result<Option<Held>> {
    match store::of_account(conn, account).await? {
        None => store::limit(conn, account, now).await,
        held => Ok(held),
    }
}

/// The same for several accounts, each looked up once.
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
    pub async fn of(&mut self, conn: &mut Conn, account: AccountId) -> sqlx::Result<Option<Held>> {
        if let Some(held) = self.known.get(&account) {
            return Ok(*held);
        }
        let held = of(conn, account, self.now).await?;
        self.known.insert(account, held);
        Ok(held)
    }
}
