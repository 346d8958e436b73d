//! What a session is (status) and the stable code that says why (reason).

use crate::ids::{AccountId, SessionId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A closed set of words: an enum whose JSON, database value and OpenAPI schema
/// are the codes that stand here.
macro_rules! codes {
    ($(#[doc = $doc:literal])* $name:ident { $($(#[doc = $item_doc:literal])* $item:ident = $code:literal),+ $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[doc = $item_doc])* #[serde(rename = $code)] $item),+
        }
        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$item),+];
            /// The stable code, as in JSON and in the database.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$item => $code),+ }
            }
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$item),)+ _ => None }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.code())
            }
        }
        #[cfg(feature = "openapi")]
        impl $name {
            /// What the code means, as the API's description says it.
            pub fn about(self) -> String {
                match self { $(Self::$item => $crate::openapi::text(&[$($item_doc),*])),+ }
            }
        }
        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $crate::openapi::codes(
                    &[$($doc),*],
                    &[$(($code, &[$($item_doc),*])),+],
                )
            }
        }
        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}
    };
}
pub(crate) use codes;

codes! {
    /// What the session is.
    Status {
        /// The link is being set up; no QR yet.
        Initializing = "initializing",
        /// A QR (or pairing code) waits for the phone.
        Qr = "qr",
        /// Linked; the connection is being made.
        Connecting = "connecting",
        /// Linked, connected, and WhatsApp answers.
        Ready = "ready",
        /// The connection was lost; it is being made again by itself.
        Reconnecting = "reconnecting",
        /// Not connected, and nothing is being tried.
        Disconnected = "disconnected",
        /// WhatsApp ended the link; only linking again helps.
        LoggedOut = "logged_out",
        /// Something only a person can mend.
        Error = "error",
    }
}

codes! {
    /// Why the session is what it is: a reason is not a state.
    Reason {
        /// Never linked yet.
        NotLinked = "not_linked",
        /// A person or a program asked for it.
        Requested = "requested",
        /// The codes ran out and nobody was looking.
        QrTimeout = "qr_timeout",
        /// The phone (or WhatsApp) removed this device.
        PhoneUnlinked = "phone_unlinked",
        /// Unlinked from here.
        Unlinked = "unlinked",
        /// Another process opened the same device.
        StreamReplaced = "stream_replaced",
        /// WhatsApp banned the number for a time.
        TemporaryBan = "temporary_ban",
        /// WhatsApp wants a newer client version.
        ClientOutdated = "client_outdated",
        /// WhatsApp closed the connection.
        ConnectionClosed = "connection_closed",
        /// WhatsApp answered that it is unavailable (500, 503).
        ServiceUnavailable = "service_unavailable",
        /// WhatsApp cannot be reached from here.
        Unreachable = "unreachable",
        /// The connection was open, but WhatsApp did not answer in time.
        KeepaliveTimeout = "keepalive_timeout",
        /// Pairing was refused or broke off.
        PairingFailed = "pairing_failed",
        /// WhatsApp asks for the person's passkey before it links the device.
        PasskeyRequired = "passkey_required",
        /// Another account of the same user has this number already.
        NumberInUse = "number_in_use",
        /// WhatsApp has locked the account (403).
        AccountLocked = "account_locked",
        /// The session's data on the volume cannot be read or written.
        StoreFailed = "store_failed",
        /// The session's data on the volume is damaged; it was set aside.
        StoreCorrupt = "store_corrupt",
        /// The volume has no space left.
        VolumeFull = "volume_full",
        /// The volume is read-only, or belongs to another user of the machine.
        VolumeNotWritable = "volume_not_writable",
        /// The server is stopping or has just started.
        ServerRestart = "server_restart",
        /// The connection is made anew, to give back what it keeps in memory.
        LinkRenewal = "link_renewal",
        /// WhatsApp refused the login for another reason.
        LoginRefused = "login_refused",
        /// Something went wrong inside the session; the log has more.
        Internal = "internal",
    }
}

codes! {
    /// What will go wrong unless somebody acts.
    WarningCode {
        /// The phone has not been seen for 12 days; WhatsApp unlinks after 14.
        PhoneNotSeen = "phone_not_seen",
    }
}

/// Something to do before it is too late, while everything still works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Warning {
    /// What will go wrong.
    pub code: WarningCode,
    /// Since when it has been so: for `phone_not_seen`, when the phone was last
    /// seen.
    pub since: DateTime<Utc>,
    /// When it will be too late.
    pub until: DateTime<Utc>,
}

codes! {
    /// What WhatsApp waits for, of a passkey.
    PasskeyStage {
        /// An assertion by the person's passkey: see `options`.
        Assertion = "assertion",
        /// The person's word that the phone shows the same `code`.
        Confirmation = "confirmation",
    }
}

/// The one view of a session: every endpoint, page and event shows this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionView {
    /// Names the session, and its folder on the volume.
    pub session_id: SessionId,
    /// The account whose session it is.
    pub account_id: AccountId,
    /// What the session is.
    pub status: Status,
    /// Why it is that.
    pub reason: Option<Reason>,
    /// More about the reason in English, for people; never needed by programs.
    pub detail: Option<String>,
    /// `+` and digits (E.164), once linked.
    pub phone_number: Option<String>,
    /// Its other name at WhatsApp, once linked: says nothing about the number.
    pub lid: Option<String>,
    /// Since when the status has been what it is.
    pub since: DateTime<Utc>,
    /// When the next attempt is made by itself, if one is.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// When the QR now shown stops working.
    pub qr_expires_at: Option<DateTime<Utc>>,
    /// What will go wrong unless somebody acts.
    pub warning: Option<Warning>,
}

/// What WhatsApp asks of the person's passkey now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasskeyView {
    /// Which step it is.
    pub stage: PasskeyStage,
    /// While `stage` is `assertion`: WebAuthn's `publicKey` request options as
    /// WhatsApp gave them, for `navigator.credentials.get` on web.whatsapp.com
    /// or an authenticator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub options: Option<serde_json::Value>,
    /// While `stage` is `confirmation`: the code that the phone shows too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// When WhatsApp stops waiting, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// The answer of the person's passkey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PasskeyAnswer {
    /// The `PublicKeyCredential` of the assertion, as `toJSON()` writes it.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub assertion: serde_json::Value,
}

/// A QR to show to the phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QrView {
    /// The text to draw as a QR.
    pub qr: String,
    /// When it stops working; the next one follows by itself while somebody looks.
    pub expires_at: DateTime<Utc>,
}

/// A code to type on the phone instead of scanning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PairCodeView {
    /// Eight letters and digits, as they are typed.
    pub code: String,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
}

/// How a session starts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StartSession {
    /// Close a live link first and connect anew.
    #[serde(default)]
    pub restart: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back() {
        for status in Status::ALL {
            assert_eq!(Status::from_code(status.code()), Some(*status));
            assert_eq!(
                serde_json::to_value(status).expect("serializes"),
                status.code()
            );
        }
        for reason in Reason::ALL {
            assert_eq!(Reason::from_code(reason.code()), Some(*reason));
        }
        for warning in WarningCode::ALL {
            assert_eq!(WarningCode::from_code(warning.code()), Some(*warning));
        }
        for stage in PasskeyStage::ALL {
            assert_eq!(PasskeyStage::from_code(stage.code()), Some(*stage));
        }
    }
}
