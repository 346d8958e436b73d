//! A session's actor: owns its link, its state and its sends. Everything else
//! asks it by message, and reads what it has written to the database.

mod errands;
mod held;
mod link;
mod linking;
mod owner;
mod record;
mod renew;

use super::{
    Error,
    handshakes::Turn,
    linking::{Look, OnShow},
    manager::Context,
    state::{Input, Next, State, Timing},
    store::{Phone, Stored},
    supervise::Parts,
};
use crate::{
    outbox::{Handed, Sender},
    platform::clock::later,
    sessions::backoff,
};
use errands::Errands;
use held::Held;
use link::Making;
use linking::{Asking, Told};
use std::{future::pending, sync::Arc, time::Duration};
use tokio::{
    sync::{Mutex, mpsc, oneshot, watch},
    task::{JoinError, JoinHandle},
    time::{Instant, sleep_until},
};
use whahook_contract::{
    Timestamp,
    activity::By,
    ids::SessionId,
    session::{PairCodeView, Reason},
};
use whahook_whatsapp::port::{Device, Identity, LinkError, LinkEvent, PairCode, StoreError};

pub use errands::Errand;

/// What can be asked of a session.
pub enum Command {
    /// Link or reconnect; with `restart`, close a live link first.
    Start {
        restart: bool,
        reason: Option<Reason>,
        by: Option<By>,
        /// The turn to shake hands, where the asker waited for it already.
        turn: Option<Turn>,
        done: oneshot::Sender<()>,
    },
    /// Somebody is looking at the codes.
    Look,
    PairCode {
        phone_number: String,
        done: oneshot::Sender<Result<PairCodeView, Error>>,
    },
    /// The assertion by the person's passkey.
    AnswerPasskey {
        assertion: serde_json::Value,
        done: Told,
    },
    /// The phone shows the same code.
    ConfirmPasskey { done: Told },
    /// Unlink at WhatsApp and forget the device.
    Unlink {
        by: Option<By>,
        done: oneshot::Sender<Result<(), Error>>,
    },
    /// A message may be due.
    Wake,
    /// Something to do on the link.
    Errand(Errand),
    /// Write everything down and stop.
    Stop { done: oneshot::Sender<()> },
}

/// A link that was made, and the turn in which it shakes hands.
pub struct Made {
    device: Arc<dyn Device>,
    link: Held,
    turn: Turn,
}

pub struct Actor {
    errands: Errands,
    id: SessionId,
    context: Arc<Context>,
    on_show: watch::Sender<OnShow>,
    sender: Sender,
    state: State,
    since: Timestamp,
    /// The phone has accepted this device.
    linked: bool,
    /// Whose device it is; empty until a link has told.
    identity: Identity,
    /// Whether it is written down that the number is this account's.
    claimed: bool,
    phone: Phone,
    device: Option<Arc<dyn Device>>,
    /// Whoever has it works on the device's store, alone.
    store: Arc<Mutex<()>>,
    making: Option<Making>,
    link: Option<Held>,
    made_at: Instant,
    /// The handshake's turn, and when it is over at the latest.
    turn: Option<(Turn, Instant)>,
    asking: Option<Asking>,
    /// Until when a pairing code is good.
    codes_good_until: Option<Instant>,
    /// When the link has nothing left to show.
    close_at: Option<Instant>,
    /// When somebody asked for a code that has not come yet.
    asked_at: Option<Instant>,
    ping: Option<JoinHandle<bool>>,
    next_ping: Instant,
    /// When the link last had something to do.
    busy_at: Instant,
    /// The turn in which the link is to be renewed is waited for.
    renewing: Option<JoinHandle<Turn>>,
    /// The link is given up unless it shows a code or a login before.
    progress_by: Option<Instant>,
    look: Look,
    /// Who asked for what is under way, if anybody did.
    asked_by: Option<By>,
    /// Losses in a row.
    losses: u32,
    /// It has tried again because another got through: once in these losses, so
    /// that an outage of some does not become a storm.
    hurried: bool,
    ready_at: Option<Instant>,
    activity_written_at: Option<Instant>,
    /// The database has an older state than this; when to write it again.
    write_again: Option<Instant>,
    stopping: bool,
}

enum Woke {
    Command(Option<Command>),
    Link(Vec<LinkEvent>),
    Made(Result<Option<Made>, StoreError>),
    PairCode(Result<PairCode, LinkError>),
    CodesOut,
    TurnOver,
    Pinged(bool),
    Handed(Box<Handed>),
    Retry,
    AnotherGotThrough,
    Ping,
    RenewalDue,
    RenewalsTurn(Turn),
    Stuck,
    Sends,
    Write,
}

impl Actor {
    pub fn new(parts: &Parts, stored: &Stored) -> Self {
        let Parts {
            id,
            context,
            store,
            on_show,
        } = parts;
        let (id, context) = (*id, context.clone());
        Self {
            errands: Errands::default(),
            sender: Sender::new(context.outbox.clone(), id.user, id.account),
            id,
            on_show: on_show.clone(),
            // Whatever was under way belonged to an earlier process.
            state: State::Disconnected {
                reason: stored.view.reason.unwrap_or(Reason::ServerRestart),
                detail: stored.view.detail.clone(),
            },
            since: stored.view.since,
            linked: stored.linked,
            identity: Identity::default(),
            claimed: stored.linked && stored.view.phone_number.is_some(),
            phone: Phone {
                seen_at: stored.phone_seen_at,
                warning: stored.view.warning,
            },
            device: None,
            store: store.clone(),
            making: None,
            link: None,
            made_at: Instant::now(),
            turn: None,
            asking: None,
            codes_good_until: None,
            close_at: None,
            asked_at: None,
            ping: None,
            next_ping: Instant::now(),
            busy_at: Instant::now(),
            renewing: None,
            progress_by: None,
            look: Look::default(),
            asked_by: None,
            losses: 0,
            hurried: false,
            ready_at: None,
            activity_written_at: None,
            write_again: None,
            stopping: false,
            context,
        }
    }

    /// One that takes over from one that panicked, and goes on after a pause if
    /// there is to be one.
    pub fn after_panic(parts: &Parts, stored: &Stored, restart_in: Option<Duration>) -> Self {
        let now = parts.context.clock.now();
        Self {
            state: State::Error {
                reason: Reason::Internal,
                detail: None,
                retry_at: restart_in.map(|pause| later(now, pause)),
            },
            since: now,
            write_again: Some(Instant::now()),
            ..Self::new(parts, stored)
        }
    }

    pub async fn run(mut self, commands: &mut mpsc::Receiver<Command>) {
        // Whatever an actor that panicked had on show is gone with it.
        self.hide();
        while !self.stopping {
            match self.wake(commands).await {
                Woke::Command(Some(command)) => self.command(command).await,
                Woke::Command(None) => self.stopping = true,
                Woke::Link(events) => self.link_events(events).await,
                Woke::Made(made) => self.made(made).await,
                Woke::PairCode(answer) => self.pair_code_came(answer).await,
                // Its end is heard as the codes' end.
                Woke::CodesOut => self.end_codes(),
                Woke::TurnOver => self.turn = None,
                Woke::Pinged(true) => self.alive().await,
                Woke::Pinged(false) | Woke::Stuck => self.input(Input::Silent).await,
                Woke::Handed(handed) => {
                    if self.sender.handed(*handed) {
                        self.pump().await;
                    }
                }
                Woke::Retry => self.retry().await,
                Woke::AnotherGotThrough => {
                    self.hurried = true;
                    self.retry().await;
                }
                Woke::Ping => self.start_ping(),
                Woke::RenewalDue => self.await_renewals_turn(),
                Woke::RenewalsTurn(turn) => self.renew(turn).await,
                Woke::Sends => self.pump().await,
                Woke::Write => self.write_state().await,
            }
        }
    }

    async fn wake(&mut self, commands: &mut mpsc::Receiver<Command>) -> Woke {
        let idle = self.link.is_none() && self.making.is_none();
        let retry = self.state.next_attempt_at().filter(|_| idle);
        let retry = retry.map(|retry| self.instant(retry));
        let hurries = idle && !self.hurried && self.state.waits_out_an_outage();
        let turn_over = self.turn.as_ref().map(|(_, over)| *over);
        let ready = self.state == State::Ready;
        let ping = (ready && self.ping.is_none()).then_some(self.next_ping);
        let sends = self.sender.wake_at();
        let renewal = self.renewal_at().filter(|_| self.renewing.is_none());
        tokio::select! {
            command = commands.recv() => Woke::Command(command),
            events = events(self.link.as_mut()) => Woke::Link(events),
            made = finished(self.making.as_mut().map(|making| &mut making.task)) => {
                self.making = None;
                Woke::Made(made.unwrap_or_else(own_panic))
            }
            answer = finished(self.asking.as_mut().map(|asking| &mut asking.task)) => {
                Woke::PairCode(answer.unwrap_or_else(own_panic))
            }
            answered = finished(self.ping.as_mut()) => {
                self.ping = None;
                Woke::Pinged(answered.unwrap_or_else(own_panic))
            }
            handed = self.sender.next_handed() => Woke::Handed(Box::new(handed)),
            turn = finished(self.renewing.as_mut()) => {
                self.renewing = None;
                Woke::RenewalsTurn(turn.unwrap_or_else(own_panic))
            }
            () = at(retry) => Woke::Retry,
            () = self.context.handshakes.until_one_gets_through(), if hurries => {
                Woke::AnotherGotThrough
            }
            () = at(renewal) => Woke::RenewalDue,
            () = at(ping) => Woke::Ping,
            () = at(self.progress_by) => Woke::Stuck,
            () = at(turn_over) => Woke::TurnOver,
            () = at(self.close_at) => Woke::CodesOut,
            () = at(sends) => Woke::Sends,
            () = at(self.write_again) => Woke::Write,
        }
    }

    async fn command(&mut self, command: Command) {
        match command {
            Command::Start {
                restart,
                reason,
                by,
                turn,
                done,
            } => {
                self.asked_by = by.or(self.asked_by.take());
                self.look = Look::at(self.context.clock.now());
                self.check_phone().await;
                if restart {
                    self.close_link().await;
                    self.losses = 0;
                    self.state = State::Disconnected {
                        reason: Reason::Requested,
                        detail: None,
                    };
                }
                let linked = self.linked;
                if !linked && self.link.is_none() && self.making.is_none() {
                    self.asked_at = Some(Instant::now());
                }
                self.input_in_turn(Input::Start { linked, reason }, turn)
                    .await;
                // Whoever asked has gone; the session starts all the same.
                let _ = done.send(());
            }
            Command::Look => self.look = Look::at(self.context.clock.now()),
            Command::PairCode { phone_number, done } => self.ask_pair_code(phone_number, done),
            Command::AnswerPasskey { assertion, done } => self.answer_passkey(assertion, done),
            Command::ConfirmPasskey { done } => self.confirm_shown_passkey(done),
            Command::Unlink { by, done } => {
                self.asked_by = by;
                let _ = done.send(self.unlink().await);
            }
            Command::Wake => self.pump().await,
            Command::Errand(errand) => self.run_errand(errand),
            Command::Stop { done } => {
                self.stopping = true;
                self.close_link().await;
                let _ = done.send(());
            }
        }
    }

    /// Move the state on and do what follows from it.
    async fn input(&mut self, input: Input) {
        self.input_in_turn(input, None).await;
    }

    /// The same; a link that follows shakes hands in this turn.
    async fn input_in_turn(&mut self, input: Input, turn: Option<Turn>) {
        if self
            .ready_at
            .is_some_and(|at| at.elapsed() > super::keepalive::STABLE_AFTER)
        {
            self.losses = 0;
            self.hurried = false;
        }
        let timing = Timing {
            now: self.context.clock.now(),
            backoff: backoff::delay(self.losses + 1, self.context.ids.jitter()),
        };
        let (state, next) = self.state.clone().apply(input, &timing);
        let before = std::mem::replace(&mut self.state, state);
        // A code that follows another is no change of the session.
        let changed = !self.state.looks_like(&before);
        if changed && self.state.next_attempt_at().is_some() {
            self.losses += 1;
        }
        if self.state != State::Ready {
            self.ready_at = None;
        }
        if next == Next::SetAside {
            self.linked = false;
            self.phone = Phone::default();
        }
        if changed {
            self.since = timing.now;
            self.write_state().await;
        }
        if self.stopping {
            // Its account is gone: nothing begins any more.
            return;
        }
        match next {
            Next::Nothing => {}
            Next::Connect => self.make_link(turn),
            Next::Close => self.close_link().await,
            Next::Renew => {
                self.close_link().await;
                self.make_link(turn);
            }
            Next::SetAside => self.set_aside().await,
        }
    }

    async fn retry(&mut self) {
        let linked = self.linked;
        self.input(Input::RetryDue { linked }).await;
    }

    /// The outbox may have something to do.
    async fn pump(&mut self) {
        let ready = self.state == State::Ready;
        let link = self.link.as_ref().filter(|_| ready).map(Held::link);
        self.sender.pump(link).await;
    }

    fn instant(&self, at: Timestamp) -> Instant {
        let wait = (at - self.context.clock.now()).to_std();
        Instant::now() + wait.unwrap_or_default()
    }
}

async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => pending().await,
    }
}

async fn finished<T>(task: Option<&mut JoinHandle<T>>) -> Result<T, JoinError> {
    match task {
        Some(task) => match task.await {
            // Whoever aborts a task forgets it first: the server is going down.
            Err(error) if error.is_cancelled() => pending().await,
            done => done,
        },
        None => pending().await,
    }
}

/// The events that are there, at least one; nothing while there is no link.
async fn events(link: Option<&mut Held>) -> Vec<LinkEvent> {
    match link {
        Some(link) => link.events().await,
        None => pending().await,
    }
}

/// A panic in a task of the session's is the session's.
fn own_panic<T>(error: JoinError) -> T {
    std::panic::resume_unwind(error.into_panic())
}
