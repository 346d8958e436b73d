//! Which messages a list shows.

pub mod routes;
mod store;

use super::{Outbox, held::OfAccounts, model::Message};
use whahook_contract::{
    Timestamp,
    ids::{AccountId, BulkId, MessageId, UserId},
    message::{MessageStatus, MessageView, Recipient},
};

/// As many messages are looked through for a text in one go; where none of them
/// has it, the page is empty and its cursor goes on.
const LOOKED_THROUGH: usize = 10_000;
const AT_ONCE: i64 = 500;

/// Which messages a list has.
#[derive(Debug, Clone)]
pub struct Selection {
    pub user: UserId,
    pub account: Option<AccountId>,
    /// The accounts that a key is limited to.
    pub only: Option<Vec<AccountId>>,
    /// Any of these; all when empty.
    pub statuses: Vec<MessageStatus>,
    pub bulk: Option<BulkId>,
    pub chat: Option<Recipient>,
    /// What its words contain, in small letters.
    pub text: Option<String>,
    /// Accepted then or later.
    pub from: Option<Timestamp>,
    /// Accepted before.
    pub until: Option<Timestamp>,
    /// The id that the page before ended with.
    pub before: Option<MessageId>,
}

impl Selection {
    fn has(&self, message: &Message) -> bool {
        let Some(text) = &self.text else { return true };
        let words = message.content.kind.words().unwrap_or_default();
        words.to_lowercase().contains(text)
    }
}

impl Outbox {
    /// A page of messages, newest first, and what the next one begins after.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list(
        &self,
        selection: &Selection,
        limit: usize,
    ) -> sqlx::Result<(Vec<MessageView>, Option<MessageId>)> {
        let mut conn = self.db.read().await?;
        let mut held = OfAccounts::at(self.clock.now());
        let chunk = match selection.text {
            Some(_) => AT_ONCE,
            // One more tells whether there is another page.
            None => i64::try_from(limit + 1).unwrap_or(i64::MAX),
        };
        let mut page = Vec::new();
        let mut looked_through = 0;
        let mut before = selection.before;
        loop {
            let messages = store::list(&mut conn, selection, before, chunk).await?;
            looked_through += messages.len();
            let last = messages.last().map(|message| message.id);
            let is_end = i64::try_from(messages.len()).unwrap_or(i64::MAX) < chunk;
            for message in messages.into_iter().filter(|it| selection.has(it)) {
                if page.len() == limit {
                    let next = page.last().map(|shown: &MessageView| shown.id);
                    return Ok((page, next));
                }
                let held = held.of(&mut conn, &message).await?;
                page.push(message.view_under(held, None));
            }
            if is_end {
                return Ok((page, None));
            }
            if looked_through >= LOOKED_THROUGH {
                return Ok((page, last));
            }
            before = last;
        }
    }
}
