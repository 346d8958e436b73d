//! Which conversations a list shows.

mod store;

pub use store::{find, find_any, list};

use crate::platform::db::Db;
use whahook_contract::{
    Timestamp,
    ids::{AccountId, ConversationId, UserId},
};

/// Names of before they were kept folded, too.
///
/// # Errors
/// The database failed.
pub async fn fold_names(db: &Db) -> sqlx::Result<()> {
    loop {
        let mut tx = db.begin().await?;
        if !store::fold_some(&mut tx).await? {
            return tx.rollback().await;
        }
        tx.commit().await?;
    }
}

#[derive(Debug, Clone)]
pub struct Selection {
    pub user: UserId,
    pub account: Option<AccountId>,
    /// The accounts that a key is limited to.
    pub only: Option<Vec<AccountId>>,
    pub archived: Option<bool>,
    pub unread: bool,
    pub label: Option<String>,
    /// What the name, number or subject contains; capitals and accents are the same.
    pub name: Option<String>,
    /// Where the page before ended.
    pub before: Option<Place>,
}

/// Where a conversation stands in a list: the newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Milliseconds.
    pub at: i64,
    pub id: ConversationId,
}

impl Place {
    pub fn of(at: Option<Timestamp>, id: ConversationId) -> Self {
        let at = at.map(|at| at.timestamp_millis()).unwrap_or_default();
        Self { at, id }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.at, self.id)
    }
}

impl std::str::FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (at, id) = text.split_once('.').ok_or(())?;
        Ok(Self {
            at: at.parse().map_err(|_| ())?,
            id: id.parse().map_err(|_| ())?,
        })
    }
}
