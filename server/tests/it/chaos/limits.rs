//! Whether more was sent than the limits allow, in any minute whatever.

use crate::support::{Client, traffic::Accepted};
use std::collections::HashMap;
use whahook_contract::Timestamp;
use whahook_simulator::Simulator;

const MINUTE_MS: i64 = 60_000;
/// An attempt stands in the timeline a moment after it was counted.
const WRITTEN_WITHIN_MS: i64 = 250;
/// From the beginning of an attempt to its arrival, at most: what arrives later
/// than others may come closer to them than it was sent.
const ON_THE_WAY_MS: i64 = 10_000;

/// When something happened: by account, in milliseconds.
pub type Times = HashMap<String, Vec<i64>>;

pub struct Limit {
    per_minute: usize,
    /// All accounts together, or each by itself.
    together: bool,
}

impl Limit {
    pub const fn of_sessions(per_minute: usize) -> Self {
        Self {
            per_minute,
            together: false,
        }
    }

    pub const fn of_users(per_minute: usize) -> Self {
        Self {
            per_minute,
            together: true,
        }
    }

    /// As the server counts.
    #[track_caller]
    pub fn holds_for_attempts(&self, times: &Times) {
        let most = most(times, self.together, MINUTE_MS - WRITTEN_WITHIN_MS);
        assert!(
            most <= self.per_minute,
            "{most} attempts within a minute, of {}",
            self.per_minute
        );
    }

    /// As WhatsApp sees it.
    #[track_caller]
    pub fn holds_for_arrivals(&self, times: &Times) {
        let most = most(times, self.together, MINUTE_MS - ON_THE_WAY_MS);
        assert!(
            most <= self.per_minute,
            "{most} messages arrived within less than a minute, of {}",
            self.per_minute
        );
    }
}

/// How close the limits came.
pub struct Reached {
    pub session: usize,
    pub user: usize,
}

impl Reached {
    pub fn of(arrived: &Times) -> Self {
        Self {
            session: most(arrived, false, MINUTE_MS),
            user: most(arrived, true, MINUTE_MS),
        }
    }
}

/// The most within any window: of one account, or of all together.
fn most(times: &Times, together: bool, window: i64) -> usize {
    let all = || vec![times.values().flatten().copied().collect()];
    let lists: Vec<Vec<i64>> = match together {
        true => all(),
        false => times.values().cloned().collect(),
    };
    let most = lists.into_iter().map(|mut list: Vec<i64>| {
        list.sort_unstable();
        let mut first = 0;
        let mut most = 0;
        for (n, at) in list.iter().enumerate() {
            while at - list[first] >= window {
                first += 1;
            }
            most = most.max(n + 1 - first);
        }
        most
    });
    most.max().unwrap_or_default()
}

/// When the last attempt of each message began.
pub async fn begun(program: &Client, accepted: &[Accepted]) -> Times {
    let mut times = Times::new();
    for message in accepted {
        let path = format!("/api/messages/{}", message.id);
        let view = program.get(&path).await.expect(200);
        let timeline = view["timeline"].as_array().unwrap();
        let mut attempts = timeline.iter().filter(|entry| entry["status"] == "sending");
        let last = attempts.next_back().expect("it was sent");
        let at: Timestamp = last["at"].as_str().unwrap().parse().unwrap();
        let account = times.entry(message.chat.account.clone()).or_default();
        account.push(at.timestamp_millis());
    }
    times
}

/// When each message stood on the recipient's phone.
pub fn arrived(simulator: &Simulator, accepted: &[Accepted]) -> Times {
    let accounts: HashMap<&str, &str> = accepted
        .iter()
        .map(|message| {
            let id = message.whatsapp_message_id.as_str();
            (id, message.chat.account.as_str())
        })
        .collect();
    let mut times = Times::new();
    for phone in simulator.phones() {
        let number = phone.phone_number.to_string();
        for message in simulator.messages(&number).unwrap() {
            // The sender's phone has a copy.
            if message.from == phone.phone_number {
                continue;
            }
            if let Some(account) = accounts.get(message.id.as_str()) {
                let at: Timestamp = message.at.parse().unwrap();
                let account = times.entry((*account).to_owned()).or_default();
                account.push(at.timestamp_millis());
            }
        }
    }
    times
}

#[test]
fn the_most_within_a_window_is_counted_in_any_window() {
    let times = Times::from([
        ("a".to_owned(), vec![0, 59_999, 60_000, 119_998]),
        ("b".to_owned(), vec![60_000]),
    ]);
    assert_eq!(most(&times, false, MINUTE_MS), 3);
    assert_eq!(most(&times, true, MINUTE_MS), 4);
    assert_eq!(most(&times, false, 1), 1);
}
