//! A link: one client, from dialling to its end.

use super::{events, version::Version};
use crate::port::{Ending, Link, LinkError, LinkEvent, PairCode, Person};
use async_trait::async_trait;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::{mpsc::UnboundedSender, oneshot};
use whatsapp_rust::{
    Client, IqError, Jid, SendError, SendOptions,
    bot::Bot,
    pair_code::PairCodeOptions,
    wacore::{iq::keepalive::KeepaliveSpec, proto_helpers::MessageBuilderExt},
    waproto::whatsapp as wa,
};

/// How long a code typed on the phone is good for, as WhatsApp has it.
const PAIR_CODE_VALID: Duration = Duration::from_secs(180);

pub struct ClientLink {
    client: Arc<Client>,
    closed: AtomicBool,
}

impl ClientLink {
    pub const fn new(client: Arc<Client>) -> Self {
        Self {
            client,
            closed: AtomicBool::new(false),
        }
    }
}

/// Run the client until its connection ends, then say how it ended.
pub async fn supervise(
    bot: Bot,
    client: Arc<Client>,
    out: UnboundedSender<LinkEvent>,
    ending: Arc<Mutex<Option<Ending>>>,
    mut dial_failed: oneshot::Receiver<String>,
    version: Arc<Version>,
) {
    let handle = bot.spawn();
    handle.await;
    let unreachable = dial_failed.try_recv().ok();
    let known = ending.lock().unwrap_or_else(PoisonError::into_inner).take();
    let how = match (unreachable, known) {
        (Some(detail), _) => Ending::Unreachable { detail },
        (None, Some(how)) => how,
        (None, None) if client.shutdown_signal().is_fired() => Ending::Stopped,
        (None, None) => Ending::Closed {
            detail: "the handshake with WhatsApp broke off".to_owned(),
        },
    };
    if how == Ending::Outdated {
        version.forget().await;
    }
    // What the client still holds in memory goes to the store before the next
    // link reads it.
    client.disconnect().await;
    let _ = out.send(LinkEvent::Ended(how));
}

fn jid(text: &str) -> Result<Jid, LinkError> {
    text.parse()
        .map_err(|_| LinkError::Invalid(format!("{text} is not a JID")))
}

fn iq_error(error: &IqError) -> LinkError {
    match error {
        IqError::Timeout => LinkError::Timeout,
        IqError::NotConnected | IqError::Disconnected(_) | IqError::InternalChannelClosed => {
            LinkError::NotConnected
        }
        other => LinkError::Failed(other.to_string()),
    }
}

#[async_trait]
impl Link for ClientLink {
    async fn ping(&self, timeout: Duration) -> Result<(), LinkError> {
        self.client
            .execute(KeepaliveSpec::with_timeout(timeout))
            .await
            .map_err(|error| iq_error(&error))
    }

    async fn send_text(&self, to: &str, message_id: &str, text: &str) -> Result<(), LinkError> {
        let sent = self.client.send_message_with_options(
            jid(to)?,
            wa::Message::text(text),
            SendOptions::default().with_message_id(message_id),
        );
        match sent.await {
            Ok(_) => Ok(()),
            Err(SendError::InvalidRequest(why)) => Err(LinkError::Invalid(why)),
            Err(SendError::NotLoggedIn) => Err(LinkError::NotConnected),
            Err(SendError::Iq(error)) => Err(iq_error(&error)),
            Err(_) if !self.client.is_connected() => Err(LinkError::NotConnected),
            Err(error) => Err(LinkError::Failed(error.to_string())),
        }
    }

    async fn person(&self, jid_text: &str) -> Option<Person> {
        let asked = jid(jid_text).ok()?;
        let known = self.client.get_lid_pn_entry(&asked).await.ok().flatten();
        Some(match known {
            Some(entry) => Person {
                phone_number: Some(format!("+{}", entry.phone_number)),
                lid: Some(format!("{}@lid", entry.lid)),
            },
            None => events::person(Some(&asked), Some(&asked)),
        })
    }

    async fn pair_code(&self, phone_number: &str) -> Result<PairCode, LinkError> {
        self.client
            .wait_for_socket(Duration::from_secs(15))
            .await
            .map_err(|_| LinkError::NotConnected)?;
        // A code asked for again replaces the one before.
        self.client.cancel_pair_code().await;
        let options = PairCodeOptions {
            phone_number: phone_number.to_owned(),
            ..PairCodeOptions::default()
        };
        match self.client.pair_with_code(options).await {
            Ok(code) => Ok(PairCode {
                code,
                valid_for: PAIR_CODE_VALID,
            }),
            Err(error) => Err(LinkError::Refused(error.to_string())),
        }
    }

    async fn log_out(&self) {
        self.client.logout().await;
        self.closed.store(true, Ordering::Relaxed);
    }

    async fn close(&self) {
        if !self.closed.swap(true, Ordering::Relaxed) {
            self.client.disconnect().await;
        }
    }
}

/// Where dialling was not even begun.
pub struct NoLink;

#[async_trait]
impl Link for NoLink {
    async fn ping(&self, _: Duration) -> Result<(), LinkError> {
        Err(LinkError::NotConnected)
    }
    async fn send_text(&self, _: &str, _: &str, _: &str) -> Result<(), LinkError> {
        Err(LinkError::NotConnected)
    }
    async fn person(&self, _: &str) -> Option<Person> {
        None
    }
    async fn pair_code(&self, _: &str) -> Result<PairCode, LinkError> {
        Err(LinkError::NotConnected)
    }
    async fn log_out(&self) {}
    async fn close(&self) {}
}
