use super::{
    Error,
    doorbell::Doorbell,
    held, line,
    model::{Message, rank},
    receipts, store,
};
use crate::{
    config::Limits,
    events::{self, Bus, Recorded},
    media::Library,
    platform::{
        clock::Clock,
        db::{Conn, Db},
        ids::Ids,
    },
};
use phonenumber::country;
use whahook_contract::{
    activity::By,
    event::Event,
    ids::{AccountId, MessageId},
    message::{MessageStatus, MessageView},
};

/// Why a message failed that was still queued when it was not to be sent any more.
pub(super) const EXPIRED: &str = "expired";

/// The queue of messages out.
#[derive(Clone)]
pub struct Outbox {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) ids: Ids,
    pub(super) bus: Bus,
    pub(super) media: Library,
    pub(super) limits: Limits,
    pub(super) default_country: Option<country::Id>,
}

impl Outbox {
    pub const fn new(
        db: Db,
        clock: Clock,
        ids: Ids,
        bus: Bus,
        media: Library,
        limits: Limits,
        default_country: Option<country::Id>,
    ) -> Self {
        Self {
            db,
            clock,
            ids,
            bus,
            media,
            limits,
            default_country,
        }
    }

    /// A message with its timeline.
    ///
    /// # Errors
    /// There is none, or the database failed.
    pub async fn find(&self, id: MessageId) -> Result<(AccountId, MessageView), Error> {
        let mut conn = self.db.read().await?;
        let message = store::find(&mut conn, id)
            .await?
            .ok_or(Error::NotFound(id))?;
        let timeline = store::timeline(&mut conn, id).await?;
        let held = held::of(&mut conn, &message, self.clock.now()).await?;
        let (account, group) = (message.account, message.is_to_group());
        let mut view = message.view_under(held, Some(timeline));
        if group {
            view.receipts = Some(receipts::of_members(&mut conn, id).await?);
        }
        Ok((account, view))
    }

    /// Take a queued message back.
    ///
    /// # Errors
    /// It is on its way or further, or the database failed.
    pub async fn cancel(&self, doorbell: &Doorbell, id: MessageId) -> Result<MessageView, Error> {
        let seen = store::find(&mut *self.db.read().await?, id)
            .await?
            .ok_or(Error::NotFound(id))?;
        let mut tx = self.db.begin().await?;
        let mut message = seen;
        message.status = MessageStatus::Cancelled;
        let recorded = self.record(&mut tx, &message, None).await?;
        // Read again under the lock: it may have been claimed meanwhile.
        let current = store::find(&mut tx, id).await?.ok_or(Error::NotFound(id))?;
        match current.status {
            MessageStatus::Queued => {}
            MessageStatus::Cancelled => return Ok(current.view(None)),
            other => return Err(Error::TooLate(id, other.code())),
        }
        store::set_status(&mut tx, id, message.status, recorded.event.at, None).await?;
        line::promote(&mut tx, message.account, &current.to.jid).await?;
        tx.commit().await?;
        self.bus.publish(recorded);
        doorbell.ring(message.account);
        Ok(message.view(None))
    }

    /// Queue a failed message again, under the same WhatsApp id.
    ///
    /// # Errors
    /// It has not failed, its time is over, or the database failed.
    pub async fn retry(&self, doorbell: &Doorbell, id: MessageId) -> Result<MessageView, Error> {
        let mut tx = self.db.begin().await?;
        let mut message = store::find(&mut tx, id).await?.ok_or(Error::NotFound(id))?;
        store::lock_account(&mut tx, self.db.kind(), message.account).await?;
        // Read again under the lock: it may have been queued again meanwhile.
        message = store::find(&mut tx, id).await?.ok_or(Error::NotFound(id))?;
        let now = self.clock.now();
        if message.status != MessageStatus::Failed {
            return Err(Error::NotFailed(id, message.status.code()));
        }
        if message.is_over(now) {
            return Err(Error::Expired(id));
        }
        message.status = MessageStatus::Queued;
        let recorded = self.record(&mut tx, &message, Some("retry")).await?;
        store::begin_anew(&mut tx, &message, recorded.event.seq, now).await?;
        store::set_status(
            &mut tx,
            id,
            message.status,
            recorded.event.at,
            Some("retry"),
        )
        .await?;
        let again = store::find(&mut tx, id).await?.ok_or(Error::NotFound(id))?;
        let held = held::of(&mut tx, &again, now).await?;
        tx.commit().await?;
        self.bus.publish(recorded);
        doorbell.ring(again.account);
        Ok(again.view_under(held, None))
    }

    /// Keep an account's queued messages back; what is on its way goes on. One
    /// that does so already does so since then.
    ///
    /// # Errors
    /// The database failed.
    pub async fn pause(&self, account: AccountId, by: By) -> Result<(), Error> {
        let (at, by) = (self.clock.now(), Some(by));
        let mut tx = self.db.begin().await?;
        let event = Event::QueuePaused { at, by };
        let recorded = events::record(&mut tx, at, account, &event).await?;
        if store::is_paused(&mut tx, account).await? {
            return Ok(());
        }
        store::pause(&mut tx, account, at).await?;
        tx.commit().await?;
        self.bus.publish(recorded);
        Ok(())
    }

    /// Let an account's queued messages go.
    ///
    /// # Errors
    /// The database failed.
    pub async fn resume(
        &self,
        doorbell: &Doorbell,
        account: AccountId,
        by: By,
    ) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        let event = Event::QueueResumed { by: Some(by) };
        let recorded = events::record(&mut tx, self.clock.now(), account, &event).await?;
        if !store::is_paused(&mut tx, account).await? {
            return Ok(());
        }
        store::resume(&mut tx, account).await?;
        tx.commit().await?;
        self.bus.publish(recorded);
        doorbell.ring(account);
        Ok(())
    }

    /// Give up a message that is queued and over its time, if it still is.
    pub(super) async fn expire(&self, id: MessageId) -> sqlx::Result<()> {
        let mut tx = self.db.begin().await?;
        let Some(seen) = store::find(&mut tx, id).await? else {
            return Ok(());
        };
        store::lock_account(&mut tx, self.db.kind(), seen.account).await?;
        // Read again under the lock: it may have been claimed meanwhile.
        let Some(message) = store::find(&mut tx, id).await? else {
            return Ok(());
        };
        if message.status != MessageStatus::Queued || !message.is_over(self.clock.now()) {
            return Ok(());
        }
        let failed = MessageStatus::Failed;
        let moved = self
            .advance(&mut tx, &message, failed, Some(EXPIRED))
            .await?;
        tx.commit().await?;
        if let Some(recorded) = moved {
            self.bus.publish(recorded);
        }
        Ok(())
    }

    /// Record in the ledger that a message has its status.
    pub(super) async fn record(
        &self,
        tx: &mut Conn,
        message: &Message,
        detail: Option<&str>,
    ) -> sqlx::Result<Recorded> {
        let at = self.clock.now();
        let event = Event::MessageStatus {
            message_id: message.id,
            whatsapp_message_id: message.whatsapp_message_id.clone(),
            session_id: message.session(),
            status: message.status,
            at,
            detail: detail.map(ToOwned::to_owned),
            to: Some((&message.to).into()),
        };
        events::record(tx, at, message.account, &event).await
    }

    /// Move a message on, with all that belongs to it. `None`: it was further
    /// along already.
    pub(super) async fn advance(
        &self,
        tx: &mut Conn,
        message: &Message,
        status: MessageStatus,
        detail: Option<&str>,
    ) -> sqlx::Result<Option<Recorded>> {
        let requeued = status == MessageStatus::Queued && message.status == MessageStatus::Sending;
        if !requeued && rank(status) <= rank(message.status) {
            return Ok(None);
        }
        let mut moved = message.clone();
        moved.status = status;
        let recorded = self.record(tx, &moved, detail).await?;
        store::set_status(tx, message.id, status, recorded.event.at, detail).await?;
        if rank(message.status) < rank(MessageStatus::Sent)
            && rank(status) >= rank(MessageStatus::Sent)
        {
            line::promote(tx, message.account, &message.to.jid).await?;
        }
        Ok(Some(recorded))
    }
}
