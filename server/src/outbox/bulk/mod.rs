//! What a bulk does with its messages in the queue, in transactions of its own
//! that hold the account's lock.

mod store;

use super::{
    accept, line,
    model::{Message, Place},
    service::Outbox,
};
use crate::{events::Recorded, platform::db::Conn};
use std::collections::BTreeSet;
use whahook_contract::{
    Timestamp,
    ids::{AccountId, BulkId, MessageId, UserId},
    message::{Content, MessageStatus, Priority, Recipient},
};

/// Why a message was cancelled whose bulk was.
const BULK_CANCELLED: &str = "bulk_cancelled";

/// A message of a bulk that is put into the queue.
#[derive(Debug)]
pub struct Draft {
    pub user: UserId,
    pub account: AccountId,
    pub bulk: BulkId,
    pub to: Recipient,
    pub content: Content,
    pub priority: Priority,
    pub expires_at: Option<Timestamp>,
}

impl Outbox {
    /// Put a message of a bulk into the queue.
    ///
    /// # Errors
    /// The database failed.
    pub async fn queue(&self, tx: &mut Conn, draft: Draft) -> sqlx::Result<(MessageId, Recorded)> {
        let mut message = self.message(draft.user, draft.account, draft.to, draft.content);
        message.bulk = Some(draft.bulk);
        message.priority = draft.priority;
        message.expires_at = draft.expires_at;
        let queued = self.record(tx, &message, None).await?;
        accept::put(tx, &mut message, &queued).await?;
        metrics::counter!("whahook_messages_accepted_total").increment(1);
        Ok((message.id, queued))
    }

    /// How many messages of a bulk are in the queue or on their way.
    ///
    /// # Errors
    /// The database failed.
    pub async fn unsent(&self, conn: &mut Conn, bulk: BulkId) -> sqlx::Result<i64> {
        store::unsent(conn, bulk).await
    }

    /// Take the queued messages of a bulk back; what is on its way goes on.
    ///
    /// # Errors
    /// The database failed.
    pub async fn cancel_bulk(&self, tx: &mut Conn, bulk: BulkId) -> sqlx::Result<Vec<Recorded>> {
        let mut recorded = Vec::new();
        let cancelled = MessageStatus::Cancelled;
        for message in store::queued(tx, bulk).await? {
            let moved = self.advance(tx, &message, cancelled, Some(BULK_CANCELLED));
            recorded.extend(moved.await?);
        }
        Ok(recorded)
    }

    /// Keep the queued messages of a bulk back, so that they hold up nobody; what
    /// is on its way goes on.
    ///
    /// # Errors
    /// The database failed.
    pub async fn hold_bulk(&self, tx: &mut Conn, bulk: BulkId) -> sqlx::Result<()> {
        let queued = store::queued(tx, bulk).await?;
        store::hold(tx, bulk).await?;
        let first = |message: &Message| message.place == Place::First;
        let chats: BTreeSet<(AccountId, String)> = queued
            .into_iter()
            .filter(first)
            .map(|message| (message.account, message.to.jid))
            .collect();
        for (account, chat) in chats {
            line::promote(tx, account, &chat).await?;
        }
        Ok(())
    }

    /// Let the messages of a bulk that were kept back join their lines again.
    ///
    /// # Errors
    /// The database failed.
    pub async fn release_bulk(&self, tx: &mut Conn, bulk: BulkId) -> sqlx::Result<()> {
        for message in store::queued(tx, bulk).await? {
            if message.place == Place::Held {
                let (account, chat) = (message.account, &message.to.jid);
                let place = line::line_up(tx, account, chat, message.priority).await?;
                line::set_place(tx, &message.id.to_string(), place).await?;
            }
        }
        Ok(())
    }
}
