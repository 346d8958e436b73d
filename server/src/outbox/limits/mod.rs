//! How much may go out: rolling windows, counted inside the claim.

mod gauges;
pub mod routes;
mod store;

pub use store::{forget_send, forget_sends, keep_send, log_sends};

use super::model::Message;
use crate::{config::Limits, platform::db::Conn};
use chrono::TimeDelta;
use store::Scope;
use whahook_contract::{
    Timestamp,
    limits::{AppliedSettings, LimitName},
    message::WaitsFor,
};

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

/// One limit of a message.
struct Limit<'a> {
    name: LimitName,
    scope: Scope<'a>,
    limit: u32,
    window: TimeDelta,
    enabled: bool,
}

impl Limit<'_> {
    const fn waits_for(&self) -> WaitsFor {
        match self.name {
            LimitName::SessionPerMinute => WaitsFor::SessionLimit,
            LimitName::UserPerMinute => WaitsFor::UserLimit,
            LimitName::DestinationPerHour | LimitName::DestinationPerDay => {
                WaitsFor::DestinationLimit
            }
        }
    }
}

/// The limits of an account, and of one of its chats. That of all the accounts
/// of a person together is the server's alone.
const fn limits<'a>(
    account: Scope<'a>,
    user: Scope<'a>,
    chat: Scope<'a>,
    server: &Limits,
    own: &AppliedSettings,
) -> [Limit<'a>; 4] {
    let minute = TimeDelta::minutes(1);
    [
        Limit {
            name: LimitName::SessionPerMinute,
            scope: account,
            limit: own.session_per_minute,
            window: minute,
            enabled: own.limits_enabled,
        },
        Limit {
            name: LimitName::UserPerMinute,
            scope: user,
            limit: server.user_per_minute,
            window: minute,
            enabled: server.enabled,
        },
        Limit {
            name: LimitName::DestinationPerHour,
            scope: chat,
            limit: own.destination_per_hour,
            window: TimeDelta::hours(1),
            enabled: own.limits_enabled,
        },
        Limit {
            name: LimitName::DestinationPerDay,
            scope: chat,
            limit: own.destination_per_day,
            window: TimeDelta::days(1),
            enabled: own.limits_enabled,
        },
    ]
}

/// Whether a message may go now; `None`: it may. One that is sent again counts
/// like any other: what WhatsApp did not get of it before may come only now.
/// `going` are others of the account that go now and are not counted yet, for the
/// first time each.
///
/// # Errors
/// The database failed.
pub async fn check(
    conn: &mut Conn,
    server: &Limits,
    own: &AppliedSettings,
    message: &Message,
    going: &[Message],
    now: Timestamp,
) -> sqlx::Result<Option<Wait>> {
    let limits = limits(
        Scope::Account(message.account),
        Scope::User(message.user),
        Scope::Chat(message.account, &message.to.jid),
        server,
        own,
    );
    // Its own send is not in its way, unless a person sends it anew.
    let but = (message.attempts > 0).then_some(message.id);
    let mut longest: Option<Wait> = None;
    for limit in limits.iter().filter(|limit| limit.enabled) {
        let since = now - limit.window;
        let newest = match limit.scope {
            Scope::Account(_) | Scope::User(_) => going.len(),
            Scope::Chat(_, chat) => going.iter().filter(|it| it.to.jid == chat).count(),
        };
        let newest = u32::try_from(newest).unwrap_or(u32::MAX);
        let nth = if newest > 0 && newest >= limit.limit {
            Some(now)
        } else {
            let nth = limit.limit - newest;
            store::nth_newest(conn, limit.scope, but, since, nth).await?
        };
        let Some(at) = nth else { continue };
        let wait = Wait {
            until: at + limit.window,
            waits_for: limit.waits_for(),
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
    Ok(longest)
}
