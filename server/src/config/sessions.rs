//! How many sessions there may be, and how many shake hands at a time.

use super::vars::Vars;
use crate::sessions::{Renewal, SessionLimits};
use std::thread::available_parallelism;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sessions {
    /// `MAX_HANDSHAKES`: handshakes with WhatsApp at a time.
    pub handshakes: usize,
    /// `MAX_SESSIONS_PER_USER` and `MAX_SESSIONS`; 0 is no limit.
    pub limits: SessionLimits,
    /// When links are renewed. Not a setting: tests have no two minutes.
    pub renewal: Renewal,
}

/// A handshake mostly waits for WhatsApp: this many keep a core busy.
const HANDSHAKES_A_CORE: usize = 16;
const HANDSHAKES_AT_MOST: usize = 64;
/// What a machine of 1 GB holds, with room to spare.
const SESSIONS: u32 = 2_000;

impl Sessions {
    pub(super) fn read(vars: &mut Vars<'_>) -> Self {
        let handshakes = vars.parse("MAX_HANDSHAKES", |text| match text.parse() {
            Ok(count @ 1..=1_000) => Ok(count),
            _ => Err(format!("must be a number from 1 to 1000, not `{text}`")),
        });
        Self {
            handshakes: handshakes.unwrap_or_else(|| {
                let cores = available_parallelism().map_or(1, Into::into);
                (HANDSHAKES_A_CORE * cores).min(HANDSHAKES_AT_MOST)
            }),
            limits: SessionLimits {
                per_user: sessions(vars, "MAX_SESSIONS_PER_USER").unwrap_or_default(),
                all: sessions(vars, "MAX_SESSIONS").unwrap_or(SESSIONS),
            },
            renewal: Renewal::default(),
        }
    }
}

fn sessions(vars: &mut Vars<'_>, variable: &'static str) -> Option<u32> {
    vars.parse(variable, |text| match text.parse() {
        Ok(count @ 0..=1_000_000) => Ok(count),
        _ => Err(format!(
            "must be a number of sessions, or 0 for no limit, not `{text}`"
        )),
    })
}
