//! One table: how a link can end, what that means for the session, and what
//! happens next.

use std::time::Duration;
use whahook_contract::session::Reason;
use whahook_whatsapp::port::Ending;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It was closed from here: whoever asked knows why.
    Asked,
    /// Make the next link at once.
    Now,
    /// Nobody scanned.
    CodesRanOut,
    /// It heals by itself; not before that long, if given.
    Retry {
        reason: Reason,
        detail: Option<String>,
        not_before: Option<Duration>,
    },
    /// It stays off until somebody asks for it.
    Disconnected {
        reason: Reason,
        detail: Option<String>,
    },
    /// The device is gone at WhatsApp.
    LoggedOut {
        reason: Reason,
        detail: Option<String>,
    },
    /// It needs a person.
    Error {
        reason: Reason,
        detail: Option<String>,
    },
}

/// A newer version is known within minutes of its release.
const OUTDATED_WAIT: Duration = Duration::from_secs(60);

pub fn verdict(ending: Ending) -> Verdict {
    let retry = |reason, detail| Verdict::Retry {
        reason,
        detail,
        not_before: None,
    };
    match ending {
        Ending::Stopped => Verdict::Asked,
        Ending::Restart => Verdict::Now,
        Ending::QrExhausted => Verdict::CodesRanOut,
        Ending::Closed { detail } => retry(Reason::ConnectionClosed, Some(detail)),
        Ending::Unreachable { detail } => retry(Reason::Unreachable, Some(detail)),
        Ending::ServiceUnavailable { code } => retry(
            Reason::ServiceUnavailable,
            Some(format!("WhatsApp answered {code}")),
        ),
        Ending::Outdated => Verdict::Retry {
            reason: Reason::ClientOutdated,
            detail: None,
            not_before: Some(OUTDATED_WAIT),
        },
        Ending::TemporaryBan { expires_in, code } => Verdict::Retry {
            reason: Reason::TemporaryBan,
            detail: Some(code),
            not_before: Some(expires_in),
        },
        Ending::PairingFailed { detail } => Verdict::Disconnected {
            reason: Reason::PairingFailed,
            detail: Some(detail),
        },
        // Connecting again would throw the other one out, and so on for ever.
        Ending::Replaced => Verdict::Disconnected {
            reason: Reason::StreamReplaced,
            detail: None,
        },
        Ending::Unlinked => Verdict::LoggedOut {
            reason: Reason::PhoneUnlinked,
            detail: None,
        },
        Ending::LoggedOut { code: 403 } => Verdict::LoggedOut {
            reason: Reason::LoginRefused,
            detail: Some("WhatsApp has locked this account (403)".to_owned()),
        },
        Ending::LoggedOut { code } => Verdict::LoggedOut {
            reason: Reason::PhoneUnlinked,
            detail: Some(format!("WhatsApp answered {code}")),
        },
        Ending::Refused { code } => Verdict::Error {
            reason: Reason::LoginRefused,
            detail: Some(format!("WhatsApp answered {code}")),
        },
    }
}
