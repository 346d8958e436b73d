//! What is on show while a session waits for the phone.

use crate::events::Recorded;
use std::sync::Arc;
use whahook_contract::{
    Timestamp,
    session::{PairCodeView, PasskeyView, QrView, Reason, Status},
};

/// What the rest of the server may see of a running session besides its state
/// in the database: codes are secrets and are kept in memory only.
#[derive(Debug, Clone)]
pub struct OnShow {
    pub status: Status,
    pub reason: Option<Reason>,
    pub qr: Option<Shown<QrView>>,
    pub pair_code: Option<Shown<PairCodeView>>,
    pub passkey: Option<Shown<PasskeyView>>,
}

/// Something on show.
#[derive(Debug, Clone)]
pub struct Shown<T> {
    pub view: T,
    /// The event that announced it, for a client that joins late.
    pub event: Option<Arc<Recorded>>,
}

/// Where a view of its kind is shown.
pub type Place<T> = fn(&mut OnShow) -> &mut Option<Shown<T>>;

impl OnShow {
    #[must_use]
    pub const fn nothing(status: Status, reason: Option<Reason>) -> Self {
        Self {
            status,
            reason,
            qr: None,
            pair_code: None,
            passkey: None,
        }
    }

    /// The events that announced what is on show, oldest first.
    #[must_use]
    pub fn events(&self) -> Vec<Arc<Recorded>> {
        let mut events: Vec<_> = [
            self.qr.as_ref().and_then(|shown| shown.event.clone()),
            self.pair_code
                .as_ref()
                .and_then(|shown| shown.event.clone()),
            self.passkey.as_ref().and_then(|shown| shown.event.clone()),
        ]
        .into_iter()
        .flatten()
        .collect();
        events.sort_by_key(|recorded| recorded.event.seq);
        events
    }
}

/// How long one look at a code counts. The page looks again while its dialog is
/// open, an API client by asking for the code.
const LOOK_LASTS: chrono::TimeDelta = chrono::TimeDelta::seconds(180);

/// Whether somebody is looking at the codes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look(Option<Timestamp>);

impl Look {
    pub const fn at(now: Timestamp) -> Self {
        Self(Some(now))
    }

    #[must_use]
    pub fn lasts(self, now: Timestamp) -> bool {
        self.0.is_some_and(|at| now - at < LOOK_LASTS)
    }
}
