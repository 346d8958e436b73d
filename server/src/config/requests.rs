//! How many requests clients may make.

use super::{limits::limit, vars::Vars};
use std::num::NonZeroU32;

/// Limits against abuse, each a minute's; as many may come at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requests {
    /// `RATE_LIMITING_ENABLED`
    pub enabled: bool,
    /// `LIMIT_REQUESTS_PER_MINUTE`: of one API key, or one person.
    pub per_minute: NonZeroU32,
    /// `LIMIT_STRANGERS_PER_MINUTE`: of everybody at one address who is not
    /// known, signing in included.
    pub strangers_per_minute: NonZeroU32,
}

impl Requests {
    pub(super) fn read(vars: &mut Vars<'_>, enabled: bool) -> Self {
        let mut read = |variable, default| {
            NonZeroU32::new(limit(vars, variable, default)).expect("no limit is zero")
        };
        Self {
            enabled,
            // A thousand a second.
            per_minute: read("LIMIT_REQUESTS_PER_MINUTE", 60_000),
            strangers_per_minute: read("LIMIT_STRANGERS_PER_MINUTE", 600),
        }
    }
}
