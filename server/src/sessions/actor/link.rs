//! The actor and its link: making it, hearing it, asking it, closing it.

use super::{Actor, Made};
use crate::sessions::{
    keepalive::{self, ACTIVITY_EVERY, PING_TIMEOUT, PROGRESS_TIMEOUT},
    state::{Input, State},
};
use std::{io, time::Duration};
use tokio::{
    sync::oneshot,
    time::{Instant, timeout},
};
use tracing::Instrument;
use whahook_contract::session::{Reason, Status};
use whahook_whatsapp::port::{LinkEvent, PairCode, StoreError};

/// How long a link may take to close. What it has not flushed by then, WhatsApp
/// tells it again at the next login.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long unlinking may wait for WhatsApp's answer.
const LOG_OUT_TIMEOUT: Duration = Duration::from_secs(10);

impl Actor {
    /// Begin to make a link, on the device that is open already if there is one.
    pub(super) fn make_link(&mut self) {
        if self.making.is_some() || self.link.is_some() {
            return;
        }
        self.progress_by = Some(Instant::now() + PROGRESS_TIMEOUT);
        let (context, id, device) = (self.context.clone(), self.id, self.device.clone());
        let make = async move {
            let device = match device {
                Some(device) => device,
                None => {
                    let folder = context.folders.create(id)?;
                    context.gateway.open(&folder).await?
                }
            };
            let connection = device.connect().await?;
            Ok((device, connection))
        };
        self.making = Some(tokio::spawn(make.in_current_span()));
    }

    pub(super) async fn made(&mut self, made: Result<Made, StoreError>) {
        match made {
            Ok((device, connection)) => {
                self.device = Some(device);
                self.link = Some(connection);
            }
            Err(error) => {
                tracing::error!(%error, "The session's store could not be opened.");
                self.progress_by = None;
                self.device = None;
                self.input(Input::StoreFailed {
                    detail: error.to_string(),
                })
                .await;
            }
        }
    }

    pub(super) async fn link_events(&mut self, events: Vec<LinkEvent>) {
        for event in events {
            match event {
                LinkEvent::Qr { code, valid_for } => self.show(code, valid_for).await,
                LinkEvent::Paired(identity) => {
                    self.linked = true;
                    self.identity = identity;
                    self.hide();
                    self.input(Input::Paired).await;
                }
                LinkEvent::Connected(identity) => {
                    self.progress_by = None;
                    self.ready_at = Some(Instant::now());
                    self.next_ping = Instant::now() + self.ping_pause();
                    self.linked = true;
                    self.identity = identity;
                    self.input(Input::Connected).await;
                    self.alive().await;
                }
                LinkEvent::Ack { message_id, error } => self.sender.acked(message_id, error),
                LinkEvent::Receipt { message_ids, kind } => {
                    self.sender.received(message_ids, kind);
                }
                LinkEvent::Activity => self.alive().await,
                LinkEvent::Ended(ending) => {
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
                    // Nothing follows an end; a link made since has its own.
                    return;
                }
            }
        }
        self.pump().await;
    }

    async fn forget_link(&mut self) {
        self.link = None;
        self.progress_by = None;
        if let Some(ping) = self.ping.take() {
            ping.abort();
        }
        self.hide();
        self.sender.link_lost().await;
    }

    /// Close the link, and whatever is being made. What it still says is not
    /// heard any more.
    pub(super) async fn close_link(&mut self) {
        if let Some(making) = self.making.take() {
            // Aborting could leave a client behind that nobody closes.
            if let Ok(Ok(Ok((device, connection)))) = timeout(CLOSE_TIMEOUT, making).await {
                self.device = Some(device);
                self.link = Some(connection);
            }
        }
        if let Some(connection) = &self.link
            && timeout(CLOSE_TIMEOUT, connection.link.close())
                .await
                .is_err()
        {
            tracing::warn!("The link did not close in time.");
        }
        if let Some(connection) = &mut self.link {
            // Acks that came before the close are still good.
            while let Ok(event) = connection.events.try_recv() {
                match event {
                    LinkEvent::Ack { message_id, error } => self.sender.acked(message_id, error),
                    LinkEvent::Receipt { message_ids, kind } => {
                        self.sender.received(message_ids, kind);
                    }
                    _ => {}
                }
            }
        }
        self.forget_link().await;
    }

    pub(super) fn start_ping(&mut self) {
        let Some(connection) = &self.link else { return };
        let link = connection.link.clone();
        self.next_ping = Instant::now() + self.ping_pause();
        self.ping = Some(tokio::spawn(async move {
            // The library gives up by itself; a library that hangs does not.
            let limit = PING_TIMEOUT + Duration::from_secs(1);
            matches!(timeout(limit, link.ping(PING_TIMEOUT)).await, Ok(Ok(())))
        }));
    }

    fn ping_pause(&self) -> Duration {
        keepalive::pause(self.context.ids.jitter())
    }

    /// WhatsApp has shown a sign of life.
    pub(super) async fn alive(&mut self) {
        let written = self.activity_written_at;
        if written.is_none_or(|at| at.elapsed() > ACTIVITY_EVERY) {
            self.activity_written_at = Some(Instant::now());
            self.write_activity().await;
        }
    }

    pub(super) fn pair_code(
        &self,
        phone_number: String,
        done: oneshot::Sender<Result<PairCode, String>>,
    ) {
        let unlinked = matches!(self.state.status(), Status::Initializing | Status::Qr);
        match self.link.as_ref().filter(|_| unlinked) {
            Some(connection) => {
                let link = connection.link.clone();
                // It waits for WhatsApp, and the actor does not.
                tokio::spawn(async move {
                    let code = link.pair_code(&phone_number).await;
                    let _ = done.send(code.map_err(|error| error.to_string()));
                });
            }
            None => {
                let _ = done.send(Err(format!("the session is {}", self.state.status())));
            }
        }
    }

    /// Unlink at WhatsApp as far as it can be reached, and delete the device.
    pub(super) async fn unlink(&mut self) -> io::Result<()> {
        let told = match &self.link {
            Some(connection) if self.state == State::Ready => {
                let log_out = connection.link.log_out();
                timeout(LOG_OUT_TIMEOUT, log_out).await.is_ok()
            }
            _ => false,
        };
        let detail = (self.linked && !told)
            .then(|| "WhatsApp could not be told: remove the device on the phone too".to_owned());
        self.close_link().await;
        self.device = None;
        self.linked = false;
        self.context.folders.delete(self.id)?;
        self.losses = 0;
        self.input(Input::Unlinked { detail }).await;
        Ok(())
    }

    /// WhatsApp knows this device no more: its data is moved out of the way.
    pub(super) async fn set_aside(&mut self) {
        self.device = None;
        let now = self.context.clock.now();
        if let Err(error) = self.context.folders.set_aside(self.id, now) {
            tracing::error!(%error, "The data of an unlinked session could not be set aside.");
            self.state = State::Error {
                reason: Reason::StoreFailed,
                detail: Some(error.to_string()),
            };
            self.write_state().await;
        }
    }
}
