//! All sessions of this process: one actor each, started when first needed and
//! watched over.

mod errands;

use super::{
    Error, SessionFolders,
    actor::Command,
    admission::{Admission, SessionLimits},
    handshakes::{For, Handshakes, Turn},
    linking::OnShow,
    passkey,
    renewal::Renewal,
    state::State,
    store::{self, Stored},
    supervise::{Parts, supervise},
};
use crate::{
    activity,
    events::{Bus, Recorded},
    inbox::Inbox,
    outbox::{Outbox, Ring},
    platform::{clock::Clock, db::Db, ids::Ids},
};
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::{mpsc, oneshot, watch};
use tracing::Instrument;
use whahook_contract::{
    activity::By,
    event::Event,
    ids::{AccountId, SessionId},
    session::{PairCodeView, PasskeyView, QrView, Reason, SessionView, Status},
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
    pub inbox: Inbox,
    pub handshakes: Handshakes,
    pub limits: SessionLimits,
    pub renewal: Renewal,
}

/// Commands that may wait for an actor. Wake-ups beyond that are not needed:
/// one that waits already does the same.
const MAILBOX: usize = 64;
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
    actors: Mutex<HashMap<AccountId, Entry>>,
    admission: Admission,
    stopping: AtomicBool,
}

/// What is kept of a session while its account exists.
#[derive(Default)]
struct Entry {
    handle: Option<Handle>,
    /// Whoever has it works on the device's store, alone.
    store: Arc<tokio::sync::Mutex<()>>,
    /// The account is going: nothing is started for it any more.
    leaving: bool,
}

impl Sessions {
    pub fn new(context: Context) -> Self {
        Self(Arc::new(Inner {
            admission: Admission::new(context.limits),
            context: Arc::new(context),
            actors: Mutex::default(),
            stopping: AtomicBool::new(false),
        }))
    }

    /// Note in the database that nothing is connected yet. Before anything else
    /// is asked: a session that is started meanwhile would be overruled.
    ///
    /// # Errors
    /// The database failed.
    pub async fn forget_earlier(&self) -> sqlx::Result<()> {
        let context = &self.0.context;
        let mut tx = context.db.begin().await?;
        store::none_is_connected(&mut tx, context.clock.now()).await?;
        tx.commit().await
    }

    /// Bring every linked session back, the recently active first, as fast as
    /// their turns to shake hands come. What was under way in an earlier process
    /// and is not linked is told to be over.
    ///
    /// # Errors
    /// The database failed.
    pub async fn restore(&self) -> Result<(), Error> {
        let context = &self.0.context;
        let unfinished = store::unfinished(&mut *context.db.read().await?).await?;
        for stored in unfinished {
            let taken_over = stored.view.reason == Some(Reason::StreamReplaced);
            if self.running(stored.view.account_id).is_some() {
                // Somebody was faster.
            } else if stored.linked && !taken_over {
                let turn = context.handshakes.turn(For::ComingBack).await;
                let reason = Some(Reason::ServerRestart);
                self.begin(&stored, reason, Some(turn)).await?;
            } else if !stored.linked {
                let detail = "the server restarted while it was being linked".to_owned();
                let state = State::Disconnected {
                    reason: Reason::PairingFailed,
                    detail: Some(detail),
                };
                self.write_over(stored.view.session_id, state).await?;
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
        if view.status == Status::Qr
            && let Some(handle) = self.running(account)
        {
            let on_show = handle.on_show.borrow();
            view.qr_expires_at = on_show.qr.as_ref().map(|shown| shown.view.expires_at);
        }
        Ok(view)
    }

    /// Link or reconnect. What is under way or ready already stays as it is,
    /// unless it is to `restart`.
    ///
    /// # Errors
    /// There is no such account, it would be one session too many, the server is
    /// stopping, or the database failed.
    pub async fn start(
        &self,
        account: AccountId,
        restart: bool,
        by: Option<By>,
    ) -> Result<SessionView, Error> {
        let stored = self.stored(account).await?;
        let admission = &self.0.admission;
        let _admitted = admission.admit(&self.0.context.db, &stored).await?;
        let (done, started) = oneshot::channel();
        let start = Command::Start {
            restart,
            reason: None,
            by,
            turn: None,
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
            if let Some(shown) = shown {
                // A full mailbox has a look in it already, or something better.
                let _ = handle.commands.try_send(Command::Look);
                return Ok(shown.view);
            }
        }
        let view = self.stored(account).await?.view;
        Err(Error::NoQr(view.status, view.reason))
    }

    /// The events that announced what is on show, for a client that joins late.
    pub fn shown_events(&self, account: AccountId) -> Vec<Arc<Recorded>> {
        let handle = self.running(account);
        handle.map_or_else(Vec::new, |handle| handle.on_show.borrow().events())
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
        by: Option<By>,
    ) -> Result<PairCodeView, Error> {
        let phone_number = crate::outbox::parse_recipient(phone_number, None)
            .ok()
            .and_then(|to| to.phone_number)
            .ok_or_else(|| Error::PhoneNumber(format!("`{phone_number}`")))?;
        let stored = self.stored(account).await?;
        if stored.linked {
            return Err(Error::AlreadyLinked);
        }
        self.start(account, false, by).await?;
        self.wait_for_code(account).await?;
        let ask = |done| Command::PairCode { phone_number, done };
        self.ask(&stored, ask).await
    }

    /// A link can be asked for a pairing code from its first QR on.
    async fn wait_for_code(&self, account: AccountId) -> Result<(), Error> {
        let Some(mut handle) = self.running(account) else {
            return Err(Error::Stopping);
        };
        let shown = handle.on_show.wait_for(|on_show| {
            let coming = matches!(on_show.status, Status::Initializing | Status::Qr);
            on_show.qr.is_some() || !coming
        });
        match tokio::time::timeout(PAIR_CODE_TIMEOUT, shown).await {
            Ok(Ok(on_show)) if on_show.qr.is_some() => Ok(()),
            Ok(Ok(on_show)) => Err(Error::NotLinking(on_show.status, on_show.reason)),
            Ok(Err(_)) => Err(Error::Stopping),
            Err(_) => Err(Error::PairCode("it does not answer".to_owned())),
        }
    }

    /// What WhatsApp asks of the person's passkey now.
    ///
    /// # Errors
    /// Nothing.
    pub fn passkey(&self, account: AccountId) -> Result<PasskeyView, Error> {
        let handle = self.running(account).ok_or(Error::NoPasskey)?;
        let on_show = handle.on_show.borrow();
        let shown = on_show.passkey.as_ref().ok_or(Error::NoPasskey)?;
        Ok(shown.view.clone())
    }

    /// Hand WhatsApp the assertion by the person's passkey.
    ///
    /// # Errors
    /// WhatsApp asks for none, or it is not one, or it does not do.
    pub async fn answer_passkey(
        &self,
        account: AccountId,
        assertion: serde_json::Value,
    ) -> Result<(), Error> {
        let asked = self.passkey(account)?;
        passkey::answers(&assertion, asked.options.as_ref()).map_err(Error::Assertion)?;
        let stored = self.stored(account).await?;
        let answer = |done| Command::AnswerPasskey { assertion, done };
        self.ask(&stored, answer).await
    }

    /// The phone shows the same code.
    ///
    /// # Errors
    /// There is no code to compare, or WhatsApp broke the exchange off.
    pub async fn confirm_passkey(&self, account: AccountId) -> Result<(), Error> {
        let stored = self.stored(account).await?;
        self.ask(&stored, |done| Command::ConfirmPasskey { done })
            .await
    }

    /// Unlink at WhatsApp and delete the session's data; the account stays.
    ///
    /// # Errors
    /// The data could not be deleted, the server is stopping, or the database
    /// failed.
    pub async fn unlink(&self, account: AccountId, by: Option<By>) -> Result<SessionView, Error> {
        let stored = self.stored(account).await?;
        self.ask(&stored, |done| Command::Unlink { by, done })
            .await?;
        self.view(account).await
    }

    /// Unlink and end the session of an account that is to be removed. Until
    /// the account is gone, or what this returns is dropped, nothing starts for
    /// it.
    ///
    /// # Errors
    /// As [`Self::unlink`].
    pub async fn remove(&self, account: AccountId) -> Result<Leaving, Error> {
        let session_id = self.unlink(account, None).await?.session_id;
        let handle = {
            let mut actors = self.0.actors.lock();
            let entry = actors.entry(account).or_default();
            entry.leaving = true;
            entry.handle.take()
        };
        let leaving = Leaving {
            sessions: self.clone(),
            account,
        };
        if let Some(handle) = handle {
            stop(handle).await;
        }
        // Somebody may have started it once more before it was leaving.
        self.0.context.folders.delete(session_id)?;
        Ok(leaving)
    }

    /// Close every session. Returns when all are closed, or after 8 s.
    pub async fn stop(&self) {
        self.0.stopping.store(true, Ordering::SeqCst);
        let handles: Vec<Handle> = self
            .0
            .actors
            .lock()
            .values_mut()
            .filter_map(|entry| entry.handle.take())
            .collect();
        let count = handles.len();
        let all = futures::future::join_all(handles.into_iter().map(stop));
        if tokio::time::timeout(STOP_TIMEOUT, all).await.is_err() {
            tracing::warn!(sessions = count, "Not every session closed in time.");
        }
    }

    fn running(&self, account: AccountId) -> Option<Handle> {
        let actors = self.0.actors.lock();
        let handle = actors.get(&account)?.handle.clone();
        handle.filter(|handle| !handle.commands.is_closed())
    }

    async fn stored(&self, account: AccountId) -> Result<Stored, Error> {
        let mut conn = self.0.context.db.read().await?;
        store::find(&mut conn, account)
            .await?
            .ok_or_else(|| crate::accounts::Error::NotFound(account).into())
    }

    async fn begin(
        &self,
        stored: &Stored,
        reason: Option<Reason>,
        turn: Option<Turn>,
    ) -> Result<(), Error> {
        let (done, _) = oneshot::channel();
        let start = Command::Start {
            restart: false,
            reason,
            by: None,
            turn,
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

    /// The same, for a command that is answered.
    async fn ask<T>(
        &self,
        stored: &Stored,
        command: impl FnOnce(oneshot::Sender<Result<T, Error>>) -> Command,
    ) -> Result<T, Error> {
        let (done, answer) = oneshot::channel();
        self.tell(stored, command(done)).await?;
        let stopping = || self.0.stopping.load(Ordering::SeqCst);
        answer.await.unwrap_or_else(|_| {
            Err(if stopping() {
                Error::Stopping
            } else {
                Error::Superseded
            })
        })
    }

    /// The actor of a session, started if it is not running.
    fn actor(&self, stored: &Stored) -> Result<Handle, Error> {
        let id = stored.view.session_id;
        let mut actors = self.0.actors.lock();
        if self.0.stopping.load(Ordering::SeqCst) {
            return Err(Error::Stopping);
        }
        let entry = actors.entry(id.account).or_default();
        if entry.leaving {
            return Err(crate::accounts::Error::NotFound(id.account).into());
        }
        if let Some(handle) = &entry.handle
            && !handle.commands.is_closed()
        {
            return Ok(handle.clone());
        }
        let (commands, mailbox) = mpsc::channel(MAILBOX);
        let (shown, on_show) =
            watch::channel(OnShow::nothing(stored.view.status, stored.view.reason));
        let handle = Handle { commands, on_show };
        entry.handle = Some(handle.clone());
        let parts = Parts {
            id,
            context: self.0.context.clone(),
            store: entry.store.clone(),
            on_show: shown,
        };
        // Every line that the session logs carries its id, the library's too.
        let span = tracing::info_span!(parent: None, "session", session.id = %id);
        tokio::spawn(supervise(parts, stored.clone(), mailbox).instrument(span));
        Ok(handle)
    }

    /// Write a state on behalf of an actor that does not run.
    async fn write_over(&self, id: SessionId, state: State) -> Result<(), Error> {
        let context = &self.0.context;
        let now = context.clock.now();
        let event = Event::Status {
            session_id: id,
            status: state.status(),
            reason: state.reason(),
            detail: state.detail().map(ToOwned::to_owned),
            since: now,
            next_attempt_at: state.next_attempt_at(),
        };
        let mut tx = context.db.begin().await?;
        store::set_state(&mut tx, id.account, &state, now).await?;
        let recorded = activity::record(&mut tx, now, id.account, &event, None).await?;
        tx.commit().await?;
        context.bus.publish(recorded);
        Ok(())
    }
}

/// An account whose session is over because it is going to be removed.
#[must_use = "dropped, the account's session can be started again"]
pub struct Leaving {
    sessions: Sessions,
    account: AccountId,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.sessions.0.actors.lock().remove(&self.account);
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
