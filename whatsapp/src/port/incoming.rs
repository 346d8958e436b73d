//! What comes in on a link: what others write, and what the account's own person
//! writes on the phone or on another device.

use super::{Card, MediaKind, Person};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::time::SystemTime;

/// Takes what comes in. WhatsApp is told that it arrived only after this has
/// returned `Ok`, so by then it must be where a crash cannot reach it. What came
/// once may come again.
#[async_trait]
pub trait Intake: Send + Sync {
    async fn take(&self, messages: Vec<Incoming>) -> Result<(), NotTaken>;

    /// Whether what stood in the chats before is wanted, when the device is linked.
    async fn wants_history(&self) -> bool {
        false
    }

    /// Takes a piece of it.
    async fn take_history(&self, _piece: History) -> Result<(), NotTaken> {
        Ok(())
    }
}

/// A piece of what stood in the chats before the device was linked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// The oldest of each chat first.
    pub messages: Vec<Incoming>,
    /// How much has come with it, as the phone says.
    pub percent: Option<u32>,
    /// It is the first that the phone sends.
    pub begins: bool,
}

/// It was not taken: WhatsApp delivers it again at the next login.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct NotTaken {
    /// Whether it may be taken then: the link ends, so that the next one comes.
    pub passes: bool,
    pub detail: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Incoming {
    /// WhatsApp's id of it; one within its chat and author.
    pub id: String,
    pub chat: Chat,
    pub author: Author,
    /// As WhatsApp has it, in whole seconds.
    pub at: SystemTime,
    pub body: Body,
    pub quote: Option<Quoted>,
    /// JIDs of those whom the text names.
    pub mentions: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chat {
    Person(Person),
    /// By its JID.
    Group(String),
    /// Everybody's status updates.
    Status,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Author {
    pub person: Person,
    /// The name that the person goes by.
    pub push_name: Option<String>,
    /// The account's own person, on the phone or on another device.
    pub is_self: bool,
    /// By which JID the message names them, where the chat is not theirs.
    pub jid: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    Text(String),
    Media(Box<Attachment>),
    Location {
        latitude: f64,
        longitude: f64,
        name: Option<String>,
        address: Option<String>,
    },
    Contacts(Vec<Card>),
    Poll {
        question: String,
        options: Vec<String>,
        multiple: bool,
    },
    /// To the message with the id; an empty emoji takes the reaction back.
    Reaction {
        to: String,
        emoji: String,
    },
    /// The message with the id has this text or caption from now on.
    Edit {
        of: String,
        text: String,
    },
    /// The message with the id is taken back.
    Delete {
        of: String,
        /// By an admin of the group: WhatsApp lets nobody else say so.
        as_admin: bool,
    },
    /// For these options of the poll with the id; for none when empty.
    Vote {
        poll: String,
        options: Vec<Choice>,
    },
    /// It could not be read; its author is asked for it again. What it says comes
    /// under the same id, if it comes.
    Waiting,
    /// Something to be looked at once, which is shown on the phone only.
    ViewOnce,
    /// Somebody called, and nobody answered.
    MissedCall {
        /// `None`: WhatsApp did not say.
        video: Option<bool>,
    },
    /// Something about the group is different.
    GroupChange(GroupChange),
    /// What WhatsApp says of the group, now that it was asked.
    Group(Group),
    /// The chat shows another picture, with this id; `None`: none any more.
    Picture(Option<String>),
    /// Something that this version does not know.
    Unsupported,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupChange {
    Subject(String),
    /// `None`: it has none any more.
    Description(Option<String>),
    /// By the author, or of their own accord where they are the author.
    Added(Vec<Member>),
    /// The same.
    Removed(Vec<Member>),
    Promoted(Vec<Member>),
    Demoted(Vec<Member>),
}

/// A picture of a person or a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Another picture has another.
    pub id: String,
    /// `None`: it is the one that is known.
    pub bytes: Option<Vec<u8>>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    pub subject: Option<String>,
    pub members: Vec<Member>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub person: Person,
    pub is_admin: bool,
    /// The account's own person.
    pub is_self: bool,
}

/// Hex of the SHA-256 of an option's words.
pub type Choice = String;

/// What a message answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quoted {
    pub id: String,
    /// JID of who wrote it.
    pub author: Option<String>,
    /// Its words, where it has some.
    pub text: Option<String>,
}

/// A file at WhatsApp, and what opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    pub kind: MediaKind,
    pub file: RemoteFile,
    pub mime_type: Option<String>,
    pub file_name: Option<String>,
    pub caption: Option<String>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub seconds: Option<u32>,
    /// It is to be looked at once.
    pub view_once: bool,
}

/// Where an encrypted file lies, and what opens it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteFile {
    pub direct_path: String,
    /// Hex.
    pub key: String,
    /// Of the decrypted bytes, hex.
    pub sha256: String,
    /// Of the encrypted bytes, hex.
    pub encrypted_sha256: String,
    /// Of the decrypted bytes.
    pub size: u64,
}

/// A file did not come.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DownloadError {
    #[error("not connected to WhatsApp")]
    NotConnected,
    /// WhatsApp has it no more, or never had it.
    #[error("WhatsApp does not have it any more")]
    Gone,
    /// What WhatsApp has is not what was sent.
    #[error("it is damaged")]
    Damaged,
    /// It is larger than what was allowed.
    #[error("it is larger than allowed")]
    TooLarge,
    /// The disk did not take it.
    #[error("it could not be written: {0}")]
    NotWritten(String),
    /// Later it may come.
    #[error("{0}")]
    NotNow(String),
}

/// The key is a secret.
impl std::fmt::Debug for RemoteFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RemoteFile")
            .field("sha256", &self.sha256)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}
