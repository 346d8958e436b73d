use super::{
    Error,
    accept::desk::Desk,
    doorbell::Doorbell,
    held,
    model::Message,
    moves::{self, Moves},
    receipts, settings, store,
    timeline::{self, Step},
};
use crate::{
    config::Limits,
    events::{self, Bus, Recorded},
    media::Library,
    platform::{
        clock::Clock,
        db::{Conn, Db, Kind},
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
/// The same, of one that had been on the wire before: it may have arrived.
pub(super) const EXPIRED_AFTER_ATTEMPT: &str = "expired_after_attempt";
/// A message was taken back that had been on the wire before.
const CANCELLED_AFTER_ATTEMPT: &str = "cancelled_after_attempt";

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
    pub(super) desk: Desk,
}

impl Outbox {
    /// Opens it, in a runtime.
    pub fn open(
        db: Db,
        clock: Clock,
        ids: Ids,
        bus: Bus,
        media: Library,
        limits: Limits,
        default_country: Option<country::Id>,
    ) -> Self {
        Self {
            desk: Desk::open(db.clone(), clock.clone(), bus.clone()),
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
        let mut conn = self.db.glance().await?;
        let message = store::find(&mut conn, id)
            .await?
            .ok_or(Error::NotFound(id))?;
        let timeline = timeline::timeline(&mut conn, id).await?;
        let mut held = held::of(&mut conn, &message, self.clock.now()).await?;
        if let Some(held) = &mut held {
            held.until = held::until(&mut conn, &message, *held, &self.limits).await?;
        }
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
        let mut tx = self.db.begin().await?;
        let found = self.find_locked(&mut tx, id).await?;
        let mut message = found.ok_or(Error::NotFound(id))?;
        match message.status {
            MessageStatus::Queued => {}
            MessageStatus::Cancelled => return Ok(message.view(None)),
            other => return Err(Error::TooLate(id, other.code())),
        }
        let mut moves = Moves::new(self.clock.now(), message.account);
        let why = (message.attempts > 0).then_some(CANCELLED_AFTER_ATTEMPT);
        moves.advance(&mut message, MessageStatus::Cancelled, why);
        let recorded = moves.write(&mut tx, &self.ids).await?;
        tx.commit().await?;
        self.publish(recorded);
        doorbell.ring(message.account);
        Ok(message.view(None))
    }

    /// Queue a failed message again, under the same WhatsApp id.
    ///
    /// # Errors
    /// It has not failed, its time is over, or the database failed.
    pub async fn retry(&self, doorbell: &Doorbell, id: MessageId) -> Result<MessageView, Error> {
        let mut tx = self.db.begin().await?;
        let found = self.find_locked(&mut tx, id).await?;
        let mut message = found.ok_or(Error::NotFound(id))?;
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
        store::set_status(&mut tx, message.status, &[id]).await?;
        let step = Step {
            id,
            seq: recorded.event.seq,
            status: message.status,
            at: recorded.event.at,
            detail: Some("retry"),
        };
        timeline::add_steps(&mut tx, &[step]).await?;
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
        if settings::standing(&mut tx, account)
            .await?
            .paused_at
            .is_some()
        {
            return Ok(());
        }
        settings::set_paused(&mut tx, account, Some(at)).await?;
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
        if settings::standing(&mut tx, account)
            .await?
            .paused_at
            .is_none()
        {
            return Ok(());
        }
        settings::set_paused(&mut tx, account, None).await?;
        tx.commit().await?;
        self.bus.publish(recorded);
        doorbell.ring(account);
        Ok(())
    }

    /// Give up a message that is queued and over its time, if it still is.
    pub(super) async fn expire(&self, id: MessageId) -> sqlx::Result<()> {
        let mut tx = self.db.begin().await?;
        let Some(mut message) = self.find_locked(&mut tx, id).await? else {
            return Ok(());
        };
        let now = self.clock.now();
        if message.status != MessageStatus::Queued || !message.is_over(now) {
            return Ok(());
        }
        let mut moves = Moves::new(now, message.account);
        let why = message.end(EXPIRED, EXPIRED_AFTER_ATTEMPT);
        moves.advance(&mut message, MessageStatus::Failed, Some(why));
        let recorded = moves.write(&mut tx, &self.ids).await?;
        tx.commit().await?;
        self.publish(recorded);
        Ok(())
    }

    /// A message that nothing else changes until the transaction ends.
    async fn find_locked(&self, tx: &mut Conn, id: MessageId) -> sqlx::Result<Option<Message>> {
        let Some(seen) = store::find(tx, id).await? else {
            return Ok(None);
        };
        if self.db.kind() == Kind::Sqlite {
            // There is one writer.
            return Ok(Some(seen));
        }
        store::lock_account(tx, self.db.kind(), seen.account).await?;
        // Read again under the lock: it may have moved on meanwhile.
        store::find(tx, id).await
    }

    /// Record in the ledger that a message has its status.
    pub(super) async fn record(
        &self,
        tx: &mut Conn,
        message: &Message,
        detail: Option<&str>,
    ) -> sqlx::Result<Recorded> {
        let at = self.clock.now();
        let event = moves::event(message, at, detail);
        events::record(tx, at, message.account, &event).await
    }

    pub(super) fn publish(&self, recorded: Vec<Recorded>) {
        for event in recorded {
            self.bus.publish(event);
        }
    }
}
