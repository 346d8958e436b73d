//! The code on show while a session waits for the phone.

use crate::events::Recorded;
use std::sync::Arc;
use whahook_contract::{Timestamp, session::QrView};

/// What the rest of the server may see of a running session besides its state
/// in the database: the code is a secret and is kept in memory only.
#[derive(Debug, Clone, Default)]
pub struct OnShow {
    pub qr: Option<QrView>,
    /// The event that announced it, for a client that joins late.
    pub event: Option<Arc<Recorded>>,
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
