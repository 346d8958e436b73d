//! What a link sends. People and chats are JIDs throughout.

use std::path::PathBuf;

/// A message as it leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    pub kind: Kind,
    pub quote: Option<Quote>,
    pub mentions: Vec<String>,
    /// WhatsApp refused it before: who is in the chat and on which devices is
    /// asked anew.
    pub refused_before: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Text {
        text: String,
        preview: Option<Preview>,
    },
    Media(Box<Media>),
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
        /// The same in every attempt: votes are read with it.
        secret: [u8; 32],
    },
    Reaction {
        to: MessageKey,
        emoji: String,
    },
    Edit {
        of: MessageKey,
        /// The message as it is from now on.
        becomes: Box<Kind>,
    },
    Delete {
        of: MessageKey,
    },
}

impl Outgoing {
    pub const fn text(text: String) -> Self {
        Self {
            kind: Kind::Text {
                text,
                preview: None,
            },
            quote: None,
            mentions: Vec::new(),
            refused_before: false,
        }
    }
}

/// Which message of a chat is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageKey {
    pub id: String,
    pub from_me: bool,
    /// Who wrote it, where that is not this account.
    pub author: Option<String>,
}

/// What is shown above an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    pub key: MessageKey,
    pub said: Said,
}

/// What a quoted message said, where the phone does not have it any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    Text(String),
    /// A file, by its caption.
    Media(MediaKind, Option<String>),
    /// A place, by its name.
    Location(Option<String>),
    /// By the name.
    Contact(Option<String>),
    /// By the question.
    Poll(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    pub url: String,
    pub title: Option<String>,
    pub description: Option<String>,
    /// JPEG.
    pub thumbnail: Option<Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    pub name: String,
    pub vcard: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaKind {
    Image,
    Video,
    Gif,
    Audio,
    Voice,
    Document,
    Sticker,
}

/// A file, with what phones show before they have it.
#[derive(Debug, Clone, PartialEq)]
pub struct Media {
    pub kind: MediaKind,
    pub file: PathBuf,
    /// Hex of the file's SHA-256: what was uploaded once is not uploaded again.
    pub sha256: String,
    pub mime_type: String,
    pub file_name: Option<String>,
    pub caption: Option<String>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub seconds: Option<u32>,
    /// 64 levels from 0 to 100.
    pub waveform: Option<Vec<u8>>,
    /// JPEG.
    pub thumbnail: Option<Vec<u8>>,
}
