//! The people on the other side.

use std::time::SystemTime;

/// Number and LID of one person; whichever is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Person {
    /// `+` and digits.
    pub phone_number: Option<String>,
    /// `…@lid`
    pub lid: Option<String>,
}

/// Whether a number is on WhatsApp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Existence {
    /// The JID that was asked for.
    pub asked: String,
    /// The JID by which WhatsApp knows the number: some countries have two ways
    /// to write one.
    pub jid: String,
    pub registered: bool,
    /// By the number as WhatsApp writes it.
    pub person: Person,
}

/// What somebody is doing in a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typing {
    Typing,
    /// Speaking a voice note.
    Recording,
    Stopped,
}

/// What WhatsApp says of writing to strangers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeLock {
    /// The account may.
    Open,
    /// It may not, and WhatsApp does not say until when.
    Locked,
    LockedUntil(SystemTime),
}
