//! Events: the ledger's, and the same facts as Socket.IO sends them.

pub mod command;
mod ledger;

pub use ledger::{LedgerEvent, LedgerPage, Pushed};

use crate::{
    account::ReachOutTimelock,
    activity::By,
    bulk::{BulkProgress, BulkStatus},
    contact::Party,
    ids::{BulkId, ConversationId, MessageId, SessionId},
    message::{MessageStatus, Recipient},
    received::{ChatMedia, ChatMessage},
    receiving::HistoryProgress,
    session::{PasskeyStage, Reason, Status, Warning},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A fact about an account. The tag is the event's name on Socket.IO and its
/// `type` in the ledger; the content is the payload of both.
///
/// Its schema is made from this definition, and with it the documents: every
/// variant and field says what it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", content = "data")]
pub enum Event {
    /// A new QR to scan. Its text is pushed live and not kept in the ledger: it
    /// holds a secret of the device that is being linked.
    #[serde(rename = "whatsapp:qr", rename_all = "camelCase")]
    Qr {
        /// The text of the QR; live only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        qr: Option<String>,
        /// The session that is being linked.
        session_id: SessionId,
        /// When another one takes its place.
        expires_at: DateTime<Utc>,
    },
    /// A code to type on the phone. As with `whatsapp:qr`, the code itself is not
    /// kept.
    #[serde(rename = "whatsapp:pair_code", rename_all = "camelCase")]
    PairCode {
        /// The code; live only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// The session that is being linked.
        session_id: SessionId,
        /// Until when it can be typed.
        expires_at: DateTime<Utc>,
    },
    /// WhatsApp asks for the person's passkey. As with `whatsapp:qr`, options
    /// and code are not kept.
    #[serde(rename = "whatsapp:passkey", rename_all = "camelCase")]
    Passkey {
        /// The session that is being linked.
        session_id: SessionId,
        /// Which step it is.
        stage: PasskeyStage,
        /// WebAuthn's request options; live only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
        options: Option<serde_json::Value>,
        /// The code that the phone shows too; live only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// When WhatsApp stops waiting, where it says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<DateTime<Utc>>,
    },
    /// A warning begins, or (`null`) is over.
    #[serde(rename = "whatsapp:warning", rename_all = "camelCase")]
    Warning {
        /// The session that is warned of.
        session_id: SessionId,
        /// What will go wrong unless somebody acts.
        warning: Option<Warning>,
    },
    /// The session is something else now.
    #[serde(rename = "whatsapp:status", rename_all = "camelCase")]
    Status {
        /// The session.
        session_id: SessionId,
        /// What it is.
        status: Status,
        /// Why.
        reason: Option<Reason>,
        /// More about the reason in English, for people.
        detail: Option<String>,
        /// Since when.
        since: DateTime<Utc>,
        /// When it is tried again by itself.
        next_attempt_at: Option<DateTime<Utc>>,
    },
    /// The session is connected.
    #[serde(rename = "whatsapp:ready", rename_all = "camelCase")]
    Ready {
        /// The session.
        session_id: SessionId,
        /// The number that is linked.
        phone_number: Option<String>,
        /// Its LID.
        lid: Option<String>,
        /// The name that others see.
        push_name: Option<String>,
    },
    /// The session was connected, and is not any more.
    #[serde(rename = "whatsapp:disconnected", rename_all = "camelCase")]
    Disconnected {
        /// The session.
        session_id: SessionId,
        /// Why.
        reason: Option<Reason>,
    },
    /// Something went wrong with the session that does not pass by itself.
    #[serde(rename = "whatsapp:error", rename_all = "camelCase")]
    Error {
        /// The session.
        session_id: SessionId,
        /// What went wrong.
        error: SessionError,
    },
    /// A message out is something else now: the same as in its timeline.
    #[serde(rename = "message:status", rename_all = "camelCase")]
    MessageStatus {
        /// The message, as `POST /api/messages` named it.
        message_id: MessageId,
        /// WhatsApp's name of it.
        whatsapp_message_id: String,
        /// The session that sends it.
        session_id: SessionId,
        /// Where it is on its way.
        status: MessageStatus,
        /// Since when.
        at: DateTime<Utc>,
        /// More about it, where there is more: why it failed.
        detail: Option<String>,
        /// Whom it is for. Absent in events of before it was told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<To>,
    },
    /// Somebody wrote to the account, or its own person wrote on the phone: the
    /// message as in the REST API.
    #[serde(rename = "message:received")]
    MessageReceived(Box<ChatMessage>),
    /// A message came that could not be read yet: the message as in the REST API,
    /// of type `waiting`. What it says follows with `message:received`, under the
    /// same `id`.
    #[serde(rename = "message:waiting")]
    MessageWaiting(Box<ChatMessage>),
    /// Somebody called and nobody answered: the line of the conversation as in the
    /// REST API, of type `missed_call`.
    #[serde(rename = "call:missed")]
    CallMissed(Box<ChatMessage>),
    /// Something about a group is different: the line of the conversation as in
    /// the REST API, of type `group_change`.
    #[serde(rename = "group:changed")]
    GroupChanged(Box<ChatMessage>),
    /// Somebody thinks something of a message.
    #[serde(rename = "message:reaction")]
    MessageReaction {
        /// Where the message stands.
        conversation_id: ConversationId,
        /// WhatsApp's id of the message.
        whatsapp_message_id: String,
        /// Who.
        from: Party,
        /// Whether it was the account's own person.
        from_me: bool,
        /// One emoji; empty takes the reaction back.
        emoji: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// Who wrote a message changed its text or caption.
    #[serde(rename = "message:edited")]
    MessageEdited {
        /// Where the message stands.
        conversation_id: ConversationId,
        /// The message.
        message_id: MessageId,
        /// WhatsApp's id of the message.
        whatsapp_message_id: String,
        /// Its text or caption from now on.
        text: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// A message was taken back on everybody's phone.
    #[serde(rename = "message:deleted")]
    MessageDeleted {
        /// Where the message stood.
        conversation_id: ConversationId,
        /// The message.
        message_id: MessageId,
        /// WhatsApp's id of the message.
        whatsapp_message_id: String,
        /// Who took it back.
        from: Party,
        /// When.
        at: DateTime<Utc>,
    },
    /// Somebody chose in a poll.
    #[serde(rename = "message:vote")]
    MessageVote {
        /// Where the poll stands.
        conversation_id: ConversationId,
        /// The poll.
        message_id: MessageId,
        /// WhatsApp's id of the poll.
        whatsapp_message_id: String,
        /// Who.
        from: Party,
        /// Whether it was the account's own person.
        from_me: bool,
        /// What; nothing any more, where it is empty.
        options: Vec<String>,
        /// When.
        at: DateTime<Utc>,
    },
    /// The file of a message is here, or it will not be: see `media.state`.
    #[serde(rename = "message:media")]
    MessageMedia {
        /// Where the message stands.
        conversation_id: ConversationId,
        /// The message.
        message_id: MessageId,
        /// WhatsApp's id of the message.
        whatsapp_message_id: String,
        /// The file as the message has it from now on.
        media: ChatMedia,
        /// When.
        at: DateTime<Utc>,
    },
    /// A conversation was read, put aside or taken up again, labelled, or its other side
    /// is known by another name, number or LID.
    #[serde(rename = "conversation:changed")]
    ConversationChanged {
        /// The conversation.
        conversation_id: ConversationId,
        /// How many of its messages nobody has read yet.
        unread: i64,
        /// Whether it is put aside.
        archived: bool,
        /// The other side's name, or the group's subject.
        name: Option<String>,
        /// The other side's phone number, where it is one person and known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        phone_number: Option<String>,
        /// The same of the LID.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lid: Option<String>,
        /// By which people find it.
        labels: Vec<String>,
        /// When.
        at: DateTime<Utc>,
    },
    /// Two conversations turned out to be with one person: all of one stands in the
    /// other from now on.
    #[serde(rename = "conversation:merged")]
    ConversationMerged {
        /// The conversation that is gone.
        from: ConversationId,
        /// The conversation that has everything.
        into: ConversationId,
        /// When.
        at: DateTime<Utc>,
    },
    /// A person or a group of a conversation shows another picture from now on.
    #[serde(rename = "conversation:picture")]
    ConversationPicture {
        /// The conversation.
        conversation_id: ConversationId,
        /// WhatsApp's id of the picture; `null`: there is none any more.
        picture_id: Option<String>,
        /// When.
        at: DateTime<Utc>,
    },
    /// A bulk was accepted, paused, resumed, or ended.
    #[serde(rename = "bulk:status", rename_all = "camelCase")]
    BulkStatus {
        /// The bulk.
        bulk_id: BulkId,
        /// The session that sends it.
        session_id: SessionId,
        /// What it is now.
        status: BulkStatus,
        /// Why it ended before everybody was written to.
        reason: Option<String>,
        /// Since when.
        at: DateTime<Utc>,
        /// How far it is.
        progress: BulkProgress,
    },
    /// How far a bulk is, at most once a second. Pushed live only, with the
    /// number of the newest event in the ledger: it follows from those.
    #[serde(rename = "bulk:progress", rename_all = "camelCase")]
    BulkProgress {
        /// The bulk.
        bulk_id: BulkId,
        /// The session that sends it.
        session_id: SessionId,
        /// As of when.
        at: DateTime<Utc>,
        /// How far it is.
        progress: BulkProgress,
    },
    /// How far the history is that the phone sends when it is linked. Pushed live
    /// only, with the number of the newest event in the ledger.
    #[serde(rename = "history:progress", rename_all = "camelCase")]
    HistoryProgress {
        /// The session that takes it.
        session_id: SessionId,
        /// How far it is.
        progress: HistoryProgress,
    },
    /// The account was created.
    #[serde(rename = "account:created", rename_all = "camelCase")]
    AccountCreated {
        /// What it is called.
        label: String,
    },
    /// The account is called something else now.
    #[serde(rename = "account:renamed", rename_all = "camelCase")]
    AccountRenamed {
        /// What it is called.
        label: String,
    },
    /// A person or a program keeps the account's messages back.
    #[serde(rename = "account:queue_paused", rename_all = "camelCase")]
    QueuePaused {
        /// Since when.
        at: DateTime<Utc>,
        /// Who does.
        by: Option<By>,
    },
    /// They go on.
    #[serde(rename = "account:queue_resumed", rename_all = "camelCase")]
    QueueResumed {
        /// Who let them.
        by: Option<By>,
    },
    /// WhatsApp lets the account write to strangers no more until a time, or
    /// (`null`) again.
    #[serde(rename = "account:reach_out_timelock", rename_all = "camelCase")]
    ReachOutTimelock {
        /// From when to when.
        timelock: Option<ReachOutTimelock>,
    },
    /// The account was removed. Pushed live only: its ledger goes with it.
    #[serde(rename = "account:removed", rename_all = "camelCase")]
    AccountRemoved {},
}

/// The other side of a message. Whichever of number and LID is not known yet is
/// `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct To {
    /// Its phone number.
    pub phone_number: Option<String>,
    /// Its LID.
    pub lid: Option<String>,
    /// WhatsApp's address of the chat.
    pub jid: String,
}

impl From<&Recipient> for To {
    fn from(to: &Recipient) -> Self {
        Self {
            phone_number: to.phone_number.clone(),
            lid: to.lid.clone(),
            jid: to.jid.clone(),
        }
    }
}

/// What went wrong with a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionError {
    /// For programs.
    pub code: Reason,
    /// For people.
    pub message: String,
}

impl Event {
    /// Its name on Socket.IO and its `type` in the ledger.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Qr { .. } => "whatsapp:qr",
            Self::PairCode { .. } => "whatsapp:pair_code",
            Self::Passkey { .. } => "whatsapp:passkey",
            Self::Warning { .. } => "whatsapp:warning",
            Self::Status { .. } => "whatsapp:status",
            Self::Ready { .. } => "whatsapp:ready",
            Self::Disconnected { .. } => "whatsapp:disconnected",
            Self::Error { .. } => "whatsapp:error",
            Self::MessageStatus { .. } => "message:status",
            Self::MessageReceived(_) => "message:received",
            Self::MessageWaiting(_) => "message:waiting",
            Self::CallMissed(_) => "call:missed",
            Self::GroupChanged(_) => "group:changed",
            Self::MessageReaction { .. } => "message:reaction",
            Self::MessageEdited { .. } => "message:edited",
            Self::MessageDeleted { .. } => "message:deleted",
            Self::MessageVote { .. } => "message:vote",
            Self::MessageMedia { .. } => "message:media",
            Self::ConversationChanged { .. } => "conversation:changed",
            Self::ConversationMerged { .. } => "conversation:merged",
            Self::ConversationPicture { .. } => "conversation:picture",
            Self::BulkStatus { .. } => "bulk:status",
            Self::BulkProgress { .. } => "bulk:progress",
            Self::HistoryProgress { .. } => "history:progress",
            Self::AccountCreated { .. } => "account:created",
            Self::AccountRenamed { .. } => "account:renamed",
            Self::QueuePaused { .. } => "account:queue_paused",
            Self::QueueResumed { .. } => "account:queue_resumed",
            Self::ReachOutTimelock { .. } => "account:reach_out_timelock",
            Self::AccountRemoved {} => "account:removed",
        }
    }

    /// Whether the ledger has it; what it does not have is pushed live only.
    pub fn is_kept(&self) -> bool {
        !Self::LIVE_ONLY.contains(&self.name())
    }

    /// The names of those that are not in the ledger.
    pub const LIVE_ONLY: &[&str] = &["bulk:progress", "history:progress", "account:removed"];

    /// The same fact without what must not be kept.
    #[must_use]
    pub fn for_ledger(&self) -> Self {
        let mut kept = self.clone();
        match &mut kept {
            Self::Qr { qr: secret, .. } | Self::PairCode { code: secret, .. } => *secret = None,
            Self::Passkey { options, code, .. } => {
                *options = None;
                *code = None;
            }
            _ => {}
        }
        kept
    }
}

#[cfg(test)]
mod tests;
