//! What a bulk does with its messages in the queue, in transactions of its own
//! that hold the account's lock.

mod store;

use super::{
    Error, accept, content, duplicates, line, model::Place, moves::Moves, numbers, service::Outbox,
    settings,
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
/// The same, of one that had been on the wire before.
const BULK_CANCELLED_AFTER_ATTEMPT: &str = "bulk_cancelled_after_attempt";
/// Why a message failed that says the same as an earlier one, where the account
/// lets no such go.
const DUPLICATE: &str = "duplicate_message";

/// What messages of a bulk have in common.
#[derive(Debug)]
pub struct Lot {
    pub user: UserId,
    pub account: AccountId,
    pub bulk: BulkId,
    pub priority: Priority,
    pub expires_at: Option<Timestamp>,
}

impl Outbox {
    /// Put messages of a bulk into the queue, in this order. What cannot be sent
    /// any more, though it could when the bulk was accepted, fails at once and
    /// says why.
    ///
    /// # Errors
    /// The database failed.
    pub async fn queue_lot(
        &self,
        tx: &mut Conn,
        lot: &Lot,
        messages: Vec<(Recipient, Content)>,
    ) -> sqlx::Result<(Vec<MessageId>, Vec<Recorded>)> {
        let standing = settings::standing(tx, lot.account).await?;
        let country = self.country(standing.phone_number.as_deref());
        let window = standing.settings.over(&self.limits).duplicate_window_s;
        let mut ids = Vec::with_capacity(messages.len());
        let mut recorded = Vec::with_capacity(messages.len());
        for (to, mut content) in messages {
            let checked = content::check(&mut content, country);
            let mut message = self.message(lot.user, lot.account, to, content);
            message.bulk = Some(lot.bulk);
            message.priority = lot.priority;
            message.expires_at = lot.expires_at;
            numbers::complete(tx, lot.user, &mut message.to, message.queued_at).await?;
            recorded.push(self.record(tx, &message, None).await?);
            let queued = recorded.last().map_or(0, |queued| queued.event.seq);
            accept::put(tx, &mut message, queued).await?;
            let fits = match checked {
                Ok(()) => duplicates::refuse(tx, &message, window).await,
                Err(wrong) => Err(wrong),
            };
            let noted = match fits {
                Ok(()) => duplicates::note(tx, &message, window).await,
                Err(wrong) => Err(wrong),
            };
            match noted {
                Ok(()) => {}
                Err(Error::Database(error)) => return Err(error),
                Err(wrong) => {
                    let detail = match wrong {
                        Error::Duplicate(_) => DUPLICATE.to_owned(),
                        other => other.to_string(),
                    };
                    let mut moves = Moves::new(self.clock.now(), lot.account);
                    moves.advance(&mut message, MessageStatus::Failed, Some(&detail));
                    recorded.extend(moves.write(tx, &self.ids).await?);
                }
            }
            ids.push(message.id);
        }
        let accepted = u64::try_from(ids.len()).unwrap_or_default();
        metrics::counter!("whahook_messages_accepted_total").increment(accepted);
        Ok((ids, recorded))
    }

    /// How many messages may go in a minute at most, as far as limits say so.
    ///
    /// # Errors
    /// The database failed.
    pub async fn messages_per_minute(
        &self,
        conn: &mut Conn,
        account: AccountId,
    ) -> sqlx::Result<Option<u32>> {
        let standing = settings::standing(conn, account).await?;
        let applied = standing.settings.over(&self.limits);
        let most = applied.session_per_minute.min(self.limits.user_per_minute);
        Ok(applied.limits_enabled.then_some(most))
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
    pub async fn cancel_bulk(
        &self,
        tx: &mut Conn,
        account: AccountId,
        bulk: BulkId,
    ) -> sqlx::Result<Vec<Recorded>> {
        let mut moves = Moves::new(self.clock.now(), account);
        for mut message in store::queued(tx, bulk).await? {
            let cancelled = MessageStatus::Cancelled;
            let why = message.end(BULK_CANCELLED, BULK_CANCELLED_AFTER_ATTEMPT);
            moves.advance(&mut message, cancelled, Some(why));
        }
        moves.write(tx, &self.ids).await
    }

    /// Keep the queued messages of a bulk back, so that they hold up nobody; what
    /// is on its way goes on.
    ///
    /// # Errors
    /// The database failed.
    pub async fn hold_bulk(
        &self,
        tx: &mut Conn,
        account: AccountId,
        bulk: BulkId,
    ) -> sqlx::Result<()> {
        let queued = store::queued(tx, bulk).await?;
        store::hold(tx, bulk).await?;
        let chats: BTreeSet<&str> = queued
            .iter()
            .filter(|message| message.place == Place::First)
            .map(|message| message.to.jid.as_str())
            .collect();
        for chat in chats {
            line::promote(tx, account, chat).await?;
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
