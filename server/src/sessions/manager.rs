//! All sessions of this process: one actor each, started when first needed and
//! watched over.

use super::{
    Error, SessionFolders,
    actor::{Actor, Command},
    linking::OnShow,
    state::State,
    store::{self, Stored},
};
use crate::{
    events::{self, Bus, Recorded},
    outbox::{Outbox, Ring},
    platform::{clock::Clock, db::Db, ids::Ids},
};
use futures::FutureExt;
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::{mpsc, oneshot, watch};
use tracing::Instrument;
use whahook_contract::{
    event::Event,
    ids::{AccountId, SessionId},
    session::{PairCodeView, QrView, Reason, SessionView},
};
use whahook_whatsapp::port::Gateway;

/// What every actor works with.
pub struct Context {
    pub db: Db,
    pub clock: Clock,
    pub ids: Ids,
    pub bus: Bus,
    pub gateway: Arc<dyn Gateway>,
    pub folders: SessionFolders,
    pub outbox: Outbox,
}

/// Commands that may wait for an actor. Wake-ups beyond that are not needed:
/// one that waits already does the same.
const MAILBOX: usize = 64;
/// Pause between two sessions brought back at the start of the server.
const RESTORE_PAUSE: Duration = Duration::from_millis(10);
/// How long all sessions together may take to close.
const STOP_TIMEOUT: Duration = Duration::from_secs(8);
/// How long a new link may take until it can be asked for a pairing code.
const PAIR_CODE_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Clone)]
struct Handle {
    commands: mpsc::Sender<Command>,
    on_show: watch::Receiver<OnShow>,
}

#[derive(Clone)]
pub struct Sessions(Arc<Inner>);

struct Inner {
    context: Arc<Context>,
    actors: Mutex<HashMap<AccountId, Handle>>,
    stopping: AtomicBool,
}

impl Sessions {
    pub fn new(context: Context) -> Self {
        Self(Arc::new(Inner {
            context: Arc::new(context),
            actors: Mutex::default(),
            stopping: AtomicBool::new(false),
        }))
    }

    /// Bring every linked session back, the recently active first, a few at a
    /// time. What was under way in an earlier process and is not linked is
    /// told to be over.
    ///
    /// # Errors
    /// The database failed.
    pub async fn restore(&self) -> Result<(), Error> {
        let context = &self.0.context;
        let mut tx = context.db.begin().await?;
        store::none_is_connected(&mut tx, context.clock.now()).await?;
        tx.commit().await?;
        let unfinished = store::unfinished(&mut *context.db.read().await?).await?;
        for stored in unfinished {
            let taken_over = stored.view.reason == Some(Reason::StreamReplaced);
            if stored.linked && !taken_over {
                self.begin(&stored, Some(Reason::ServerRestart)).await?;
                tokio::time::sleep(RESTORE_PAUSE).await;
            } else if !stored.linked {
                self.write_over(
                    stored.view.session_id,
                    State::Disconnected {
                        reason: Reason::ServerRestart,
                        detail: None,
                    },
                )
                .await?;
            }
        }
        Ok(())
    }

    /// The one view of a session.
    ///
    /// # Errors
    /// There is no such account, or the database failed.
    pub async fn view(&self, account: AccountId) -> Result<SessionView, Error> {
        let mut view = self.stored(account).await?.view;
        if let Some(handle) = self.running(account) {
            let on_show = handle.on_show.borrow();
            view.qr_expires_at = on_show.qr.as_ref().map(|qr| qr.expires_at);
        }
        Ok(view)
    }

    /// Link or reconnect. What is under way or ready already stays as it is,
    /// unless it is to `restart`.
    ///
    /// # Errors
    /// There is no such account, the server is stopping, or the database failed.
    pub async fn start(&self, account: AccountId, restart: bool) -> Result<SessionView, Error> {
        let stored = self.stored(account).await?;
        let (done, started) = oneshot::channel();
        let start = Command::Start {
            restart,
            reason: None,
            done,
        };
        self.tell(&stored, start).await?;
        started.await.map_err(|_| Error::Stopping)?;
        self.view(account).await
    }

    /// The code on show. Asking for it counts as looking.
    ///
    /// # Errors
    /// There is none: says what the session is instead.
    pub async fn qr(&self, account: AccountId) -> Result<QrView, Error> {
        if let Some(handle) = self.running(account) {
            let shown = handle.on_show.borrow().qr.clone();
            if let Some(qr) = shown {
                // A full mailbox has a look in it already, or something better.
                let _ = handle.commands.try_send(Command::Look);
                return Ok(qr);
            }
        }
        let view = self.stored(account).await?.view;
        Err(Error::NoQr(view.status, view.reason))
    }

    /// The event that announced the code on show, for a client that joins late.
    pub fn qr_event(&self, account: AccountId) -> Option<Arc<Recorded>> {
        self.running(account)?.on_show.borrow().event.clone()
    }

    /// A code to type on the phone instead of scanning; starts linking if it is
    /// not under way.
    ///
    /// # Errors
    /// The number is none, the session is linked, or WhatsApp gave no code.
    pub async fn pair_code(
        &self,
        account: AccountId,
        phone_number: &str,
    ) -> Result<PairCodeView, Error> {
        let number = crate::outbox::parse_recipient(phone_number, None)
            .ok()
            .and_then(|to| to.phone_number)
            .ok_or_else(|| Error::PhoneNumber(phone_number.to_owned()))?;
        let stored = self.stored(account).await?;
        if stored.linked {
            return Err(Error::AlreadyLinked);
        }
        self.start(account, false).await?;
        self.wait_for_code(account).await?;
        let (done, answer) = oneshot::channel();
        let ask = Command::PairCode {
            phone_number: number,
            done,
        };
        self.tell(&stored, ask).await?;
        let code = answer
            .await
            .map_err(|_| Error::Stopping)?
            .map_err(Error::PairCode)?;
        let valid_for = chrono::TimeDelta::from_std(code.valid_for).unwrap_or_default();
        let view = PairCodeView {
            code: code.code,
            expires_at: self.0.context.clock.now() + valid_for,
        };
        let event = Event::PairCode {
            code: Some(view.code.clone()),
            session_id: stored.view.session_id,
            expires_at: view.expires_at,
        };
        self.record(account, &event).await?;
        Ok(view)
    }

    /// A link can be asked for a pairing code from its first QR on.
    async fn wait_for_code(&self, account: AccountId) -> Result<(), Error> {
        let Some(mut handle) = self.running(account) else {
            return Err(Error::Stopping);
        };
        let shown = handle.on_show.wait_for(|on_show| on_show.qr.is_some());
        match tokio::time::timeout(PAIR_CODE_TIMEOUT, shown).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(Error::PairCode("WhatsApp cannot be reached".to_owned())),
        }
    }

    /// Unlink at WhatsApp and delete the session's data; the account stays.
    ///
    /// # Errors
    /// The data could not be deleted, the server is stopping, or the database
    /// failed.
    pub async fn unlink(&self, account: AccountId) -> Result<SessionView, Error> {
        let stored = self.stored(account).await?;
        let (done, unlinked) = oneshot::channel();
        self.tell(&stored, Command::Unlink { done }).await?;
        unlinked.await.map_err(|_| Error::Stopping)??;
        self.view(account).await
    }

    /// Unlink and end the session of an account that is to be removed.
    ///
    /// # Errors
    /// As [`Self::unlink`].
    pub async fn remove(&self, account: AccountId) -> Result<(), Error> {
        self.unlink(account).await?;
        let handle = self.0.actors.lock().remove(&account);
        if let Some(handle) = handle {
            stop(handle).await;
        }
        Ok(())
    }

    /// Close every session. Returns when all are closed, or after 8 s.
    pub async fn stop(&self) {
        self.0.stopping.store(true, Ordering::SeqCst);
        let handles: Vec<Handle> = self
            .0
            .actors
            .lock()
            .drain()
            .map(|(_, handle)| handle)
            .collect();
        let count = handles.len();
        let all = futures::future::join_all(handles.into_iter().map(stop));
        if tokio::time::timeout(STOP_TIMEOUT, all).await.is_err() {
            tracing::warn!(sessions = count, "Not every session closed in time.");
        }
    }

    fn running(&self, account: AccountId) -> Option<Handle> {
        self.0.actors.lock().get(&account).cloned()
    }

    async fn stored(&self, account: AccountId) -> Result<Stored, Error> {
        let mut conn = self.0.context.db.read().await?;
        store::find(&mut conn, account)
            .await?
            .ok_or_else(|| crate::accounts::Error::NotFound(account).into())
    }

    async fn begin(&self, stored: &Stored, reason: Option<Reason>) -> Result<(), Error> {
        let (done, _) = oneshot::channel();
        let start = Command::Start {
            restart: false,
            reason,
            done,
        };
        self.tell(stored, start).await
    }

    async fn tell(&self, stored: &Stored, command: Command) -> Result<(), Error> {
        let handle = self.actor(stored)?;
        handle
            .commands
            .send(command)
            .await
            .map_err(|_| Error::Stopping)
    }

    /// The actor of a session, started if it is not running.
    fn actor(&self, stored: &Stored) -> Result<Handle, Error> {
        let id = stored.view.session_id;
        let mut actors = self.0.actors.lock();
        if self.0.stopping.load(Ordering::SeqCst) {
            return Err(Error::Stopping);
        }
        if let Some(handle) = actors.get(&id.account)
            && !handle.commands.is_closed()
        {
            return Ok(handle.clone());
        }
        let (commands, mailbox) = mpsc::channel(MAILBOX);
        let (shown, on_show) = watch::channel(OnShow::default());
        let handle = Handle { commands, on_show };
        actors.insert(id.account, handle.clone());
        let actor = Actor::new(id, self.0.context.clone(), stored, mailbox, shown);
        let sessions = self.clone();
        let run = async move {
            if AssertUnwindSafe(actor.run()).catch_unwind().await.is_err() {
                sessions.panicked(id).await;
            }
        };
        // Every line that the session logs carries its id, the library's too.
        tokio::spawn(
            run.instrument(tracing::info_span!(parent: None, "session", session.id = %id)),
        );
        Ok(handle)
    }

    /// A mistake of ours in one session is told, and no other session notices.
    async fn panicked(&self, id: SessionId) {
        tracing::error!("The session's actor panicked; it can be started again.");
        let state = State::Error {
            reason: Reason::Internal,
            detail: None,
        };
        if let Err(error) = self.write_over(id, state).await {
            tracing::error!(%error, "The state of a session that panicked could not be written.");
        }
    }

    /// Write a state on behalf of an actor that does not run.
    async fn write_over(&self, id: SessionId, state: State) -> Result<(), Error> {
        let context = &self.0.context;
        let now = context.clock.now();
        let event = Event::Status {
            session_id: id,
            status: state.status(),
            reason: state.reason(),
            detail: None,
            since: now,
            next_attempt_at: None,
        };
        let mut tx = context.db.begin().await?;
        store::set_state(&mut tx, id.account, &state, now).await?;
        let recorded = events::record(&mut tx, now, id.account, &event).await?;
        tx.commit().await?;
        context.bus.publish(recorded);
        Ok(())
    }

    async fn record(&self, account: AccountId, event: &Event) -> Result<(), Error> {
        let context = &self.0.context;
        let mut tx = context.db.begin().await?;
        let recorded = events::record(&mut tx, context.clock.now(), account, event).await?;
        tx.commit().await?;
        context.bus.publish(recorded);
        Ok(())
    }
}

impl Ring for Sessions {
    fn ring(&self, account: AccountId) {
        if let Some(handle) = self.running(account) {
            // A full mailbox wakes it just as well.
            let _ = handle.commands.try_send(Command::Wake);
        }
    }
}

async fn stop(handle: Handle) {
    let (done, stopped) = oneshot::channel();
    if handle.commands.send(Command::Stop { done }).await.is_ok() {
        // An actor that panics instead has stopped too.
        let _ = stopped.await;
    }
}
