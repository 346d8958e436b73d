//! Words looked for in everything that was said.

mod store;

pub use store::for_fts5;

use super::thread;
use crate::platform::db::{Conn, Db, Kind};
use std::collections::HashMap;
use whahook_contract::{
    ids::{AccountId, ConversationId, UserId},
    received::ChatMessage,
};

/// What only one of the two databases has, and no migration for both can say.
///
/// # Errors
/// The database failed.
pub async fn prepare(db: &Db) -> sqlx::Result<()> {
    if store::is_ready(&mut *db.read().await?, db.kind()).await? {
        return Ok(());
    }
    // All of it or nothing: what is there already is read once.
    let mut tx = db.begin().await?;
    store::set_up(&mut tx, db.kind()).await?;
    tx.commit().await
}

#[derive(Debug, Clone)]
pub struct Search {
    pub user: UserId,
    pub account: Option<AccountId>,
    /// The accounts that a key is limited to.
    pub only: Option<Vec<AccountId>>,
    pub conversation: Option<ConversationId>,
    /// All of these words, each whole, but the last, which may go on.
    pub words: Vec<String>,
    /// The search's number of the last message of the page before.
    pub before: Option<i64>,
}

/// What was found, the newest first, and each message's number.
///
/// # Errors
/// The database failed.
pub async fn find(
    conn: &mut Conn,
    kind: Kind,
    search: &Search,
    limit: i64,
) -> sqlx::Result<Vec<(i64, ChatMessage)>> {
    let found = store::find(conn, kind, search, limit).await?;
    let mut by_account: HashMap<AccountId, Vec<_>> = HashMap::new();
    for hit in &found {
        by_account.entry(hit.account).or_default().push(hit.id);
    }
    let mut shown = HashMap::new();
    for (account, ids) in by_account {
        let messages = thread::by_ids(conn, account, &ids).await?;
        shown.extend(messages.into_iter().map(|message| (message.id, message)));
    }
    let hits = found.into_iter();
    Ok(hits
        .filter_map(|hit| Some((hit.number, shown.remove(&hit.id)?)))
        .collect())
}

/// The words of a question, as they are written between spaces.
pub fn words(question: &str) -> Vec<String> {
    let words = question.split_whitespace();
    let words = words.map(|word| word.chars().filter(|c| !c.is_control()).collect::<String>());
    words
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_letter_and_no_digit_is_no_word() {
        assert_eq!(words("  order -- 1042\0 ! "), ["order", "1042"]);
        assert!(words("* \" '").is_empty());
    }
}
