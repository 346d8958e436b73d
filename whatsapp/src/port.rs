//! What a session needs of WhatsApp.

mod incoming;
mod outgoing;
mod people;

pub use incoming::{
    Attachment, Author, Body, Chat, Choice, DownloadError, Group, GroupChange, History, Incoming,
    Intake, Member, NotTaken, Picture, Quoted, RemoteFile,
};
pub use outgoing::{Card, Kind, Media, MediaKind, MessageKey, Outgoing, Preview, Quote, Said};
pub use people::{Existence, Person, TimeLock, Typing};

use async_trait::async_trait;
use std::{io, path::Path, sync::Arc, time::Duration};
use tokio::sync::mpsc::UnboundedReceiver;

/// Opens devices. One for the whole process.
#[async_trait]
pub trait Gateway: Send + Sync + 'static {
    /// Open the device kept in `folder`, or begin a new one there.
    async fn open(&self, folder: &Path) -> Result<Arc<dyn Device>, StoreError>;
}

/// A device's keys and Signal state. It outlives its links: one link after
/// another is made on it, never two at once.
#[async_trait]
pub trait Device: Send + Sync {
    /// One connection to WhatsApp, from dialling to its end. It never
    /// reconnects by itself: its last event says how it ended. What people write
    /// goes to `intake`.
    async fn connect(&self, intake: Arc<dyn Intake>) -> Result<Connection, StoreError>;
}

/// A link and what happens on it, in order. The events end with
/// [`LinkEvent::Ended`], exactly once.
pub struct Connection {
    pub link: Arc<dyn Link>,
    pub events: UnboundedReceiver<LinkEvent>,
}

/// The running protocol client inside a session.
#[async_trait]
pub trait Link: Send + Sync {
    /// A round trip to WhatsApp: the only proof of life.
    async fn ping(&self, timeout: Duration) -> Result<(), LinkError>;

    /// Hand a message to WhatsApp under an id chosen before; a file is uploaded
    /// first. Returns when it is on the wire; whether WhatsApp took it is told
    /// by [`LinkEvent::Ack`].
    async fn send(&self, to: &str, message_id: &str, message: Outgoing) -> Result<(), LinkError>;

    /// The person behind a JID, as far as known here: number and LID.
    async fn person(&self, jid: &str) -> Option<Person>;

    /// How many others are in a group, as far as known here.
    async fn others_in(&self, _group: &str) -> Option<usize> {
        None
    }

    /// What WhatsApp says of a group. `None`: this account is not in it.
    async fn group(&self, _jid: &str) -> Result<Option<Group>, LinkError> {
        Err(LinkError::NotConnected)
    }

    /// The picture of a person or a group, unless it is the `known` one. `None`:
    /// there is none, or not for this account.
    async fn picture(
        &self,
        _jid: &str,
        _known: Option<&str>,
    ) -> Result<Option<Picture>, LinkError> {
        Err(LinkError::NotConnected)
    }

    /// Whether numbers are on WhatsApp: an answer for each JID of a number that
    /// it gave one for.
    async fn on_whatsapp(&self, jids: &[String]) -> Result<Vec<Existence>, LinkError>;

    /// Show in a chat that somebody is typing, or no more. WhatsApp forgets it
    /// by itself after some seconds.
    async fn typing(&self, to: &str, typing: Typing) -> Result<(), LinkError>;

    /// Say that messages were read. `sender` is who wrote them, in a group.
    async fn mark_read(
        &self,
        chat: &str,
        sender: Option<&str>,
        message_ids: &[String],
    ) -> Result<(), LinkError>;

    /// Show the account as online, or not.
    async fn set_presence(&self, available: bool) -> Result<(), LinkError>;

    /// Fetch a file that came in, and decrypt it as it comes. Of a file that did
    /// not come whole nothing is left in `into`.
    async fn download(
        &self,
        _kind: MediaKind,
        _file: &RemoteFile,
        _limit: u64,
        _into: std::fs::File,
    ) -> Result<(), DownloadError> {
        Err(DownloadError::NotConnected)
    }

    /// Until when WhatsApp lets the account write to strangers no more.
    async fn reach_out_timelock(&self) -> Result<TimeLock, LinkError>;

    /// Ask for a code to type on the phone instead of scanning. A code asked
    /// for again replaces the one before.
    async fn pair_code(&self, phone_number: &str) -> Result<PairCode, LinkError>;

    /// Hand WhatsApp the assertion that [`LinkEvent::PasskeyAsked`] asked for:
    /// a `PublicKeyCredential` as JSON.
    async fn answer_passkey(&self, assertion: &serde_json::Value) -> Result<(), LinkError>;

    /// The person says that the phone shows the code of
    /// [`LinkEvent::PasskeyCode`].
    async fn confirm_passkey(&self) -> Result<(), LinkError>;

    /// With how many devices of people it has exchanged messages, as far as counted. It keeps
    /// what it needs for each in memory until it ends.
    fn peers(&self) -> usize {
        0
    }

    /// Unlink at WhatsApp, as far as it can be reached, and close.
    async fn log_out(&self);

    /// Write everything to the store and close.
    async fn close(&self);
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairCode {
    pub code: String,
    pub valid_for: Duration,
}

/// Who this device belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    pub person: Person,
    pub push_name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkEvent {
    /// Show this; another follows when it has run out.
    Qr { code: String, valid_for: Duration },
    /// The codes ran out; the link goes on while a pairing code is good.
    CodesRanOut,
    /// WhatsApp asks for the person's passkey before it links the device:
    /// WebAuthn's `publicKey` request options, as JSON.
    PasskeyAsked { options: String },
    /// The phone shows this code too, unless `confirmed` says that nobody need
    /// compare them.
    PasskeyCode { code: String, confirmed: bool },
    /// WhatsApp did not take the passkey's answer, or broke the exchange off.
    PasskeyFailed { detail: String },
    /// The phone accepted this device; the link ends and the next one logs in.
    Paired(Identity),
    /// Logged in and in sync.
    Connected(Identity),
    /// WhatsApp took a message, or refused it with a code.
    Ack {
        message_id: String,
        error: Option<String>,
    },
    /// The other side has a message, or opened it.
    Receipt {
        message_ids: Vec<String>,
        kind: Receipt,
        by: Receiver,
    },
    /// Somebody wrote to this account.
    Wrote(Person),
    /// The account's own person read what others wrote, on the phone or on
    /// another device.
    ReadElsewhere { message_ids: Vec<String> },
    /// Something arrived: WhatsApp is alive.
    Activity,
    /// Something arrived from the phone itself.
    PhoneSeen,
    /// The device's store failed while the link was up: what the link does now
    /// may be lost.
    StoreFailed(StoreError),
    /// The link is over. Nothing follows.
    Ended(Ending),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    Delivered,
    Read,
}

/// Whose device has a message: the recipient's, or a member's of the group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receiver {
    pub person: Person,
    /// 0 is the phone.
    pub device: u16,
}

/// How a link ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Closed from here.
    Stopped,
    /// WhatsApp or the network closed the connection.
    Closed { detail: String },
    /// WhatsApp could not be reached at all.
    Unreachable { detail: String },
    /// WhatsApp answered that it is unavailable.
    ServiceUnavailable { code: i32 },
    /// Right after pairing: log in now.
    Restart,
    /// Nobody scanned; the codes ran out.
    QrExhausted,
    /// The phone, or WhatsApp, refused to pair.
    PairingFailed { detail: String },
    /// The phone removed this device.
    Unlinked,
    /// WhatsApp logged this device out while it connected.
    LoggedOut { code: i32 },
    /// The same device connected elsewhere.
    Replaced,
    /// The number may come back after this time.
    TemporaryBan { expires_in: Duration, code: String },
    /// WhatsApp wants a newer client.
    Outdated,
    /// WhatsApp refused the login for another reason.
    Refused { code: i32 },
}

/// The device's data cannot be read or written. Each asks something else of
/// people; the text is the detail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// What is there is not a store, or a damaged one.
    #[error("the session's store is damaged: {0}")]
    Corrupt(String),
    #[error("the volume is full: {0}")]
    Full(String),
    /// Read-only, or another user's.
    #[error("the volume cannot be written: {0}")]
    NotWritable(String),
    #[error("the session's store failed: {0}")]
    Other(String),
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        let detail = error.to_string();
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(detail),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::NotWritable(detail)
            }
            _ => Self::Other(detail),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    #[error("not connected to WhatsApp")]
    NotConnected,
    #[error("WhatsApp did not answer in time")]
    Timeout,
    /// Nothing is wrong with the input: later it may succeed.
    #[error("{0}")]
    NotNow(String),
    /// Trying again with the same input cannot help.
    #[error("{0}")]
    Invalid(String),
    #[error("WhatsApp refused: {0}")]
    Refused(String),
    #[error("{0}")]
    Failed(String),
}
