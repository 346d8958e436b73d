//! A link: one client, from dialling to its end.

use super::{
    events, incoming,
    outgoing::{Encoder, UploadTurns, Uploads},
    passkey,
    people::{self, iq_error, jid},
    runtime::LinkTasks,
    store::SessionStore,
    version::Version,
};
use crate::port::{
    DownloadError, Ending, Existence, Group, Link, LinkError, LinkEvent, MediaKind, Outgoing,
    PairCode, Person, Picture, RemoteFile, TimeLock, Typing,
};
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
    Client, Freshness, Jid, SendError, SendOptions,
    bot::Bot,
    pair_code::{PairCodeError, PairCodeOptions, PairCodeRejection, PairError},
    wacore::iq::keepalive::KeepaliveSpec,
};

/// How long a code typed on the phone is good for, as WhatsApp has it.
const PAIR_CODE_VALID: Duration = Duration::from_secs(180);

pub struct ClientLink {
    client: Arc<Client>,
    store: Arc<SessionStore>,
    uploads: Uploads,
    turns: UploadTurns,
    closed: AtomicBool,
}

impl ClientLink {
    pub fn new(client: Arc<Client>, store: Arc<SessionStore>, uploads: Uploads) -> Self {
        Self {
            client,
            store,
            uploads,
            turns: UploadTurns::default(),
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

pub fn send_error(error: &SendError) -> LinkError {
    match error {
        SendError::InvalidRequest(why) => LinkError::Invalid(why.clone()),
        SendError::NotLoggedIn => LinkError::NotConnected,
        SendError::Iq(error) => iq_error(error),
        error => LinkError::Failed(error.to_string()),
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
        let chat = jid(to)?;
        let encoder = Encoder {
            client: &self.client,
            store: &self.store,
            uploads: &self.uploads,
            turns: &self.turns,
            chat: &chat,
        };
        let mut options = SendOptions::default().with_message_id(message_id);
        if message.refused_before {
            options = options
                .with_group_metadata_freshness(Freshness::Refresh)
                .with_device_freshness(Freshness::Refresh);
        }
        let message = encoder.encode(message).await?;
        let sent = self
            .client
            .send_message_with_options(chat, message, options);
        match sent.await {
            Ok(_) => Ok(()),
            Err(_) if !self.client.is_connected() => Err(LinkError::NotConnected),
            Err(error) => Err(send_error(&error)),
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

    async fn others_in(&self, group: &str) -> Option<usize> {
        let group = jid(group).ok()?;
        let group = self.client.groups().query_info(&group).await.ok()?;
        let own = [self.client.pn(), self.client.lid()];
        let is_own = |member: &&Jid| own.iter().flatten().any(|own| own.user == member.user);
        Some(
            group
                .participants
                .iter()
                .filter(|member| !is_own(member))
                .count(),
        )
    }

    async fn group(&self, group: &str) -> Result<Option<Group>, LinkError> {
        incoming::group(&self.client, &jid(group)?).await
    }

    async fn picture(
        &self,
        whose: &str,
        known: Option<&str>,
    ) -> Result<Option<Picture>, LinkError> {
        incoming::picture(&self.client, &jid(whose)?, known).await
    }

    async fn on_whatsapp(&self, jids: &[String]) -> Result<Vec<Existence>, LinkError> {
        people::on_whatsapp(&self.client, jids).await
    }

    async fn typing(&self, to: &str, typing: Typing) -> Result<(), LinkError> {
        people::typing(&self.client, to, typing).await
    }

    async fn mark_read(
        &self,
        chat: &str,
        sender: Option<&str>,
        message_ids: &[String],
    ) -> Result<(), LinkError> {
        people::mark_read(&self.client, chat, sender, message_ids).await
    }

    async fn set_presence(&self, available: bool) -> Result<(), LinkError> {
        people::set_presence(&self.client, available).await
    }

    async fn download(
        &self,
        kind: MediaKind,
        file: &RemoteFile,
        limit: u64,
        into: std::fs::File,
    ) -> Result<(), DownloadError> {
        incoming::download(&self.client, kind, file, limit, into).await
    }

    async fn reach_out_timelock(&self) -> Result<TimeLock, LinkError> {
        people::reach_out_timelock(&self.client).await
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
    async fn on_whatsapp(&self, _: &[String]) -> Result<Vec<Existence>, LinkError> {
        Err(LinkError::NotConnected)
    }
    async fn typing(&self, _: &str, _: Typing) -> Result<(), LinkError> {
        Err(LinkError::NotConnected)
    }
    async fn mark_read(&self, _: &str, _: Option<&str>, _: &[String]) -> Result<(), LinkError> {
        Err(LinkError::NotConnected)
    }
    async fn set_presence(&self, _: bool) -> Result<(), LinkError> {
        Err(LinkError::NotConnected)
    }
    async fn reach_out_timelock(&self) -> Result<TimeLock, LinkError> {
        Err(LinkError::NotConnected)
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
