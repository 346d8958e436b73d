//! Messages that flow while something goes wrong, and what must hold afterwards.

use super::{Client, eventually::within};
use parking_lot::Mutex;
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{task::JoinSet, time::sleep};
use whahook_simulator::Simulator;

/// Time for everything that was accepted to arrive, on a machine that compiles
/// something else meanwhile.
const SETTLES_WITHIN: Duration = Duration::from_secs(180);
/// How long a program waits for an answer before it asks again.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// The pace of a program that writes, and of one that was refused.
const PACE: Duration = Duration::from_millis(15);
const PAGE: usize = 200;

/// A chat that a program writes to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chat {
    pub account: String,
    /// The number of the account.
    pub from: String,
    pub to: String,
}

/// A message that the server answered with 202.
#[derive(Debug, Clone)]
pub struct Accepted {
    pub chat: Chat,
    pub id: String,
    pub whatsapp_message_id: String,
    pub text: String,
}

/// What the programs were told so far.
#[derive(Default)]
struct Told {
    accepted: Mutex<Vec<Accepted>>,
    /// Answers of 503 by their code.
    refused: Mutex<Vec<String>>,
    /// Requests that ended without an answer.
    unanswered: AtomicU64,
    enough: AtomicBool,
}

/// Programs that write to chats, one each, the next message as soon as the one
/// before is accepted.
pub struct Traffic {
    told: Arc<Told>,
    writers: JoinSet<()>,
}

impl Traffic {
    pub fn start(program: &Client, chats: Vec<Chat>) -> Self {
        let told = Arc::new(Told::default());
        let mut writers = JoinSet::new();
        for chat in chats {
            writers.spawn(write(program.clone(), chat, told.clone()));
        }
        Self { told, writers }
    }

    pub fn accepted(&self) -> usize {
        self.told.accepted.lock().len()
    }

    pub fn refused(&self) -> usize {
        self.told.refused.lock().len()
    }

    /// Requests that ended without an answer.
    pub fn unanswered(&self) -> u64 {
        self.told.unanswered.load(Ordering::Relaxed)
    }

    /// Waits until so many more messages have been accepted.
    pub async fn until_accepted(&self, more: usize) {
        let enough = self.accepted() + more;
        let look = || async { self.accepted() };
        within(SETTLES_WITHIN, look, |count| *count >= enough).await;
    }

    /// Waits until so many more requests have been refused.
    pub async fn until_refused(&self, more: usize) {
        let enough = self.refused() + more;
        let look = || async { self.refused() };
        within(SETTLES_WITHIN, look, |count| *count >= enough).await;
    }

    /// Lets each program see its last message accepted; all that were, in the
    /// order of their chats.
    pub async fn stop(mut self) -> Vec<Accepted> {
        self.told.enough.store(true, Ordering::Relaxed);
        while let Some(ended) = self.writers.join_next().await {
            ended.expect("a program got an answer that it should not get");
        }
        self.told.accepted.lock().clone()
    }
}

/// Writes until it is enough. A message is asked for, always with the same
/// key, until it is known to be accepted.
async fn write(program: Client, chat: Chat, told: Arc<Told>) {
    for n in 1_u32.. {
        if told.enough.load(Ordering::Relaxed) {
            return;
        }
        let text = format!("{} to {}, number {n}", chat.from, chat.to);
        let message = json!({
            "account_id": chat.account, "to": chat.to, "type": "text", "text": text,
            "idempotency_key": text,
        });
        let view = loop {
            match ask(&program, &message).await {
                Some((202, view)) => break view,
                Some((503, problem)) => {
                    let code = problem["error"]["code"].as_str().unwrap().to_owned();
                    told.refused.lock().push(code);
                }
                Some((status, body)) => panic!("{status} {body}"),
                None => {
                    told.unanswered.fetch_add(1, Ordering::Relaxed);
                }
            }
            sleep(PACE).await;
        };
        let field = |name: &str| view[name].as_str().unwrap().to_owned();
        told.accepted.lock().push(Accepted {
            id: field("id"),
            whatsapp_message_id: field("whatsapp_message_id"),
            chat: chat.clone(),
            text,
        });
        sleep(PACE).await;
    }
}

/// `None`: there was no answer.
async fn ask(program: &Client, message: &Value) -> Option<(u16, Value)> {
    let request = program.request(Method::POST, "/api/messages");
    let answer = request.json(message).timeout(ANSWER_WITHIN).send().await.ok()?;
    let status = answer.status().as_u16();
    Some((status, answer.json().await.ok()?))
}

/// Whatever was accepted stands on the phones: each message once, under its id,
/// in the order of its chat, and nothing else. The server says so too.
pub async fn arrived_once(program: &Client, simulator: &Simulator, accepted: &[Accepted]) {
    assert!(!accepted.is_empty());
    let mut accounts: Vec<&str> = accepted.iter().map(|m| m.chat.account.as_str()).collect();
    accounts.sort_unstable();
    accounts.dedup();
    for account in accounts {
        let views = settled(program, account).await;
        let known: HashSet<&str> = views.iter().map(|v| v["id"].as_str().unwrap()).collect();
        let mine: HashSet<&str> = accepted
            .iter()
            .filter(|message| message.chat.account == account)
            .map(|message| message.id.as_str())
            .collect();
        assert_eq!(known, mine, "the server knows exactly what it accepted");
        for view in &views {
            let status = view["status"].as_str().unwrap();
            assert!(["sent", "delivered", "read"].contains(&status), "{view}");
        }
    }

    let mut chats: BTreeMap<&Chat, Vec<(String, String)>> = BTreeMap::new();
    for message in accepted {
        let line = (message.whatsapp_message_id.clone(), message.text.clone());
        chats.entry(&message.chat).or_default().push(line);
    }
    for (chat, expected) in chats {
        let look = || async { on_phone(simulator, &chat.from, &chat.to) };
        let there = within(SETTLES_WITHIN, look, |there| there.len() >= expected.len()).await;
        assert!(
            there == expected,
            "{} to {}: {}",
            chat.from,
            chat.to,
            difference(&expected, &there)
        );
    }
    let ids: HashSet<&str> = accepted.iter().map(|m| m.whatsapp_message_id.as_str()).collect();
    assert_eq!(ids.len(), accepted.len(), "no two messages share an id");
    let on_the_wire = simulator.stats().distinct_message_ids;
    assert_eq!(on_the_wire, accepted.len() as u64, "no message had two ids");
}

/// Ids and texts of what stands on the phone of `to`, written by `from`.
fn on_phone(simulator: &Simulator, from: &str, to: &str) -> Vec<(String, String)> {
    let messages = simulator.messages(to).unwrap();
    messages
        .into_iter()
        .filter(|message| message.from.to_string() == from)
        .map(|message| (message.id, message.text))
        .collect()
}

fn difference(expected: &[(String, String)], there: &[(String, String)]) -> String {
    let first = expected.iter().zip(there).position(|(a, b)| a != b);
    let missing: Vec<_> = expected.iter().filter(|m| !there.contains(m)).collect();
    let extra: Vec<_> = there.iter().filter(|m| !expected.contains(m)).collect();
    format!(
        "{} expected, {} there; the first that differs is {:?}: {:?} and not {:?}; missing: \
         {missing:?}; nobody sent: {extra:?}",
        expected.len(),
        there.len(),
        first,
        first.map(|n| &there[n]),
        first.map(|n| &expected[n]),
    )
}

/// All messages of an account, once none of them is on its way any more.
async fn settled(program: &Client, account: &str) -> Vec<Value> {
    let look = || async {
        let mut waiting = Vec::new();
        for status in ["queued", "sending"] {
            let path = format!("/api/messages?account_id={account}&status={status}&limit=1");
            let page = program.get(&path).await.expect(200);
            waiting.extend(page["items"].as_array().unwrap().clone());
        }
        waiting
    };
    within(SETTLES_WITHIN, look, Vec::is_empty).await;

    let mut views = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/messages?account_id={account}&limit={PAGE}{cursor}");
        let page = program.get(&path).await.expect(200);
        views.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return views,
        }
    }
}
