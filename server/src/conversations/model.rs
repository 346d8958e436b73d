//! A conversation, and what people may write down about it.

use crate::{contacts, input};
use whahook_contract::{
    Timestamp,
    contact::Party,
    conversation::{ConversationChanges, ConversationKind, ConversationView},
    event::Event,
    ids::{AccountId, ConversationId, MessageId, UserId},
    received::ChatMessage,
};

/// Where everybody's status updates stand.
pub const STATUS: &str = "status@broadcast";

const NOTE_MAX: usize = 10_000;
const LABELS_MAX: usize = 20;
const LABEL_MAX: usize = 50;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    pub id: ConversationId,
    pub account: AccountId,
    pub user: UserId,
    pub with: With,
    /// A group's subject.
    pub name: Option<String>,
    /// WhatsApp's id of the newest picture that is known.
    pub picture: Option<String>,
    pub unread: i64,
    pub archived: bool,
    pub note: Option<String>,
    pub labels: Vec<String>,
    /// `None`: nothing was written in it yet.
    pub last_at: Option<Timestamp>,
    pub last_message: Option<MessageId>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum With {
    Person {
        phone_number: Option<String>,
        lid: Option<String>,
        name: Option<String>,
    },
    /// By its JID.
    Group(String),
}

impl Conversation {
    /// Where messages of it go.
    pub fn jid(&self) -> String {
        match &self.with {
            With::Person {
                phone_number, lid, ..
            } => contacts::jid(phone_number.as_deref(), lid.as_deref()),
            With::Group(jid) => jid.clone(),
        }
    }

    pub fn kind(&self) -> ConversationKind {
        match &self.with {
            With::Person { .. } => ConversationKind::Person,
            With::Group(jid) if jid == STATUS => ConversationKind::Status,
            With::Group(_) => ConversationKind::Group,
        }
    }

    pub fn party(&self) -> Party {
        let (phone_number, lid, name) = match &self.with {
            With::Person {
                phone_number,
                lid,
                name,
            } => (phone_number.clone(), lid.clone(), name.clone()),
            With::Group(_) => (None, None, self.name.clone()),
        };
        Party {
            phone_number,
            lid,
            jid: self.jid(),
            name,
        }
    }

    pub fn view(&self, last_message: Option<ChatMessage>) -> ConversationView {
        ConversationView {
            id: self.id,
            account_id: self.account,
            kind: self.kind(),
            with: self.party(),
            picture_id: self.picture.clone(),
            unread: self.unread,
            archived: self.archived,
            note: self.note.clone(),
            labels: self.labels.clone(),
            last_message_at: self.last_at,
            last_message,
        }
    }

    pub fn changed(&self, at: Timestamp) -> Event {
        Event::ConversationChanged {
            conversation_id: self.id,
            unread: self.unread,
            archived: self.archived,
            name: self.party().name,
            phone_number: self.party().phone_number,
            lid: self.party().lid,
            labels: self.labels.clone(),
            at,
        }
    }

    /// With what people wrote down about another that it takes up.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        let mut labels = self.labels;
        let more = other.labels.into_iter();
        labels.extend(
            more.filter(|label| !labels.contains(label))
                .collect::<Vec<_>>(),
        );
        let notes: Vec<String> = self.note.into_iter().chain(other.note).collect();
        Self {
            unread: self.unread + other.unread,
            archived: self.archived && other.archived,
            note: (!notes.is_empty()).then(|| notes.join("\n")),
            labels,
            ..self
        }
    }

    /// The same as a person wants it.
    ///
    /// # Errors
    /// Says what is wrong with a note or a label.
    pub fn with_changes(&self, changes: ConversationChanges) -> Result<Self, input::Invalid> {
        let mut changed = self.clone();
        match changes.unread {
            Some(true) => changed.unread = changed.unread.max(1),
            Some(false) => changed.unread = 0,
            None => {}
        }
        if let Some(archived) = changes.archived {
            changed.archived = archived;
        }
        if let Some(note) = changes.note {
            let note = note.trim();
            if note.chars().count() > NOTE_MAX || note.contains('\0') {
                return Err(input::Invalid::new(
                    "note",
                    format!("must have at most {NOTE_MAX} characters, none of them NUL"),
                ));
            }
            changed.note = (!note.is_empty()).then(|| note.to_owned());
        }
        if let Some(labels) = changes.labels {
            changed.labels = tidy(&labels)?;
        }
        Ok(changed)
    }
}

fn tidy(labels: &[String]) -> Result<Vec<String>, input::Invalid> {
    let mut tidy: Vec<String> = Vec::with_capacity(labels.len());
    for label in labels {
        let label = input::line("labels", label, LABEL_MAX)?;
        if !tidy.contains(&label) {
            tidy.push(label);
        }
    }
    if tidy.len() > LABELS_MAX {
        return Err(input::Invalid::new(
            "labels",
            format!("must be at most {LABELS_MAX}"),
        ));
    }
    Ok(tidy)
}
