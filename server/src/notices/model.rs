//! A loss, and what of it there is to tell. Pure.

use std::time::Duration;
use whahook_contract::{
    Timestamp,
    ids::AccountId,
    session::{Reason, Status},
    settings::Language,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Linked, and not ready: it may heal.
    Down,
    /// The phone is not linked any more.
    Unlinked,
}

impl Kind {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Unlinked => "unlinked",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "down" => Some(Self::Down),
            "unlinked" => Some(Self::Unlinked),
            _ => None,
        }
    }
}

/// What a mail says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Loss,
    Return,
}

impl What {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Return => "return",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "loss" => Some(Self::Loss),
            "return" => Some(Self::Return),
            _ => None,
        }
    }

    /// How much of the incident has been told with it.
    pub const fn told(self) -> Told {
        match self {
            Self::Loss => Told::Loss,
            Self::Return => Told::All,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    Nothing,
    Loss,
    All,
}

impl Told {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Loss => "loss",
            Self::All => "all",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "nothing" => Some(Self::Nothing),
            "loss" => Some(Self::Loss),
            "all" => Some(Self::All),
            _ => None,
        }
    }
}

/// An incident with what a mail about it needs to know.
#[derive(Debug, Clone)]
pub struct Incident {
    pub id: String,
    pub account: AccountId,
    pub kind: Kind,
    /// Why it began.
    pub reason: Option<Reason>,
    pub began_at: Timestamp,
    /// A server that was killed notices a loss when it is back.
    pub noticed_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub told: Told,
    /// A mail that an earlier process was handing over when it was killed.
    pub handing: Option<What>,
    pub attempts: i64,
    pub label: String,
    pub phone_number: Option<String>,
    /// What the session is now.
    pub status: Status,
    pub status_reason: Option<Reason>,
    pub next_attempt_at: Option<Timestamp>,
    pub owner: Owner,
}

#[derive(Debug, Clone)]
pub struct Owner {
    pub name: String,
    pub email: String,
    pub wants_mail: bool,
    pub language: Language,
}

/// The times that decide what is due.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    pub now: Timestamp,
    /// What was noticed by then, and still lasts, is told.
    pub lost_before: Timestamp,
    /// What was over by then is told to be over.
    pub back_before: Timestamp,
    pub grace: Duration,
}

/// What is over for longer than this is not worth a mail any more.
const NEWS_FOR: chrono::TimeDelta = chrono::TimeDelta::days(1);

impl Incident {
    /// The mail that is due; `None`: there is nothing to tell, now or later.
    pub fn due(&self, patience: &Patience) -> Option<What> {
        if !self.owner.wants_mail {
            return None;
        }
        let Some(ended_at) = self.ended_at else {
            return Some(What::Loss);
        };
        let grace = chrono::TimeDelta::from_std(patience.grace).unwrap_or(chrono::TimeDelta::MAX);
        let lasted = ended_at - self.noticed_at;
        // Over before anybody was to hear of it.
        let unheard = self.told == Told::Nothing && self.kind == Kind::Down && lasted < grace;
        let old = patience.now - ended_at > NEWS_FOR;
        // Lost again since: that is an incident of its own.
        let is_back = self.status == Status::Ready;
        (is_back && !unheard && !old).then_some(What::Return)
    }
}

/// How often a mail is tried: with the pauses of [`retry_pause`], a day.
pub const ATTEMPTS: i64 = 100;

/// Pause before attempt `attempt + 1` (the first is 1): 15 s doubling to 15 min.
pub fn retry_pause(attempt: i64) -> Duration {
    let doublings = u32::try_from(attempt.clamp(1, 7) - 1).unwrap_or_default();
    Duration::from_secs(15)
        .saturating_mul(1 << doublings)
        .min(Duration::from_secs(900))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::clock::from_ms;
    use uuid::Uuid;

    fn incident() -> Incident {
        Incident {
            id: "1".to_owned(),
            account: AccountId(Uuid::from_u128(1)),
            kind: Kind::Down,
            reason: Some(Reason::ConnectionClosed),
            began_at: from_ms(0),
            noticed_at: from_ms(0),
            ended_at: None,
            told: Told::Nothing,
            handing: None,
            attempts: 0,
            label: "Sales".to_owned(),
            phone_number: None,
            status: Status::Reconnecting,
            status_reason: Some(Reason::ConnectionClosed),
            next_attempt_at: None,
            owner: Owner {
                name: "Ana".to_owned(),
                email: "ana@example.com".to_owned(),
                wants_mail: true,
                language: Language::English,
            },
        }
    }

    fn at(seconds: i64) -> Patience {
        Patience {
            now: from_ms(seconds * 1_000),
            lost_before: from_ms(seconds * 1_000),
            back_before: from_ms(seconds * 1_000),
            grace: Duration::from_secs(300),
        }
    }

    #[test]
    fn what_was_over_within_the_grace_time_is_never_told() {
        let short = Incident {
            ended_at: Some(from_ms(299_000)),
            status: Status::Ready,
            ..incident()
        };
        assert_eq!(short.due(&at(1_000)), None);
        let unlinked = Incident {
            kind: Kind::Unlinked,
            ..short
        };
        assert_eq!(unlinked.due(&at(1_000)), Some(What::Return));
    }

    #[test]
    fn what_was_told_is_told_to_be_over() {
        assert_eq!(incident().due(&at(301)), Some(What::Loss));
        let over = Incident {
            told: Told::Loss,
            ended_at: Some(from_ms(400_000)),
            status: Status::Ready,
            ..incident()
        };
        assert_eq!(over.due(&at(500)), Some(What::Return));
        assert_eq!(over.due(&at(500 + 86_400)), None, "that is no news");
        let lost_again = Incident {
            status: Status::Reconnecting,
            ..over
        };
        assert_eq!(lost_again.due(&at(500)), None);
    }

    #[test]
    fn who_wants_no_mail_gets_none() {
        let mut incident = incident();
        incident.owner.wants_mail = false;
        assert_eq!(incident.due(&at(301)), None);
    }

    #[test]
    fn the_pause_between_attempts_doubles_to_a_quarter_of_an_hour() {
        let seconds: Vec<u64> = (1..=8).map(|n| retry_pause(n).as_secs()).collect();
        assert_eq!(seconds, [15, 30, 60, 120, 240, 480, 900, 900]);
    }
}
