//! A webhook, and when to try again. Pure.

use crate::platform::clock::later;
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;
use whahook_contract::{
    Timestamp,
    event::To,
    ids::{AccountId, DeliveryId, UserId, WebhookId},
    webhook::{WebhookState, WebhookView},
};

/// How long an event is tried; and how long nothing may arrive before a webhook
/// is turned off.
pub const TRIED_FOR: Duration = Duration::from_secs(86_400);
/// So many attempts in a row may fail before the webhook as a whole waits.
const BEARABLE: i64 = 10;
/// Attempts at a time: of one that works, and of one that waits as a whole.
const AT_ONCE: usize = 8;
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);
const LONGEST_REST: Duration = Duration::from_secs(300);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    pub id: WebhookId,
    pub user_id: UserId,
    pub url: String,
    pub label: Option<String>,
    /// `None`: all.
    pub events: Option<Vec<String>>,
    /// `None`: all of its owner's.
    pub account_ids: Option<Vec<AccountId>>,
    pub header_names: Vec<String>,
    pub sealed: Sealed,
    pub previous_until: Option<Timestamp>,
    pub enabled: bool,
    /// What it answers to a message is sent to the chat.
    pub replies: bool,
    pub created_at: Timestamp,
    pub health: Health,
}

/// Its secrets, as the database keeps them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    pub headers: Option<String>,
    pub secret: String,
    pub previous: Option<String>,
}

/// How its deliveries go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// When the server turned it off.
    pub dead_at: Option<Timestamp>,
    pub problem: Option<String>,
    pub failing_since: Option<Timestamp>,
    /// Attempts in a row that failed.
    pub failures: i64,
    /// Nothing is sent earlier.
    pub not_before: Option<Timestamp>,
    pub last_success_at: Option<Timestamp>,
}

impl Health {
    pub fn succeeded(&mut self, now: Timestamp) {
        *self = Self {
            dead_at: self.dead_at,
            last_success_at: Some(now),
            ..Self::default()
        };
    }

    /// `jitter` is from 0 to 1.
    pub fn failed(&mut self, problem: String, now: Timestamp, jitter: f64) {
        self.problem = Some(problem);
        self.failing_since.get_or_insert(now);
        self.failures += 1;
        let over = self.failures - BEARABLE;
        self.not_before = (over >= 0).then(|| {
            let rest = doubled(Duration::from_secs(2), over + 1, LONGEST_REST);
            later(now, jittered(rest, jitter))
        });
    }

    /// Nothing has arrived for a day.
    pub fn is_beyond_hope(&self, now: Timestamp) -> bool {
        self.failing_since
            .is_some_and(|since| later(since, TRIED_FOR) <= now)
    }

    pub fn rests_at(&self, now: Timestamp) -> bool {
        self.not_before.is_some_and(|at| at > now)
    }

    /// How many attempts may be under way.
    pub const fn at_once(&self) -> usize {
        if self.failures >= BEARABLE {
            1
        } else {
            AT_ONCE
        }
    }
}

impl Webhook {
    /// `waiting`: how many deliveries of it are to be sent.
    pub fn view(&self, waiting: i64, now: Timestamp) -> WebhookView {
        let health = &self.health;
        let state = match (self.enabled, health.dead_at, health.failures) {
            (true, _, 0) => WebhookState::Active,
            (true, ..) => WebhookState::Failing,
            (false, Some(_), _) => WebhookState::Dead,
            (false, None, _) => WebhookState::Off,
        };
        WebhookView {
            id: self.id,
            url: self.url.clone(),
            label: self.label.clone(),
            events: self.events.clone(),
            account_ids: self.account_ids.clone(),
            header_names: self.header_names.clone(),
            enabled: self.enabled,
            replies: self.replies,
            state,
            failing_since: health.failing_since,
            problem: health.problem.clone(),
            waiting,
            last_success_at: health.last_success_at,
            previous_secret_until: self.previous_until.filter(|until| *until > now),
            created_at: self.created_at,
        }
    }

    pub fn covers(&self, account: AccountId) -> bool {
        self.account_ids
            .as_ref()
            .is_none_or(|accounts| accounts.contains(&account))
    }
}

/// The header `webhook-id`: the same however often an event is sent.
pub fn message_id(account: AccountId, seq: i64) -> String {
    format!("evt_{account}_{seq}")
}

pub fn test_id(id: DeliveryId) -> String {
    format!("test_{id}")
}

/// What an event is about; what is about one keeps its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// By its id; and another that is part of it from now on.
    Conversation(String, Option<String>),
    /// Whom a message is for, who may have no conversation yet.
    Chat(To),
    Account,
}

pub fn about(data: &Value) -> About {
    let text = |name: &str| data[name].as_str().map(str::to_owned);
    if let Some(conversation) = text("conversation_id") {
        return About::Conversation(conversation, None);
    }
    if let (Some(from), Some(into)) = (text("from"), text("into")) {
        return About::Conversation(into, Some(from));
    }
    match To::deserialize(&data["to"]) {
        Ok(to) => About::Chat(to),
        Err(_) => About::Account,
    }
}

pub fn lane(account: AccountId, chat: &str) -> String {
    format!("{account}/{chat}")
}

/// Pause after attempt `attempt` (the first is 1): 1 s doubling to 1 h, jittered
/// ±20 %; longer where the receiver asks for it, up to an hour.
pub fn pause(attempt: i64, asked_for: Option<Duration>, jitter: f64) -> Duration {
    let own = doubled(Duration::from_secs(1), attempt, LONGEST_PAUSE);
    let asked_for = asked_for.unwrap_or_default().min(LONGEST_PAUSE);
    jittered(own, jitter).max(asked_for)
}

/// `first` for the first, twice as long for each that follows.
fn doubled(first: Duration, nth: i64, longest: Duration) -> Duration {
    let doublings = u32::try_from(nth.clamp(1, 20) - 1).unwrap_or_default();
    first.saturating_mul(1 << doublings).min(longest)
}

fn jittered(pause: Duration, jitter: f64) -> Duration {
    pause.mul_f64(0.8 + 0.4 * jitter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::clock::from_ms;
    use serde_json::json;

    #[test]
    fn the_pause_between_attempts_doubles_to_an_hour_and_adds_up_to_a_day() {
        let seconds: Vec<u64> = (1..=14).map(|n| pause(n, None, 0.5).as_secs()).collect();
        assert_eq!(
            seconds,
            [
                1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 3_600, 3_600
            ]
        );
        assert_eq!(pause(1, None, 0.0), Duration::from_millis(800));
        assert!(pause(i64::MAX, None, 1.0) <= LONGEST_PAUSE.mul_f64(1.2));
    }

    #[test]
    fn a_receiver_may_ask_for_more_time_but_not_for_ever() {
        let asked = Some(Duration::from_secs(90));
        assert_eq!(pause(1, asked, 0.5), Duration::from_secs(90));
        assert_eq!(pause(1, Some(Duration::MAX), 0.5), LONGEST_PAUSE);
    }

    #[test]
    fn one_that_keeps_failing_rests_as_a_whole_until_something_arrives() {
        let mut health = Health::default();
        for _ in 0..9 {
            health.failed("no".to_owned(), from_ms(0), 0.5);
        }
        assert!(!health.rests_at(from_ms(0)) && health.at_once() > 1);
        health.failed("no".to_owned(), from_ms(0), 0.5);
        assert!(health.rests_at(from_ms(1_999)) && !health.rests_at(from_ms(2_000)));
        assert_eq!(health.at_once(), 1);
        health.succeeded(from_ms(5));
        assert_eq!(health.failing_since, None);
        assert!(health.at_once() > 1 && !health.rests_at(from_ms(0)));
    }

    #[test]
    fn after_a_day_without_an_arrival_there_is_no_hope() {
        let mut health = Health::default();
        health.failed("no".to_owned(), from_ms(1_000), 0.5);
        health.failed("no".to_owned(), from_ms(80_000_000), 0.5);
        assert!(!health.is_beyond_hope(from_ms(86_400_999)));
        assert!(health.is_beyond_hope(from_ms(86_401_000)));
    }

    #[test]
    fn what_is_about_a_chat_says_which() {
        let to = json!({"phoneNumber": "+593991203344", "lid": null, "jid": "1@lid"});
        let told = about(&json!({"status": "sent", "to": to}));
        assert!(matches!(told, About::Chat(to) if to.jid == "1@lid"));
        let of = about(&json!({"conversation_id": "c", "from": {"jid": "1@lid"}}));
        assert_eq!(of, About::Conversation("c".to_owned(), None));
        let of = about(&json!({"from": "a", "into": "b"}));
        assert_eq!(
            of,
            About::Conversation("b".to_owned(), Some("a".to_owned()))
        );
        assert_eq!(about(&json!({"label": "Store"})), About::Account);
    }
}
