//! How much may go out: rolling windows, counted inside the claim.

mod store;

pub use store::{forget_sends, log_send};

use super::model::Message;
use crate::{config::Limits, platform::db::Conn};
use chrono::TimeDelta;
use store::Scope;
use whahook_contract::{Timestamp, message::WaitsFor};

/// A message has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    pub until: Timestamp,
    pub waits_for: WaitsFor,
}

impl Wait {
    /// Whether only this chat waits, and others may go on.
    pub fn is_for_chat(&self) -> bool {
        self.waits_for == WaitsFor::DestinationLimit
    }
}

/// Whether a message may go now; `None`: it may.
///
/// # Errors
/// The database failed.
pub async fn check(
    conn: &mut Conn,
    limits: &Limits,
    message: &Message,
    now: Timestamp,
) -> sqlx::Result<Option<Wait>> {
    // An attempt was counted already; the next one is the same message.
    if !limits.enabled || message.attempts > 0 {
        return Ok(None);
    }
    let chat = Scope::Chat(message.account, &message.to.jid);
    let windows = [
        (
            Scope::Account(message.account),
            limits.session_per_minute,
            TimeDelta::minutes(1),
            WaitsFor::SessionLimit,
        ),
        (
            Scope::User(message.user),
            limits.user_per_minute,
            TimeDelta::minutes(1),
            WaitsFor::UserLimit,
        ),
        (
            chat,
            limits.destination_per_hour,
            TimeDelta::hours(1),
            WaitsFor::DestinationLimit,
        ),
        (
            chat,
            limits.destination_per_day,
            TimeDelta::days(1),
            WaitsFor::DestinationLimit,
        ),
    ];
    let mut longest: Option<Wait> = None;
    for (scope, limit, window, waits_for) in windows {
        if let Some(at) = store::nth_newest(conn, scope, now - window, limit).await? {
            let wait = Wait {
                until: at + window,
                waits_for,
            };
            // A chat that must wait is put aside first: it must not hold up
            // the others behind the session's own limit.
            let replaces =
                longest.is_none_or(|other| match (wait.is_for_chat(), other.is_for_chat()) {
                    (true, false) => true,
                    (false, true) => false,
                    _ => wait.until > other.until,
                });
            if replaces {
                longest = Some(wait);
            }
        }
    }
    Ok(longest)
}
