//! What a bulk does with its messages in the queue, in transactions of its own
//! that hold the account's lock.

mod store;

use super::{
    Error,
    accept::Queueing,
    content, duplicates, line,
    model::{Message, Place},
    moves::{self, Moves},
    numbers,
    service::Outbox,
    settings,
};
use crate::{
    events::{self, Recorded},
    platform::db::Conn,
};
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
        let now = self.clock.now();
        let mut queued = Vec::with_capacity(messages.len());
        let mut wrong = Vec::new();
        for (to, mut content) in messages {
            let checked = content::check(&mut content, country);
            let mut message = self.message(lot.user, lot.account, to, content);
            message.bulk = Some(lot.bulk);
            message.priority = lot.priority;
            message.expires_at = lot.expires_at;
            numbers::complete(tx, lot.user, &mut message.to, message.queued_at).await?;
            wrong.push(checked.err());
            queued.push(message);
        }
        let events = queued.iter().map(|it| moves::event(it, now, None));
        let mut recorded = events::record_all(tx, now, lot.account, events.collect()).await?;
        let mut queueing = Queueing::begin(tx, queued.iter()).await?;
        for (message, recorded) in queued.iter().zip(&recorded) {
            queueing.add(tx, message, recorded.event.seq).await?;
        }
        queueing.write(tx).await?;
        let mut moves = Moves::new(now, lot.account);
        let ids: Vec<MessageId> = queued.iter().map(|message| message.id).collect();
        for (mut message, wrong) in queued.into_iter().zip(wrong) {
            let problem = match wrong {
                Some(wrong) => Err(wrong),
                None => self.note_once(tx, &message, window).await,
            };
            let detail = match problem {
                Ok(()) => continue,
                Err(Error::Database(error)) => return Err(error),
                Err(Error::Duplicate(_)) => DUPLICATE.to_owned(),
                Err(other) => other.to_string(),
            };
            moves.advance(&mut message, MessageStatus::Failed, Some(&detail));
        }
        recorded.extend(moves.write(tx, &self.ids).await?);
        let accepted = u64::try_from(ids.len()).unwrap_or_default();
        metrics::counter!("whahook_messages_accepted_total").increment(accepted);
        Ok((ids, recorded))
    }

    async fn note_once(&self, tx: &mut Conn, message: &Message, window: u32) -> Result<(), Error> {
        duplicates::refuse(tx, message, window).await?;
        duplicates::note(tx, message, window).await
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
        let account = applied.limits_enabled.then_some(applied.session_per_minute);
        let user = self.limits.enabled.then_some(self.limits.user_per_minute);
        Ok([account, user].into_iter().flatten().min())
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
        let first = queued.iter().filter(|it| it.place == Place::First);
        let chats: BTreeSet<&str> = first.map(|it| it.to.jid.as_str()).collect();
        line::promote(tx, account, &Vec::from_iter(chats)).await
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
                line::set_place(tx, message.id, place).await?;
            }
        }
        Ok(())
    }
}
