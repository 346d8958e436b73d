//! What a session is (status) and the stable code that says why (reason).

use crate::ids::{AccountId, SessionId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $code:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $name {
            $($(#[$item_doc])* #[serde(rename = $code)] $item),+
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
        /// The session's data on the volume cannot be read or written.
        StoreFailed = "store_failed",
        /// The server is stopping or has just started.
        ServerRestart = "server_restart",
        /// WhatsApp refused the login for another reason.
        LoginRefused = "login_refused",
        /// Something went wrong inside the session; the log has more.
        Internal = "internal",
    }
}

/// The one view of a session: every endpoint, page and event shows this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionView {
    pub session_id: SessionId,
    pub account_id: AccountId,
    pub status: Status,
    pub reason: Option<Reason>,
    /// More about the reason in English, for people; never needed by programs.
    pub detail: Option<String>,
    /// `+` and digits (E.164), once linked.
    pub phone_number: Option<String>,
    pub lid: Option<String>,
    /// Since when the status has been what it is.
    pub since: DateTime<Utc>,
    /// When the next attempt is made by itself, while `reconnecting`.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// When the QR now shown stops working.
    pub qr_expires_at: Option<DateTime<Utc>>,
}

/// A QR to show to the phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QrView {
    /// The text to draw as a QR.
    pub qr: String,
    pub expires_at: DateTime<Utc>,
}

/// A code to type on the phone instead of scanning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PairCodeView {
    pub code: String,
    pub expires_at: DateTime<Utc>,
}

/// `POST /api/accounts/{id}/session`
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
    }
}
