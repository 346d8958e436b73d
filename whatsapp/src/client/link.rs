//! A link: one client, from dialling to its end.

use super::{events, outgoing, passkey, runtime::LinkTasks, store::SessionStore, version::Version};
use crate::port::{Ending, Link, LinkError, LinkEvent, Outgoing, PairCode, Person};
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
    pair_code::{PairCodeError, PairCodeOptions, PairCodeRejection, PairError},
    wacore::iq::keepalive::KeepaliveSpec,
};

/// How long a code typed on the phone is good for, as WhatsApp has it.
const PAIR_CODE_VALID: Duration = Duration::from_secs(180);

pub struct ClientLink {
    client: Arc<Client>,
    store: Arc<SessionStore>,
    closed: AtomicBool,
}

impl ClientLink {
    pub const fn new(client: Arc<Client>, store: Arc<SessionStore>) -> Self {
        Self {
            client,
            store,
            closed: AtomicBool::new(false),
        }
    }
}

/// What is told of a link besides its events, until it has ended.
pub struct Supervision {
    pub out: UnboundedSender<LinkEvent>,
    pub ending: Arc<Mutex<Option<Ending>>>,
    pub dial_failed: oneshot::Receiver<String>,
    pub version: Arc<Version>,
    pub tasks: LinkTasks,
}

/// Run the client until its connection ends and nothing of it runs any more,
/// then say how it ended.
pub async fn supervise(bot: Bot, client: Arc<Client>, supervision: Supervision) {
    let Supervision {
        out,
        ending,
        mut dial_failed,
        version,
        tasks,
    } = supervision;
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
    // A client that showed codes lives on until they run out, and would write
    // to the store that the next link works on.
    tasks.end().await;
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

/// WhatsApp's refusal of a pairing code, in words.
fn refused(error: &PairError) -> LinkError {
    let why = match error.rejection() {
        Some(PairCodeRejection::BadRequest) => {
            "it does not take this number, or has been asked for too many codes for it"
        }
        Some(PairCodeRejection::Forbidden) => "this number may not link devices",
        Some(PairCodeRejection::RateOverlimit) => "too many codes were asked for; wait a while",
        Some(PairCodeRejection::FeatureNotAvailable) => {
            "this number cannot be linked with a code; scan the QR instead"
        }
        _ => return LinkError::Failed(error.to_string()),
    };
    LinkError::Refused(why.to_owned())
}

#[async_trait]
impl Link for ClientLink {
    async fn ping(&self, timeout: Duration) -> Result<(), LinkError> {
        self.client
            .execute(KeepaliveSpec::with_timeout(timeout))
            .await
            .map_err(|error| iq_error(&error))
    }

    async fn send(&self, to: &str, message_id: &str, message: Outgoing) -> Result<(), LinkError> {
        let sent = self.client.send_message_with_options(
            jid(to)?,
            outgoing::encode(message)?,
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
            Err(PairError::PairCode(
                error @ (PairCodeError::PhoneNumberRequired
                | PairCodeError::PhoneNumberTooShort
                | PairCodeError::PhoneNumberNotInternational),
            )) => Err(LinkError::Invalid(error.to_string())),
            Err(error) => Err(refused(&error)),
        }
    }

    async fn answer_passkey(&self, assertion: &serde_json::Value) -> Result<(), LinkError> {
        let assertion = passkey::assertion(assertion).map_err(LinkError::Invalid)?;
        let sent = self.client.send_passkey_response(assertion).await;
        sent.map_err(|error| LinkError::Refused(error.to_string()))
    }

    async fn confirm_passkey(&self) -> Result<(), LinkError> {
        let sent = self.client.send_passkey_confirmation().await;
        sent.map_err(|error| LinkError::Refused(error.to_string()))
    }

    fn peers(&self) -> usize {
        self.store.peers()
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
    async fn send(&self, _: &str, _: &str, _: Outgoing) -> Result<(), LinkError> {
        Err(LinkError::NotConnected)
    }
    async fn person(&self, _: &str) -> Option<Person> {
        None
    }
    async fn pair_code(&self, _: &str) -> Result<PairCode, LinkError> {
        Err(LinkError::NotConnected)
    }
    async fn answer_passkey(&self, _: &serde_json::Value) -> Result<(), LinkError> {
        Err(LinkError::NotConnected)
    }
    async fn confirm_passkey(&self) -> Result<(), LinkError> {
        Err(LinkError::NotConnected)
    }
    async fn log_out(&self) {}
    async fn close(&self) {}
}
