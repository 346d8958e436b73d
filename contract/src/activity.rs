//! What happened to an account, as people read it, and how much of the time it
//! was connected.

use crate::session::{Reason, Status, codes};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

codes! {
    /// What an entry is about.
    ActivityKind {
        /// The session was something for a time.
        Session = "session",
        /// The phone accepted this device; logging in follows.
        Linked = "linked",
        /// The account was created.
        Created = "created",
        /// The account got another label.
        Renamed = "renamed",
    }
}

codes! {
    /// Who or what made it happen.
    Origin {
        /// A person, at the page.
        Person = "person",
        /// A program, with an API key.
        Key = "key",
        /// Somebody at the phone.
        Phone = "phone",
        /// WhatsApp.
        WhatsApp = "whatsapp",
        /// The server, by itself.
        Server = "server",
    }
}

/// By whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct By {
    /// Who or what it was.
    pub kind: Origin,
    /// The person's name, or the key's, as it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl By {
    /// One that has no name.
    pub const fn just(kind: Origin) -> Self {
        Self { kind, name: None }
    }

    pub const fn named(kind: Origin, name: String) -> Self {
        Self {
            kind,
            name: Some(name),
        }
    }
}

/// An entry of an account's activity. Attempts to connect again and codes that
/// follow one another are one entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActivityView {
    /// The number of the event in the account's ledger that began it.
    pub id: i64,
    /// What it is about.
    pub kind: ActivityKind,
    /// When it happened, or began.
    pub at: DateTime<Utc>,
    /// What the session was; `null` where the account itself changed.
    pub status: Option<Status>,
    /// Why the session was that.
    pub reason: Option<Reason>,
    /// More about the reason in English, for people.
    pub detail: Option<String>,
    /// The label, where the account was created or renamed.
    pub label: Option<String>,
    /// For how many seconds the session was that; `null` while it lasts, and
    /// where nothing lasts.
    pub lasted_s: Option<i64>,
    /// By whom; `null` for what happened before this was kept.
    pub by: Option<By>,
}

/// How much of some days an account was connected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UptimeView {
    /// One by one, oldest first; the last one is today, up to now.
    pub days: Vec<UptimeDay>,
    /// Which part of the linked time the session was ready, 0 to 1; `null`
    /// where there was none.
    pub ready_ratio: Option<f64>,
}

/// A day of the calendar at the offset that was asked for. Time before the
/// account was created counts as nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UptimeDay {
    /// The day of the calendar.
    pub date: NaiveDate,
    /// Seconds in which WhatsApp answered.
    pub ready_s: i64,
    /// Seconds in which the account was linked, and not ready.
    pub down_s: i64,
    /// Seconds in which no phone was linked.
    pub unlinked_s: i64,
}
