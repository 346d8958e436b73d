//! The actor and its link: making it, hearing it, asking it, closing it.

use super::{Actor, Made, held::Held};
use crate::sessions::{
    Error,
    handshakes::{For, TURN_LASTS, Turn},
    keepalive::{self, ACTIVITY_EVERY, PING_TIMEOUT, PROGRESS_TIMEOUT},
    state::{Input, State},
};
use std::time::Duration;
use tokio::{
    task::JoinHandle,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;
use whahook_contract::session::Reason;
use whahook_whatsapp::port::{Ending, LinkEvent, StoreError};

/// How long a link may take to close. What it has not flushed by then, WhatsApp
/// tells it again at the next login.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long unlinking may wait for WhatsApp's answer.
const LOG_OUT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the link before may take until its store is free.
const ALONE_TIMEOUT: Duration = Duration::from_secs(30);

/// A link that is being made.
pub struct Making {
    pub task: JoinHandle<Result<Option<Made>, StoreError>>,
    /// Ends the waiting for a turn.
    given_up: CancellationToken,
}

impl Actor {
    /// Begin to make a link, on the device that is open already if there is one:
    /// once the link before has ended, and in turn with other sessions.
    pub(super) fn make_link(&mut self, turn: Option<Turn>) {
        if self.making.is_some() || self.link.is_some() {
            return;
        }
        let (context, id, device) = (self.context.clone(), self.id, self.device.clone());
        let store = self.store.clone();
        let wanted = if self.linked {
            For::ComingBack
        } else {
            For::Linking
        };
        let given_up = CancellationToken::new();
        let cancelled = given_up.clone();
        let make = async move {
            let wait = async {
                let alone = timeout(ALONE_TIMEOUT, store.lock_owned()).await;
                let alone = alone.map_err(|_| {
                    StoreError::Other("the link before has not ended yet".to_owned())
                })?;
                let turn = match turn {
                    Some(turn) => turn,
                    None => context.handshakes.turn(wanted).await,
                };
                Ok::<_, StoreError>((alone, turn))
            };
            let Some(waited) = cancelled.run_until_cancelled(wait).await else {
                return Ok(None);
            };
            let (alone, turn) = waited?;
            let open = async {
                let device = match device {
                    Some(device) => device,
                    None => {
                        let folder = context.folders.create(id)?;
                        context.gateway.open(&folder).await?
                    }
                };
                let connection = device.connect(context.inbox.of(id)).await?;
                Ok((device, connection))
            };
            let opened = timeout(PROGRESS_TIMEOUT, open).await;
            let (device, connection) = opened
                .unwrap_or_else(|_| Err(StoreError::Other("the store does not open".to_owned())))?;
            Ok(Some(Made {
                device,
                link: Held::new(connection, alone),
                turn,
            }))
        };
        self.making = Some(Making {
            task: tokio::spawn(make.in_current_span()),
            given_up,
        });
    }

    pub(super) async fn made(&mut self, made: Result<Option<Made>, StoreError>) {
        match made {
            Ok(Some(made)) => {
                self.device = Some(made.device);
                self.link = Some(made.link);
                self.turn = Some((made.turn, Instant::now() + TURN_LASTS));
                self.made_at = Instant::now();
                self.progress_by = Some(Instant::now() + PROGRESS_TIMEOUT);
            }
            Ok(None) => {}
            Err(error) => self.store_failed(error).await,
        }
    }

    pub(super) async fn store_failed(&mut self, error: StoreError) {
        tracing::error!(%error, "The session's store failed.");
        self.progress_by = None;
        self.device = None;
        self.input(Input::StoreFailed { error }).await;
    }

    pub(super) async fn link_events(&mut self, events: Vec<LinkEvent>) {
        self.busy_at = Instant::now();
        for event in events {
            match event {
                LinkEvent::Qr { code, valid_for } => {
                    self.handshake_done();
                    self.show(code, valid_for).await;
                }
                LinkEvent::CodesRanOut => self.codes_ran_out(),
                LinkEvent::PasskeyAsked { options } => self.passkey_asked(&options).await,
                LinkEvent::PasskeyCode { code, confirmed } => {
                    self.passkey_code(code, confirmed).await;
                }
                LinkEvent::PasskeyFailed { detail } => self.passkey_failed(detail).await,
                LinkEvent::Paired(identity) => self.paired(identity).await,
                LinkEvent::Connected(identity) => {
                    self.handshake_done();
                    if !self.connected(identity).await {
                        // The link is gone, and with it what it said since.
                        return;
                    }
                }
                LinkEvent::Ack { message_id, error } => self.sender.acked(message_id, error),
                LinkEvent::Receipt {
                    message_ids,
                    kind,
                    by,
                } => {
                    self.sender.received(message_ids, kind, by);
                }
                LinkEvent::Wrote(person) => self.sender.wrote(person),
                LinkEvent::ReadElsewhere { message_ids } => {
                    self.context.inbox.read_elsewhere(self.id, message_ids);
                    self.alive().await;
                }
                LinkEvent::Activity => self.alive().await,
                LinkEvent::PhoneSeen => {
                    self.phone_seen().await;
                    self.alive().await;
                }
                LinkEvent::StoreFailed(error) => {
                    // What follows from the link now may not last.
                    return self.store_failed(error).await;
                }
                LinkEvent::Ended(ending) => {
                    // Nothing follows an end; a link made since has its own.
                    return self.ended(ending).await;
                }
            }
        }
        self.pump().await;
    }

    async fn ended(&mut self, ending: Ending) {
        self.forget_link().await;
        let looking = self.look.lasts(self.context.clock.now());
        let linked = self.linked;
        self.input(Input::Ended {
            ending,
            looking,
            linked,
        })
        .await;
        if !self.linked && self.making.is_none() {
            // Nothing is kept open for a device that nobody links.
            self.device = None;
        }
    }

    /// The handshake has shown a code or a login: the next session's turn.
    fn handshake_done(&mut self) {
        if self.turn.take().is_some() {
            metrics::histogram!("whahook_handshake_seconds").record(self.made_at.elapsed());
        }
    }

    async fn forget_link(&mut self) {
        self.link = None;
        self.turn = None;
        self.asking = None;
        self.close_at = None;
        self.codes_good_until = None;
        self.progress_by = None;
        if let Some(ping) = self.ping.take() {
            ping.abort();
        }
        if let Some(renewing) = self.renewing.take() {
            renewing.abort();
        }
        self.hide();
        self.errands.end();
        self.sender.link_lost().await;
    }

    /// Close the link, and whatever is being made. What it still says is not
    /// heard any more.
    pub(super) async fn close_link(&mut self) {
        if let Some(making) = self.making.take() {
            making.given_up.cancel();
            // One that comes too late for this is closed as it is dropped.
            if let Ok(Ok(Ok(Some(made)))) = timeout(CLOSE_TIMEOUT, making.task).await {
                self.device = Some(made.device);
                self.link = Some(made.link);
            }
        }
        if let Some(link) = &mut self.link {
            match timeout(CLOSE_TIMEOUT, link.close()).await {
                // Acks that came before the close are still good.
                Ok(said) => {
                    for event in said {
                        match event {
                            LinkEvent::Ack { message_id, error } => {
                                self.sender.acked(message_id, error);
                            }
                            LinkEvent::Receipt {
                                message_ids,
                                kind,
                                by,
                            } => {
                                self.sender.received(message_ids, kind, by);
                            }
                            _ => {}
                        }
                    }
                }
                Err(_) => tracing::warn!("The link did not close in time."),
            }
        }
        self.forget_link().await;
    }

    pub(super) fn start_ping(&mut self) {
        let Some(held) = &self.link else { return };
        let link = held.link().clone();
        self.next_ping = Instant::now() + self.ping_pause();
        self.ping = Some(tokio::spawn(
            async move {
                // The library gives up by itself; a library that hangs does not.
                let limit = PING_TIMEOUT + Duration::from_secs(1);
                matches!(timeout(limit, link.ping(PING_TIMEOUT)).await, Ok(Ok(())))
            }
            .in_current_span(),
        ));
    }

    pub(super) fn ping_pause(&self) -> Duration {
        keepalive::pause(self.context.ids.jitter())
    }

    /// WhatsApp has shown a sign of life.
    pub(super) async fn alive(&mut self) {
        let written = self.activity_written_at;
        if written.is_none_or(|at| at.elapsed() > ACTIVITY_EVERY) {
            self.activity_written_at = Some(Instant::now());
            self.write_activity().await;
        }
        self.check_phone().await;
    }

    /// Unlink at WhatsApp as far as it can be reached. `false`: it was not told.
    pub(super) async fn log_out(&self) -> bool {
        let Some(held) = &self.link else {
            return false;
        };
        let log_out = held.link().log_out();
        timeout(LOG_OUT_TIMEOUT, log_out).await.is_ok()
    }

    /// Unlink, and delete the device.
    pub(super) async fn unlink(&mut self) -> Result<(), Error> {
        let told = self.state == State::Ready && self.log_out().await;
        let detail = (self.linked && !told)
            .then(|| "WhatsApp could not be told: remove the device on the phone too".to_owned());
        self.close_link().await;
        self.delete_device().await?;
        self.losses = 0;
        let reason = Reason::Unlinked;
        self.input(Input::Unlinked { reason, detail }).await;
        Ok(())
    }

    /// Deletes the session's data, once nothing works on it any more.
    pub(super) async fn delete_device(&mut self) -> Result<(), Error> {
        self.device = None;
        let alone = timeout(CLOSE_TIMEOUT, self.store.clone().lock_owned()).await;
        let _alone = alone.map_err(|_| std::io::Error::other("its link does not close"))?;
        self.context.folders.delete(self.id)?;
        self.linked = false;
        Ok(())
    }

    /// This device is of no use any more: its data is moved out of the way.
    pub(super) async fn set_aside(&mut self) {
        self.close_link().await;
        self.device = None;
        let alone = timeout(CLOSE_TIMEOUT, self.store.clone().lock_owned()).await;
        let moved = match &alone {
            Ok(_) => {
                let now = self.context.clock.now();
                self.context.folders.set_aside(self.id, now)
            }
            Err(_) => Err(std::io::Error::other("its link does not close")),
        };
        if let Err(error) = moved {
            tracing::error!(%error, "The data of a session could not be set aside.");
            self.state = State::Error {
                reason: Reason::StoreFailed,
                detail: Some(format!("its data could not be set aside: {error}")),
                retry_at: None,
            };
            self.write_state().await;
        }
    }
}
