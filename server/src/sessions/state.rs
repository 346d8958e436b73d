//! The state of a session, and the one function that moves it on. Pure: what
//! follows from a transition is told as a [`Next`] and done by the actor.

use super::endings::{Verdict, broken, verdict};
use crate::platform::clock::later;
use std::time::Duration;
use whahook_contract::{
    Timestamp,
    session::{Reason, Status},
};
use whahook_whatsapp::port::{Ending, StoreError};

/// What a session is, and what that state needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Not connected, nothing is being tried.
    Disconnected {
        reason: Reason,
        detail: Option<String>,
    },
    /// A link without an identity is being made.
    Initializing,
    /// A code waits for the phone.
    Qr {
        expires_at: Timestamp,
    },
    /// WhatsApp asks for a passkey before it links the device. Codes go on, for
    /// linking another way; `detail` says what went wrong with the passkey.
    Passkey {
        detail: Option<String>,
    },
    /// A link with an identity is being made.
    Connecting {
        reason: Option<Reason>,
    },
    Ready,
    /// The link was lost; the next one is made at that time.
    Reconnecting {
        reason: Reason,
        detail: Option<String>,
        at: Timestamp,
    },
    /// WhatsApp ended it; only linking again helps.
    LoggedOut {
        reason: Reason,
        detail: Option<String>,
    },
    /// Something is broken; where it may heal by itself, that is tried then.
    Error {
        reason: Reason,
        detail: Option<String>,
        retry_at: Option<Timestamp>,
    },
}

/// What can happen to a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A person, a program or the start of the server wants it connected.
    Start {
        linked: bool,
        reason: Option<Reason>,
    },
    /// A code to show.
    Code { expires_at: Timestamp },
    /// WhatsApp asks for a passkey.
    PasskeyAsked,
    /// The passkey did not do.
    PasskeyFailed { detail: String },
    /// The phone accepted this device.
    Paired,
    /// Logged in and in sync.
    Connected,
    /// The link ended.
    Ended {
        ending: Ending,
        looking: bool,
        linked: bool,
    },
    /// WhatsApp no longer answers.
    Silent,
    /// The link keeps much in memory, and has nothing to do.
    Renew,
    /// It is time for the next attempt.
    RetryDue { linked: bool },
    /// The store on the volume failed.
    StoreFailed { error: StoreError },
    /// Unlinked from here, for this reason.
    Unlinked {
        reason: Reason,
        detail: Option<String>,
    },
}

/// What the actor does after a transition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    Nothing,
    /// Make a link.
    Connect,
    /// The device is no longer linked: set its data aside.
    SetAside,
    /// Close what is left of the link; the retry follows by itself.
    Close,
    /// Close the link and make another at once, on the same device.
    Renew,
}

/// How the next attempt is timed: given by the actor, so that this stays pure.
pub struct Timing {
    pub now: Timestamp,
    /// Delay before the next attempt after an ordinary loss.
    pub backoff: Duration,
}

impl Timing {
    fn after(&self, delay: Duration) -> Timestamp {
        later(self.now, delay)
    }
}

const fn begin(linked: bool, reason: Option<Reason>) -> State {
    if linked {
        State::Connecting { reason }
    } else {
        State::Initializing
    }
}

impl State {
    #[must_use]
    pub fn apply(self, input: Input, timing: &Timing) -> (Self, Next) {
        match (self, input) {
            // Asking for what is already happening changes nothing.
            (
                state @ (Self::Ready
                | Self::Qr { .. }
                | Self::Passkey { .. }
                | Self::Initializing
                | Self::Connecting { .. }),
                Input::Start { .. } | Input::RetryDue { .. },
            ) => (state, Next::Nothing),
            (_, Input::Start { linked, reason }) => (begin(linked, reason), Next::Connect),
            (
                Self::Reconnecting { reason, .. }
                | Self::Error {
                    reason,
                    retry_at: Some(_),
                    ..
                },
                Input::RetryDue { linked },
            ) => (begin(linked, Some(reason)), Next::Connect),
            (state, Input::RetryDue { .. }) => (state, Next::Nothing),

            (state @ Self::Passkey { .. }, Input::Code { .. }) => (state, Next::Nothing),
            (_, Input::Code { expires_at }) => (Self::Qr { expires_at }, Next::Nothing),
            (_, Input::PasskeyAsked) => (Self::Passkey { detail: None }, Next::Nothing),
            (Self::Passkey { .. }, Input::PasskeyFailed { detail }) => (
                Self::Passkey {
                    detail: Some(detail),
                },
                Next::Nothing,
            ),
            (state, Input::PasskeyFailed { .. }) => (state, Next::Nothing),
            (_, Input::Paired) => (Self::Connecting { reason: None }, Next::Nothing),
            (_, Input::Connected) => (Self::Ready, Next::Nothing),

            (_, Input::Silent) => (
                Self::Reconnecting {
                    reason: Reason::KeepaliveTimeout,
                    detail: None,
                    at: timing.after(timing.backoff),
                },
                Next::Close,
            ),
            (Self::Ready, Input::Renew) => {
                let reason = Some(Reason::LinkRenewal);
                (Self::Connecting { reason }, Next::Renew)
            }
            (state, Input::Renew) => (state, Next::Nothing),
            (_, Input::StoreFailed { error }) => {
                let broken = broken(&error);
                let retry_at = (!broken.set_aside).then(|| timing.after(timing.backoff));
                let next = if broken.set_aside {
                    Next::SetAside
                } else {
                    Next::Close
                };
                let state = Self::Error {
                    reason: broken.reason,
                    detail: Some(error.to_string()),
                    retry_at,
                };
                (state, next)
            }
            (_, Input::Unlinked { reason, detail }) => {
                (Self::Disconnected { reason, detail }, Next::SetAside)
            }

            (
                state,
                Input::Ended {
                    ending,
                    looking,
                    linked,
                },
            ) => state.ended(ending, looking, linked, timing),
        }
    }

    fn ended(self, ending: Ending, looking: bool, linked: bool, timing: &Timing) -> (Self, Next) {
        match verdict(ending) {
            // The loss was already known, and the next attempt is timed.
            Verdict::Retry { .. } | Verdict::Refresh { .. } if self.next_attempt_at().is_some() => {
                (self, Next::Nothing)
            }
            Verdict::Asked => (self, Next::Nothing),
            Verdict::Now => (begin(linked, None), Next::Connect),
            // What WhatsApp asked of the old link it does not ask of the new.
            Verdict::CodesRanOut if looking && matches!(self, Self::Passkey { .. }) => {
                (Self::Initializing, Next::Connect)
            }
            Verdict::CodesRanOut if looking => (self, Next::Connect),
            Verdict::CodesRanOut => (
                Self::Disconnected {
                    reason: Reason::QrTimeout,
                    detail: None,
                },
                Next::Nothing,
            ),
            Verdict::Retry {
                reason,
                detail,
                not_before,
            } => {
                let delay = not_before.map_or(timing.backoff, |wait| wait.max(timing.backoff));
                let at = timing.after(delay);
                (Self::Reconnecting { reason, detail, at }, Next::Nothing)
            }
            Verdict::Refresh { reason, wait } => {
                // The newest version there is was looked up for this attempt.
                let again = self.reason() == Some(reason);
                let delay = if again { wait } else { timing.backoff };
                let state = Self::Reconnecting {
                    reason,
                    detail: None,
                    at: timing.after(delay),
                };
                (state, Next::Nothing)
            }
            Verdict::Disconnected { reason, detail } => {
                (Self::Disconnected { reason, detail }, Next::Nothing)
            }
            Verdict::LoggedOut { reason, detail } => {
                (Self::LoggedOut { reason, detail }, Next::SetAside)
            }
            Verdict::Error { reason, detail } => {
                let state = Self::Error {
                    reason,
                    detail,
                    retry_at: None,
                };
                (state, Next::Nothing)
            }
        }
    }

    #[must_use]
    pub const fn status(&self) -> Status {
        match self {
            Self::Disconnected { .. } => Status::Disconnected,
            Self::Initializing => Status::Initializing,
            Self::Qr { .. } | Self::Passkey { .. } => Status::Qr,
            Self::Connecting { .. } => Status::Connecting,
            Self::Ready => Status::Ready,
            Self::Reconnecting { .. } => Status::Reconnecting,
            Self::LoggedOut { .. } => Status::LoggedOut,
            Self::Error { .. } => Status::Error,
        }
    }

    #[must_use]
    pub const fn reason(&self) -> Option<Reason> {
        match self {
            Self::Disconnected { reason, .. }
            | Self::Reconnecting { reason, .. }
            | Self::LoggedOut { reason, .. }
            | Self::Error { reason, .. } => Some(*reason),
            Self::Connecting { reason } => *reason,
            Self::Passkey { .. } => Some(Reason::PasskeyRequired),
            Self::Initializing | Self::Qr { .. } | Self::Ready => None,
        }
    }

    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::Disconnected { detail, .. }
            | Self::Reconnecting { detail, .. }
            | Self::LoggedOut { detail, .. }
            | Self::Passkey { detail }
            | Self::Error { detail, .. } => detail.as_deref(),
            Self::Initializing | Self::Qr { .. } | Self::Connecting { .. } | Self::Ready => None,
        }
    }

    /// Whether people and programs see no difference.
    #[must_use]
    pub fn looks_like(&self, other: &Self) -> bool {
        self.status() == other.status()
            && self.reason() == other.reason()
            && self.detail() == other.detail()
            && self.next_attempt_at() == other.next_attempt_at()
    }

    /// Whether it waits for what another session's login shows to be over: an
    /// outage of WhatsApp, or of the line to it.
    #[must_use]
    pub const fn waits_out_an_outage(&self) -> bool {
        matches!(
            self,
            Self::Reconnecting {
                reason: Reason::ConnectionClosed
                    | Reason::ServiceUnavailable
                    | Reason::Unreachable
                    | Reason::KeepaliveTimeout,
                ..
            }
        )
    }

    /// When the next attempt is made by itself.
    #[must_use]
    pub const fn next_attempt_at(&self) -> Option<Timestamp> {
        match self {
            Self::Reconnecting { at, .. } => Some(*at),
            Self::Error { retry_at, .. } => *retry_at,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
