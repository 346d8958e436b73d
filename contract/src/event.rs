//! Events: the ledger's, and the same facts as Socket.IO sends them.

use crate::{
    Timestamp,
    account::ReachOutTimelock,
    activity::By,
    bulk::{BulkProgress, BulkStatus},
    ids::{AccountId, BulkId, MessageId, SessionId},
    message::{MessageStatus, Recipient},
    session::{PasskeyStage, Reason, Status, Warning},
};
use serde::{Deserialize, Serialize};

/// Commands that a client sends over Socket.IO; each is acknowledged.
pub mod command {
    use super::{AccountId, Deserialize, Serialize, SessionId};

    pub const CREATE: &str = "whatsapp:create";
    pub const DESTROY: &str = "whatsapp:destroy";
    pub const EVENTS_SINCE: &str = "events:since";

    /// `whatsapp:create`: start linking or reconnect.
    #[derive(Debug, Clone, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Create {
        pub account_id: AccountId,
        /// Asks for a code to type on the phone of this number as well.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub phone_number: Option<String>,
    }

    /// `whatsapp:destroy`: unlink at WhatsApp and delete the session's data.
    #[derive(Debug, Clone, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Destroy {
        pub session_id: SessionId,
    }

    /// `events:since`: the events after a number.
    #[derive(Debug, Clone, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct EventsSince {
        pub account_id: AccountId,
        pub after: i64,
    }
}

/// A fact about an account. The tag is the event's name on Socket.IO and its
/// `type` in the ledger; the content is the payload of both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    /// The text of the QR is pushed live and not kept in the ledger: it holds
    /// a secret of the device that is being linked.
    #[serde(rename = "whatsapp:qr", rename_all = "camelCase")]
    Qr {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        qr: Option<String>,
        session_id: SessionId,
        expires_at: Timestamp,
    },
    /// As with `whatsapp:qr`, the code itself is not kept.
    #[serde(rename = "whatsapp:pair_code", rename_all = "camelCase")]
    PairCode {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        session_id: SessionId,
        expires_at: Timestamp,
    },
    /// WhatsApp asks for the person's passkey. As with `whatsapp:qr`, options
    /// and code are not kept.
    #[serde(rename = "whatsapp:passkey", rename_all = "camelCase")]
    Passkey {
        session_id: SessionId,
        stage: PasskeyStage,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        options: Option<serde_json::Value>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
    },
    /// A warning begins, or (`null`) is over.
    #[serde(rename = "whatsapp:warning", rename_all = "camelCase")]
    Warning {
        session_id: SessionId,
        warning: Option<Warning>,
    },
    #[serde(rename = "whatsapp:status", rename_all = "camelCase")]
    Status {
        session_id: SessionId,
        status: Status,
        reason: Option<Reason>,
        /// More about the reason in English, for people.
        detail: Option<String>,
        since: Timestamp,
        next_attempt_at: Option<Timestamp>,
    },
    #[serde(rename = "whatsapp:ready", rename_all = "camelCase")]
    Ready {
        session_id: SessionId,
        phone_number: Option<String>,
        lid: Option<String>,
        push_name: Option<String>,
    },
    #[serde(rename = "whatsapp:disconnected", rename_all = "camelCase")]
    Disconnected {
        session_id: SessionId,
        reason: Option<Reason>,
    },
    #[serde(rename = "whatsapp:error", rename_all = "camelCase")]
    Error {
        session_id: SessionId,
        error: SessionError,
    },
    #[serde(rename = "message:status", rename_all = "camelCase")]
    MessageStatus {
        message_id: MessageId,
        whatsapp_message_id: String,
        session_id: SessionId,
        status: MessageStatus,
        at: Timestamp,
        detail: Option<String>,
        /// Absent in events of before it was told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<To>,
    },
    /// A bulk was accepted, paused, resumed, or ended.
    #[serde(rename = "bulk:status", rename_all = "camelCase")]
    BulkStatus {
        bulk_id: BulkId,
        session_id: SessionId,
        status: BulkStatus,
        /// Why it ended before everybody was written to.
        reason: Option<String>,
        at: Timestamp,
        progress: BulkProgress,
    },
    /// How far a bulk is, at most once a second. Pushed live only, with the
    /// number of the newest event in the ledger: it follows from those.
    #[serde(rename = "bulk:progress", rename_all = "camelCase")]
    BulkProgress {
        bulk_id: BulkId,
        session_id: SessionId,
        at: Timestamp,
        progress: BulkProgress,
    },
    #[serde(rename = "account:created", rename_all = "camelCase")]
    AccountCreated { label: String },
    #[serde(rename = "account:renamed", rename_all = "camelCase")]
    AccountRenamed { label: String },
    /// A person or a program keeps the account's messages back.
    #[serde(rename = "account:queue_paused", rename_all = "camelCase")]
    QueuePaused { at: Timestamp, by: Option<By> },
    /// They go on.
    #[serde(rename = "account:queue_resumed", rename_all = "camelCase")]
    QueueResumed { by: Option<By> },
    /// WhatsApp lets the account write to strangers no more until a time, or
    /// (`null`) again.
    #[serde(rename = "account:reach_out_timelock", rename_all = "camelCase")]
    ReachOutTimelock { timelock: Option<ReachOutTimelock> },
    /// Pushed live only: the ledger of a removed account goes with it.
    #[serde(rename = "account:removed", rename_all = "camelCase")]
    AccountRemoved {},
}

/// The other side of a message. Whichever of number and LID is not known yet is
/// `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct To {
    pub phone_number: Option<String>,
    pub lid: Option<String>,
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

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionError {
    pub code: Reason,
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
            Self::BulkStatus { .. } => "bulk:status",
            Self::BulkProgress { .. } => "bulk:progress",
            Self::AccountCreated { .. } => "account:created",
            Self::AccountRenamed { .. } => "account:renamed",
            Self::QueuePaused { .. } => "account:queue_paused",
            Self::QueueResumed { .. } => "account:queue_resumed",
            Self::ReachOutTimelock { .. } => "account:reach_out_timelock",
            Self::AccountRemoved {} => "account:removed",
        }
    }

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

/// An event as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEvent {
    /// Its number within the account: 1, 2, 3, … without gaps.
    pub seq: i64,
    pub account_id: AccountId,
    pub at: Timestamp,
    #[serde(flatten)]
    pub event: Event,
}

/// The payload of a server event on Socket.IO: the event's data, with the
/// account and its number in the account's ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pushed {
    pub seq: i64,
    pub account_id: AccountId,
    #[serde(flatten)]
    pub data: serde_json::Map<String, serde_json::Value>,
}

impl Pushed {
    /// # Errors
    /// Fails only if the event does not serialize to an object, which would be
    /// a mistake in this crate.
    pub fn new(seq: i64, account_id: AccountId, event: &Event) -> serde_json::Result<Self> {
        let data = match serde_json::to_value(event)? {
            serde_json::Value::Object(mut object) => object.remove("data"),
            _ => None,
        };
        Ok(Self {
            seq,
            account_id,
            data: match data {
                Some(serde_json::Value::Object(data)) => data,
                _ => serde_json::Map::new(),
            },
        })
    }

    /// The event again, as a client reads it.
    ///
    /// # Errors
    /// The payload does not fit the event's name.
    pub fn event(self, name: &str) -> serde_json::Result<Event> {
        serde_json::from_value(serde_json::json!({ "type": name, "data": self.data }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::UserId;
    use uuid::Uuid;

    fn session() -> SessionId {
        SessionId::new(UserId(Uuid::from_u128(1)), AccountId(Uuid::from_u128(2)))
    }

    #[test]
    fn a_pushed_qr_has_the_fields_of_the_contract_and_reads_back() {
        let event = Event::Qr {
            qr: Some("2@a,b".into()),
            session_id: session(),
            expires_at: Timestamp::UNIX_EPOCH,
        };
        let pushed = Pushed::new(4, session().account, &event).expect("serializes");
        let json = serde_json::to_value(&pushed).expect("serializes");
        assert_eq!(json["qr"], "2@a,b");
        assert_eq!(json["seq"], 4);
        assert_eq!(json["sessionId"], session().to_string());
        assert_eq!(json["expiresAt"], "1970-01-01T00:00:00Z");
        let back: Pushed = serde_json::from_value(json).expect("reads back");
        assert_eq!(back.event("whatsapp:qr").expect("fits"), event);
    }

    #[test]
    fn the_ledger_never_keeps_the_text_of_a_qr() {
        let event = Event::Qr {
            qr: Some("secret".into()),
            session_id: session(),
            expires_at: Timestamp::UNIX_EPOCH,
        };
        let kept = serde_json::to_string(&event.for_ledger()).expect("serializes");
        assert!(!kept.contains("secret"), "{kept}");
    }

    #[test]
    fn a_ledger_event_has_its_name_as_type_and_its_payload_as_data() {
        let event = LedgerEvent {
            seq: 1,
            account_id: session().account,
            at: Timestamp::UNIX_EPOCH,
            event: Event::Disconnected {
                session_id: session(),
                reason: Some(Reason::PhoneUnlinked),
            },
        };
        let json = serde_json::to_value(&event).expect("serializes");
        assert_eq!(json["type"], event.event.name());
        assert_eq!(json["data"]["reason"], "phone_unlinked");
    }
}
