//! A session's actor: owns its link, its state and its sends. Everything else
//! asks it by message, and reads what it has written to the database.

mod link;
mod record;

use super::{
    linking::{Look, OnShow},
    manager::Context,
    state::{Input, Next, State, Timing},
    store::Stored,
};
use crate::{
    outbox::{Handed, Sender},
    sessions::backoff,
};
use std::{future::pending, sync::Arc};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::{JoinError, JoinHandle},
    time::{Instant, sleep_until},
};
use whahook_contract::{
    Timestamp,
    ids::SessionId,
    session::{Reason, Status},
};
use whahook_whatsapp::port::{Connection, Device, Identity, LinkEvent, PairCode, StoreError};

/// What can be asked of a session.
pub enum Command {
    /// Link or reconnect; with `restart`, close a live link first.
    Start {
        restart: bool,
        reason: Option<Reason>,
        done: oneshot::Sender<()>,
    },
    /// Somebody is looking at the codes.
    Look,
    PairCode {
        phone_number: String,
        done: oneshot::Sender<Result<PairCode, String>>,
    },
    /// Unlink at WhatsApp and forget the device.
    Unlink {
        done: oneshot::Sender<std::io::Result<()>>,
    },
    /// A message may be due.
    Wake,
    /// Write everything down and stop.
    Stop { done: oneshot::Sender<()> },
}

/// Events of the link that are handled together.
const BURST: usize = 64;

type Made = (Arc<dyn Device>, Connection);

pub struct Actor {
    id: SessionId,
    context: Arc<Context>,
    commands: mpsc::Receiver<Command>,
    on_show: watch::Sender<OnShow>,
    sender: Sender,
    state: State,
    since: Timestamp,
    /// The phone has accepted this device.
    linked: bool,
    /// Whose device it is; empty until a link has told.
    identity: Identity,
    device: Option<Arc<dyn Device>>,
    /// A link that is being made.
    making: Option<JoinHandle<Result<Made, StoreError>>>,
    link: Option<Connection>,
    ping: Option<JoinHandle<bool>>,
    next_ping: Instant,
    /// The link is given up unless it shows a code or a login before.
    progress_by: Option<Instant>,
    look: Look,
    /// Losses in a row.
    losses: u32,
    ready_at: Option<Instant>,
    activity_written_at: Option<Instant>,
    /// The database has an older state than this; when to write it again.
    write_again: Option<Instant>,
    stopping: bool,
}

enum Woke {
    Command(Option<Command>),
    Link(Vec<LinkEvent>),
    Made(Result<Made, StoreError>),
    Pinged(bool),
    Handed(Box<Handed>),
    Retry,
    Ping,
    Stuck,
    Sends,
    Write,
}

impl Actor {
    pub fn new(
        id: SessionId,
        context: Arc<Context>,
        stored: &Stored,
        commands: mpsc::Receiver<Command>,
        on_show: watch::Sender<OnShow>,
    ) -> Self {
        Self {
            sender: Sender::new(context.outbox.clone(), id.user, id.account),
            id,
            commands,
            on_show,
            // Whatever was under way belonged to an earlier process.
            state: State::Disconnected {
                reason: stored.view.reason.unwrap_or(Reason::ServerRestart),
                detail: stored.view.detail.clone(),
            },
            since: stored.view.since,
            linked: stored.linked,
            identity: Identity::default(),
            device: None,
            making: None,
            link: None,
            ping: None,
            next_ping: Instant::now(),
            progress_by: None,
            look: Look::default(),
            losses: 0,
            ready_at: None,
            activity_written_at: None,
            write_again: None,
            stopping: false,
            context,
        }
    }

    pub async fn run(mut self) {
        while !self.stopping {
            match self.wake().await {
                Woke::Command(Some(command)) => self.command(command).await,
                Woke::Command(None) => self.stopping = true,
                Woke::Link(events) => self.link_events(events).await,
                Woke::Made(made) => self.made(made).await,
                Woke::Pinged(true) => self.alive().await,
                Woke::Pinged(false) | Woke::Stuck => self.input(Input::Silent).await,
                Woke::Handed(handed) => {
                    self.sender.handed(*handed);
                    self.pump().await;
                }
                Woke::Retry => {
                    let linked = self.linked;
                    self.input(Input::RetryDue { linked }).await;
                }
                Woke::Ping => self.start_ping(),
                Woke::Sends => self.pump().await,
                Woke::Write => self.write_state().await,
            }
        }
    }

    async fn wake(&mut self) -> Woke {
        let retry = match &self.state {
            State::Reconnecting { at, .. } if self.link.is_none() => Some(self.instant(*at)),
            _ => None,
        };
        let ready = self.state == State::Ready;
        let ping = (ready && self.ping.is_none()).then_some(self.next_ping);
        let sends = self.sender.wake_at();
        tokio::select! {
            command = self.commands.recv() => Woke::Command(command),
            events = events(self.link.as_mut()) => Woke::Link(events),
            made = finished(self.making.as_mut()) => {
                self.making = None;
                Woke::Made(made.unwrap_or_else(|panic| Err(StoreError::Other(panic.to_string()))))
            }
            answered = finished(self.ping.as_mut()) => {
                self.ping = None;
                Woke::Pinged(answered.unwrap_or(false))
            }
            handed = self.sender.next_handed() => Woke::Handed(Box::new(handed)),
            () = at(retry) => Woke::Retry,
            () = at(ping) => Woke::Ping,
            () = at(self.progress_by) => Woke::Stuck,
            () = at(sends) => Woke::Sends,
            () = at(self.write_again) => Woke::Write,
        }
    }

    async fn command(&mut self, command: Command) {
        match command {
            Command::Start {
                restart,
                reason,
                done,
            } => {
                self.look = Look::at(self.context.clock.now());
                if restart {
                    self.close_link().await;
                    self.losses = 0;
                    self.state = State::Disconnected {
                        reason: Reason::Requested,
                        detail: None,
                    };
                }
                let linked = self.linked;
                self.input(Input::Start { linked, reason }).await;
                // Whoever asked has gone; the session starts all the same.
                let _ = done.send(());
            }
            Command::Look => self.look = Look::at(self.context.clock.now()),
            Command::PairCode { phone_number, done } => self.pair_code(phone_number, done),
            Command::Unlink { done } => {
                let _ = done.send(self.unlink().await);
            }
            Command::Wake => self.pump().await,
            Command::Stop { done } => {
                self.stopping = true;
                self.close_link().await;
                let _ = done.send(());
            }
        }
    }

    /// Move the state on and do what follows from it.
    async fn input(&mut self, input: Input) {
        if self
            .ready_at
            .is_some_and(|at| at.elapsed() > super::keepalive::STABLE_AFTER)
        {
            self.losses = 0;
        }
        let timing = Timing {
            now: self.context.clock.now(),
            backoff: backoff::delay(self.losses + 1, self.context.ids.jitter()),
        };
        let (state, next) = self.state.clone().apply(input, &timing);
        let before = std::mem::replace(&mut self.state, state);
        // A code that follows another is no change of the session.
        let changed = !self.state.looks_like(&before);
        if changed && self.state.status() == Status::Reconnecting {
            self.losses += 1;
        }
        if self.state != State::Ready {
            self.ready_at = None;
        }
        if next == Next::SetAside {
            self.linked = false;
        }
        if changed {
            self.since = timing.now;
            self.write_state().await;
        }
        match next {
            Next::Nothing => {}
            Next::Connect => self.make_link(),
            Next::Close => self.close_link().await,
            Next::SetAside => self.set_aside().await,
        }
    }

    /// The outbox may have something to do.
    async fn pump(&mut self) {
        let ready = self.state == State::Ready;
        let link = self.link.as_ref().filter(|_| ready).map(|made| &made.link);
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
        Some(task) => task.await,
        None => pending().await,
    }
}

/// The events that are there, at least one; nothing while there is no link.
async fn events(link: Option<&mut Connection>) -> Vec<LinkEvent> {
    let Some(connection) = link else {
        return pending().await;
    };
    let mut events = Vec::new();
    if connection.events.recv_many(&mut events, BURST).await == 0 {
        // A link that ends without saying how has broken its promise; its end
        // is told all the same.
        events.push(LinkEvent::Ended(whahook_whatsapp::port::Ending::Closed {
            detail: "the link ended without a word".to_owned(),
        }));
    }
    events
}
