//! The job that turns rows into messages: a few ahead of what is sent, so that a
//! bulk can be paused and cancelled at once and holds up nobody.

use super::{
    Error,
    model::{Bulk, EXPIRED},
    pattern::Pattern,
    service, store,
};
use crate::{
    app::App,
    events::{self, Recorded},
    outbox::{self, Lot},
};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::{Notify, broadcast::error::RecvError},
    time::{Instant, sleep},
};
use whahook_contract::{
    bulk::{BulkProgress, BulkStatus},
    event::{Event, LedgerEvent},
    ids::{AccountId, BulkId},
    message::MessageStatus,
};

/// As many messages of a bulk are in the queue at most.
const AHEAD: i64 = 200;
/// As many rows become messages in one transaction.
const AT_ONCE: i64 = 50;
/// How often the database is asked what there is to do. What happens in this
/// process is heard of at once.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// What happens in so short a time is looked at together.
const TOGETHER: Duration = Duration::from_millis(50);
/// How often it is told how far a bulk is.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// How long after its end it is still told who has read it.
const TELL_FOR: Duration = Duration::from_secs(600);

/// Tells the job that there is a new bulk, or that one has changed.
#[derive(Clone, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    pub fn ring(&self) {
        self.0.notify_one();
    }
}

/// Works until the server stops. Several processes may: what one has done under
/// the account's lock the others find done.
pub async fn feed(app: App) {
    let mut feeder = Feeder {
        app,
        told: HashMap::new(),
    };
    let mut events = feeder.app.events.listen();
    let mut wanted = Wanted::All;
    let mut looked = Instant::now();
    loop {
        if let Err(error) = feeder.look(&wanted).await {
            tracing::warn!(%error, "Bulks could not be looked after; trying again.");
            sleep(LOOK_EVERY).await;
        }
        if matches!(wanted, Wanted::All) {
            looked = Instant::now();
        }
        wanted = tokio::select! {
            () = feeder.app.bulk_bell.0.notified() => Wanted::All,
            () = tokio::time::sleep_until(looked + LOOK_EVERY) => Wanted::All,
            accounts = moved(&mut events) => accounts,
        };
    }
}

/// Which bulks are looked at.
enum Wanted {
    All,
    Of(BTreeSet<AccountId>),
}

impl Wanted {
    fn has(&self, account: AccountId) -> bool {
        match self {
            Self::All => true,
            Self::Of(accounts) => accounts.contains(&account),
        }
    }
}

/// Waits until messages have moved; the accounts of those that did.
async fn moved(events: &mut tokio::sync::broadcast::Receiver<Arc<Recorded>>) -> Wanted {
    let mut accounts = BTreeSet::new();
    let mut until = None;
    loop {
        let event = match until {
            None => events.recv().await,
            Some(until) => match tokio::time::timeout_at(until, events.recv()).await {
                Ok(event) => event,
                Err(_) => return Wanted::Of(accounts),
            },
        };
        match event {
            Ok(recorded) => {
                let LedgerEvent {
                    account_id, event, ..
                } = &recorded.event;
                if matches!(event, Event::MessageStatus { status, .. } if *status != MessageStatus::Queued)
                {
                    accounts.insert(*account_id);
                    until = until.or_else(|| Some(Instant::now() + TOGETHER));
                }
            }
            Err(RecvError::Lagged(_)) => return Wanted::All,
            // The server stops.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

struct Feeder {
    app: App,
    told: HashMap<BulkId, Told>,
}

/// What was last told of a bulk.
struct Told {
    bulk: Bulk,
    progress: BulkProgress,
    at: Instant,
    ended: Option<Instant>,
}

impl Feeder {
    async fn look(&mut self, wanted: &Wanted) -> Result<(), Error> {
        let mut open = store::open(&mut *self.app.db.read().await?).await?;
        open.retain(|bulk| wanted.has(bulk.account));
        let mut failed = None;
        for bulk in &open {
            // What is wrong with one must not keep back the others.
            if let Err(error) = self.look_after(bulk).await {
                tracing::warn!(bulk.id = %bulk.id, %error, "A bulk could not be looked after.");
                failed = Some(error);
            }
        }
        self.tell_of_ended(&open, wanted).await?;
        failed.map_or(Ok(()), Err)
    }

    async fn look_after(&mut self, bulk: &Bulk) -> Result<(), Error> {
        while self.queue_some(bulk).await? {}
        self.end(bulk).await?;
        self.tell(bulk).await
    }

    /// Turn some rows into messages. `false`: there is nothing more to do now.
    async fn queue_some(&self, seen: &Bulk) -> Result<bool, Error> {
        let app = &self.app;
        let unsent = app
            .outbox
            .unsent(&mut *app.db.read().await?, seen.id)
            .await?;
        // Not for each single one that was sent.
        if !seen.may_queue(app.clock.now()) || unsent > AHEAD - AT_ONCE {
            return Ok(false);
        }
        let mut tx = app.db.begin().await?;
        outbox::lock_account(&mut tx, app.db.kind(), seen.account).await?;
        // Read again under the lock: another process may have been faster, or a
        // person has paused it.
        let Some(bulk) = store::find(&mut tx, seen.id).await? else {
            return Ok(false);
        };
        let now = app.clock.now();
        let unsent = app.outbox.unsent(&mut tx, bulk.id).await?;
        if !bulk.may_queue(now) || unsent > AHEAD - AT_ONCE {
            return Ok(false);
        }
        let rows = store::rows(&mut tx, bulk.id, bulk.queued_rows, AT_ONCE).await?;
        let Some(last) = rows.last().map(|row| row.n) else {
            return Ok(false);
        };
        let pattern = Pattern::new(bulk.content.clone())
            .map_err(|wrong| Error::Message(outbox::Error::invalid(wrong.field, wrong.message)))?;
        let mut messages = Vec::with_capacity(rows.len());
        for row in &rows {
            let content = pattern.fill(&row.variables).map_err(|missing| {
                Error::Message(outbox::Error::invalid("text", missing.join(", ")))
            })?;
            messages.push((outbox::parse_recipient(&row.chat, None)?, content));
        }
        let lot = Lot {
            user: bulk.user,
            account: bulk.account,
            bulk: bulk.id,
            priority: bulk.priority,
            expires_at: bulk.expires_at,
        };
        let (ids, recorded) = app.outbox.queue_lot(&mut tx, &lot, messages).await?;
        for (row, message) in rows.iter().zip(ids) {
            store::set_message(&mut tx, bulk.id, row.n, message).await?;
        }
        store::set_queued(&mut tx, bulk.id, last, now).await?;
        tx.commit().await?;
        for queued in recorded {
            app.events.publish(queued);
        }
        app.doorbell.ring(bulk.account);
        Ok(last < bulk.total)
    }

    /// A bulk is finished when nothing of it is to be sent any more.
    async fn end(&self, seen: &Bulk) -> Result<(), Error> {
        let app = &self.app;
        let unsent = app
            .outbox
            .unsent(&mut *app.db.read().await?, seen.id)
            .await?;
        let may_end = |bulk: &Bulk| {
            !bulk.status.is_over()
                && (bulk.queued_rows == bulk.total || bulk.is_over_time(app.clock.now()))
        };
        if unsent > 0 || !may_end(seen) {
            return Ok(());
        }
        let mut tx = app.db.begin().await?;
        outbox::lock_account(&mut tx, app.db.kind(), seen.account).await?;
        let Some(mut bulk) = store::find(&mut tx, seen.id).await? else {
            return Ok(());
        };
        if !may_end(&bulk) || app.outbox.unsent(&mut tx, bulk.id).await? > 0 {
            return Ok(());
        }
        bulk.status = BulkStatus::Finished;
        bulk.finished_at = Some(app.clock.now());
        bulk.reason = (bulk.queued_rows < bulk.total).then(|| EXPIRED.to_owned());
        let recorded = service::write(app, &mut tx, &bulk).await?;
        tx.commit().await?;
        app.events.publish(recorded);
        tracing::info!(bulk.id = %bulk.id, bulk.recipients = bulk.total, "a bulk is finished");
        Ok(())
    }

    /// Tell how far a bulk is, if that is news.
    async fn tell(&mut self, bulk: &Bulk) -> Result<(), Error> {
        let told = self.told.get(&bulk.id);
        if told.is_some_and(|told| told.at.elapsed() < TELL_EVERY) {
            return Ok(());
        }
        let before = told.map(|told| told.progress);
        let ended = told.and_then(|told| told.ended);
        let mut conn = self.app.db.read().await?;
        let Some(bulk) = store::find(&mut conn, bulk.id).await? else {
            self.told.remove(&bulk.id);
            return Ok(());
        };
        // Before counting: what happens in between is in the count and in a later
        // event, but never in neither.
        let seq = events::newest(&mut conn, bulk.account).await?;
        let progress = service::progress(&mut conn, &bulk).await?;
        drop(conn);
        let at = self.app.clock.now();
        if before != Some(progress) {
            let event = Event::BulkProgress {
                bulk_id: bulk.id,
                session_id: bulk.session(),
                at,
                progress,
            };
            self.app.events.publish(Recorded {
                user: bulk.user,
                event: LedgerEvent {
                    seq,
                    account_id: bulk.account,
                    at,
                    event,
                },
            });
        }
        let over = bulk.status.is_over().then(Instant::now);
        self.told.insert(
            bulk.id,
            Told {
                bulk,
                progress,
                at: Instant::now(),
                ended: ended.or(over),
            },
        );
        Ok(())
    }

    /// Receipts come after the end too.
    async fn tell_of_ended(&mut self, open: &[Bulk], wanted: &Wanted) -> Result<(), Error> {
        self.told
            .retain(|_, told| told.ended.is_none_or(|at| at.elapsed() < TELL_FOR));
        let open: BTreeSet<BulkId> = open.iter().map(|bulk| bulk.id).collect();
        let ended: Vec<Bulk> = self
            .told
            .values()
            .filter(|told| !open.contains(&told.bulk.id) && wanted.has(told.bulk.account))
            .map(|told| told.bulk.clone())
            .collect();
        for bulk in ended {
            self.tell(&bulk).await?;
        }
        Ok(())
    }
}
