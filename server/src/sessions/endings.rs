//! One table: how a link can end, what that means for the session, and what
//! happens next.

use std::time::Duration;
use whahook_contract::session::Reason;
use whahook_whatsapp::port::{Ending, StoreError};

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
    /// It heals by itself once the newest version is known: looked up at once,
    /// and if that was not new enough, after that long.
    Refresh { reason: Reason, wait: Duration },
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
        Ending::Outdated => Verdict::Refresh {
            reason: Reason::ClientOutdated,
            wait: OUTDATED_WAIT,
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
            reason: Reason::AccountLocked,
            detail: Some("WhatsApp answered 403".to_owned()),
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

/// What a failure of the session's store comes to.
#[derive(Debug, PartialEq, Eq)]
pub struct Broken {
    pub reason: Reason,
    /// What is there can never be read again: out of the way with it.
    pub set_aside: bool,
}

pub const fn broken(error: &StoreError) -> Broken {
    let (reason, set_aside) = match error {
        StoreError::Corrupt(_) => (Reason::StoreCorrupt, true),
        StoreError::Full(_) => (Reason::VolumeFull, false),
        StoreError::NotWritable(_) => (Reason::VolumeNotWritable, false),
        StoreError::Other(_) => (Reason::StoreFailed, false),
    };
    Broken { reason, set_aside }
}

#[cfg(test)]
mod tests {
    use super::*;
    use whahook_contract::{endings::Next, session::Status};

    fn every_ending() -> Vec<Ending> {
        let detail = || "words".to_owned();
        vec![
            Ending::Closed { detail: detail() },
            Ending::Unreachable { detail: detail() },
            Ending::ServiceUnavailable { code: 503 },
            Ending::QrExhausted,
            Ending::PairingFailed { detail: detail() },
            Ending::Unlinked,
            Ending::LoggedOut { code: 401 },
            Ending::LoggedOut { code: 403 },
            Ending::LoggedOut { code: 406 },
            Ending::Replaced,
            Ending::TemporaryBan {
                expires_in: Duration::from_secs(60),
                code: detail(),
            },
            Ending::Outdated,
            Ending::Refused { code: 409 },
        ]
    }

    #[test]
    fn what_is_done_after_an_ending_is_what_the_table_says_about_its_reason() {
        for ending in every_ending() {
            let (reason, status, heals) = match verdict(ending.clone()) {
                Verdict::Retry { reason, .. } | Verdict::Refresh { reason, .. } => {
                    (reason, Status::Reconnecting, true)
                }
                Verdict::CodesRanOut => (Reason::QrTimeout, Status::Disconnected, false),
                Verdict::Disconnected { reason, .. } => (reason, Status::Disconnected, false),
                Verdict::LoggedOut { reason, .. } => (reason, Status::LoggedOut, false),
                Verdict::Error { reason, .. } => (reason, Status::Error, false),
                other @ (Verdict::Asked | Verdict::Now) => panic!("{ending:?}: {other:?}"),
            };
            let meaning = reason.meaning();
            assert_eq!(meaning.status, status, "{ending:?}");
            assert_eq!(meaning.next != Next::Nothing, heals, "{ending:?}");
        }
    }

    #[test]
    fn a_store_that_fails_is_tried_again_unless_what_it_holds_is_damaged() {
        let text = || "words".to_owned();
        for error in [
            StoreError::Corrupt(text()),
            StoreError::Full(text()),
            StoreError::NotWritable(text()),
            StoreError::Other(text()),
        ] {
            let Broken { reason, set_aside } = broken(&error);
            let meaning = reason.meaning();
            assert_eq!(meaning.status, Status::Error, "{error}");
            assert_eq!(meaning.next == Next::Nothing, set_aside, "{error}");
        }
    }
}
