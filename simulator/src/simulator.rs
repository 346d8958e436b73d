//! The running simulator and what can be asked of it; HTTP asks the same.

mod calls;
mod groups;
mod presence;
mod profile;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt as _;
use serde::Serialize;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use wacore_binary::builder::NodeBuilder;
use waproto::whatsapp::Message;

pub use self::groups::GroupChanges;
pub use self::presence::Showed;
use crate::config::{Config, DEMO_PHONES};
use crate::faults::Fault;
use crate::http;
use crate::http::views::{DeviceView, PhoneView};
use crate::number::{InvalidNumber, PhoneNumber};
use crate::phone::chat::ChatMessage;
use crate::phone::compose::{Composer, Draft, DraftError};
use crate::phone::media::{Attachment, MediaError};
use crate::phone::outbox::{self, Destination, Manner};
use crate::phone::receipts;
use crate::recipient::{GroupId, Recipient};
use crate::stanza::pairing::{self, LinkError};
use crate::stanza::pairing_code;
use crate::state::account::Account;
use crate::state::persist::StoreError;
use crate::state::stats::Snapshot;
use crate::state::{AddPhoneError, Network, StartError};
use crate::wire::connection::{Command, conflict};

/// Connections that have not closed by then are dropped with the process.
const GOODBYE: Duration = Duration::from_secs(3);

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    InvalidNumber(#[from] InvalidNumber),
    #[error("there is no phone with the number {0}")]
    UnknownPhone(PhoneNumber),
    #[error(transparent)]
    AddPhone(#[from] AddPhoneError),
    #[error("{number} has no device {device}")]
    UnknownDevice { number: PhoneNumber, device: u16 },
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Media(#[from] MediaError),
    #[error("the phone has no message {0} with media")]
    NoMedia(String),
    #[error(transparent)]
    Draft(#[from] DraftError),
    #[error("nobody is named to write to")]
    NobodyNamed,
    #[error("the message would change nothing")]
    Nothing,
    #[error("there is no group {0}")]
    UnknownGroup(GroupId),
    #[error("the phone does not withhold a message {0}")]
    UnknownMessage(String),
    #[error("no call {0} of this phone rings")]
    UnknownCall(String),
    #[error("{number} is not in the group {group}")]
    NotAMember { number: PhoneNumber, group: GroupId },
}

/// Where clients find the simulator and whom they must trust.
#[derive(Debug, Clone, Serialize)]
pub struct Info {
    pub ws: String,
    /// The root's public key, hex.
    pub root: String,
}

/// Cheap to clone: all clones are the same simulator.
#[derive(Clone)]
pub struct Control {
    network: Arc<Network>,
    address: SocketAddr,
}

/// A running simulator. It stops with `stop`, or abruptly when dropped.
pub struct Simulator {
    control: Control,
    shutdown: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
}

impl std::ops::Deref for Simulator {
    type Target = Control;

    fn deref(&self) -> &Control {
        &self.control
    }
}

impl Simulator {
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let network = match &config.data {
            Some(folder) => Network::open(folder).await?,
            None => Network::in_memory()?,
        };
        let listener = TcpListener::bind((config.host, config.port)).await?;
        let control = Control {
            network: Arc::new(network),
            address: listener.local_addr()?,
        };
        // Small packets are stanzas that somebody waits for.
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        if config.demo && control.network.accounts().is_empty() {
            for (number, name) in DEMO_PHONES {
                control
                    .add_phone(number, name)
                    .await
                    .map_err(|e| StartError::Damaged(e.to_string()))?;
            }
        }
        let (shutdown, stopped) = oneshot::channel::<()>();
        let router = http::router(control.clone());
        let server = tokio::spawn(async move {
            let served = axum::serve(listener, router)
                .with_graceful_shutdown(async {
                    // A dropped sender stops the server as well.
                    let _ = stopped.await;
                })
                .await;
            if let Err(error) = served {
                tracing::error!(%error, "the simulator's server failed");
            }
        });
        Ok(Self {
            control,
            shutdown: Some(shutdown),
            server,
        })
    }

    /// Closes every connection, writes what is left and frees the port.
    pub async fn stop(mut self) {
        if let Some(shutdown) = self.shutdown.take() {
            let _ = shutdown.send(());
        }
        let network = Arc::clone(&self.control.network);
        let goodbye = async {
            loop {
                network.command(None, &Command::Close);
                if network.stats.open_connections.get() == 0 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            let _ = (&mut self.server).await;
        };
        let _ = tokio::time::timeout(GOODBYE, goodbye).await;
        self.server.abort();
        network.store.close().await;
    }
}

impl Control {
    pub(crate) fn network(&self) -> &Arc<Network> {
        &self.network
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn ws_url(&self) -> String {
        format!("ws://{}/ws/chat", self.address)
    }

    pub fn http_url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn info(&self) -> Info {
        Info {
            ws: self.ws_url(),
            root: hex::encode(self.network.certificates.root_public()),
        }
    }

    pub fn stats(&self) -> Snapshot {
        self.network.stats.snapshot(None)
    }

    /// The same; what was busiest is asked of the last so long only.
    pub fn stats_of_the_last(&self, last: Duration) -> Snapshot {
        self.network.stats.snapshot(Some(last))
    }

    // Phones

    pub async fn add_phone(&self, number: &str, name: &str) -> Result<PhoneView, Error> {
        let account = self.network.add_phone(&number.parse()?, name)?;
        self.network.store.durable().await?;
        Ok(PhoneView::of(&account))
    }

    pub fn phones(&self) -> Vec<PhoneView> {
        let accounts = self.network.accounts();
        accounts.iter().map(PhoneView::of).collect()
    }

    pub fn phone(&self, number: &str) -> Result<PhoneView, Error> {
        Ok(PhoneView::of(&self.account(number)?))
    }

    fn account(&self, number: &str) -> Result<Arc<Account>, Error> {
        let number = number.parse()?;
        self.network
            .account(&number)
            .ok_or(Error::UnknownPhone(number))
    }

    // Linking

    /// The phone scans a QR; returns once the client is linked.
    pub async fn scan(&self, number: &str, qr: &str) -> Result<DeviceView, Error> {
        let account = self.account(number)?;
        let device = pairing::scan(&self.network, &account.number, qr).await?;
        self.network.store.durable().await?;
        Ok(DeviceView::of(&account, &device))
    }

    /// The person types in the code that a client shows; returns once it is linked.
    pub async fn pair(&self, number: &str, code: &str) -> Result<DeviceView, Error> {
        let account = self.account(number)?;
        let device = pairing_code::enter(&self.network, &account.number, code).await?;
        self.network.store.durable().await?;
        Ok(DeviceView::of(&account, &device))
    }

    /// What the person's authenticator answers to the options that WhatsApp gave
    /// a client.
    pub fn passkey(&self, number: &str, options: &Value) -> Result<Value, Error> {
        let account = self.account(number)?;
        let phone = account.phone.lock();
        let assertion = phone.assertion(options);
        Ok(assertion.map_err(|e| LinkError::Signature(e.to_string()))?)
    }

    pub async fn unlink(&self, number: &str, device: u16) -> Result<(), Error> {
        let account = self.account(number)?;
        if !self.network.unlink(&account, device) {
            let number = account.number.clone();
            return Err(Error::UnknownDevice { number, device });
        }
        self.network.store.durable().await?;
        Ok(())
    }

    // Chats

    pub async fn send_text(&self, from: &str, to: &str, text: &str) -> Result<ChatMessage, Error> {
        let draft = Draft {
            text: text.to_owned(),
            ..Default::default()
        };
        self.send(from, to, draft).await
    }

    /// The person sends a message, or changes an earlier one; `to` is a number or
    /// a group.
    pub async fn send(&self, from: &str, to: &str, draft: Draft) -> Result<ChatMessage, Error> {
        let from = self.account(from)?;
        let manner = Manner {
            unreadable: draft.unreadable,
            broadcast: draft.broadcast,
            ..Default::default()
        };
        self.write(&from, to, manner, |composer| composer.compose(draft))
            .await
    }

    /// The phone sends a message again that it withheld from devices that could
    /// not read it; returns how many had asked.
    pub async fn send_again(&self, number: &str, id: &str) -> Result<usize, Error> {
        let account = self.account(number)?;
        let answers = {
            let mut phone = account.phone.lock();
            let answers = phone.release(&self.network, &account, id);
            phone.save(&self.network.store);
            answers.ok_or_else(|| Error::UnknownMessage(id.to_owned()))?
        };
        let count = answers.len();
        self.network.dispatch(answers);
        self.network.store.durable().await?;
        Ok(count)
    }

    /// The phone encrypts, uploads and sends a file.
    pub async fn send_media(
        &self,
        from: &str,
        to: &str,
        attachment: Attachment,
    ) -> Result<ChatMessage, Error> {
        let from = self.account(from)?;
        let quoted = attachment.quoted.clone();
        let manner = Manner {
            only_on_phones: attachment.view_once,
            ..Default::default()
        };
        let message = attachment.upload(&self.network.media)?;
        self.write(&from, to, manner, |composer| match quoted {
            Some(id) => composer.answering(message, id),
            None => Ok(message),
        })
        .await
    }

    async fn write(
        &self,
        from: &Arc<Account>,
        to: &str,
        manner: Manner,
        compose: impl FnOnce(&Composer<'_>) -> Result<Message, DraftError>,
    ) -> Result<ChatMessage, Error> {
        let network = &self.network;
        let to = self.destination(from, to)?;
        let message = compose(&Composer {
            network,
            phone: &from.phone.lock(),
            to: &to.recipient(),
        })?;
        let written = outbox::write(network, from, &to, &message, manner).ok_or(Error::Nothing)?;
        network.store.durable().await?;
        Ok(written)
    }

    fn destination(&self, from: &Account, to: &str) -> Result<Destination, Error> {
        match to.parse()? {
            Recipient::Person(number) => {
                let account = self.network.account(&number);
                account
                    .map(Destination::Person)
                    .ok_or(Error::UnknownPhone(number))
            }
            Recipient::Group(id) if id.is_status() => Ok(Destination::Status),
            Recipient::Group(id) => {
                let group = self.network.group(&id);
                let group = group.ok_or_else(|| Error::UnknownGroup(id.clone()))?;
                if !group.has(&from.number) {
                    let number = from.number.clone();
                    return Err(Error::NotAMember { number, group: id });
                }
                Ok(Destination::Group(group))
            }
        }
    }

    /// The decrypted bytes of a message's media, and their type.
    pub fn media(&self, number: &str, id: &str) -> Result<(String, Vec<u8>), Error> {
        let messages = self.messages(number)?;
        let message = messages.into_iter().find(|message| message.id == id);
        let media = message
            .and_then(|message| message.media)
            .ok_or_else(|| Error::NoMedia(id.to_owned()))?;
        let bytes = media.open(&self.network.media)?;
        Ok((media.mime_type, bytes))
    }

    /// What the phone has received and written, oldest first.
    pub fn messages(&self, number: &str) -> Result<Vec<ChatMessage>, Error> {
        Ok(self.account(number)?.phone.lock().chat().to_vec())
    }

    /// Opens the chat with someone; returns how many messages were unread.
    pub async fn read(&self, number: &str, from: &str) -> Result<usize, Error> {
        let account = self.account(number)?;
        let count = receipts::read_chat(&self.network, &account, &from.parse()?);
        self.network.store.durable().await?;
        Ok(count)
    }

    // Troubles

    /// Makes trouble for one number's connections, or for all.
    pub fn fault(&self, number: Option<&str>, fault: &Fault) -> Result<(), Error> {
        let number = match number {
            Some(number) => Some(self.account(number)?.number.clone()),
            None => None,
        };
        let number = number.as_ref();
        self.network.faults.set(number, fault);
        let command = match fault {
            Fault::Close
            | Fault::TemporaryBan { .. }
            | Fault::ClientOutdated
            | Fault::Refuse { .. }
            | Fault::Unavailable { .. } => Command::Close,
            Fault::StreamError { code } => {
                Command::End(NodeBuilder::new("stream:error").attr("code", *code).build())
            }
            Fault::Replaced => Command::End(conflict("replaced")),
            Fault::Deaf { .. }
            | Fault::AckError { .. }
            | Fault::ReachOutTimelock { .. }
            | Fault::Latency { .. }
            | Fault::Clear => Command::Recheck,
            Fault::Passkey => return Ok(()),
        };
        self.network.command(number, &command);
        Ok(())
    }
}
