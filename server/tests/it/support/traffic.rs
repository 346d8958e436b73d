//! Messages that flow while something goes wrong, and what must hold afterwards.

use super::{Client, eventually::within, whatsapp::link};
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
/// What WhatsApp took is on the phones, but for a copy that a phone had to ask
/// for again.
const ARRIVES_WITHIN: Duration = Duration::from_secs(30);
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

impl Chat {
    pub fn new(account: &str, from: &str, to: &str) -> Self {
        Self {
            account: account.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
        }
    }
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

/// Programs that write, one for each account, to one of its chats after the
/// other; the next message as soon as the one before is accepted.
pub struct Traffic {
    told: Arc<Told>,
    writers: JoinSet<()>,
}

impl Traffic {
    /// They write until [`Traffic::stop`].
    pub fn start(program: &Client, chats: Vec<Chat>) -> Self {
        Self::of(program, chats, u32::MAX)
    }

    /// So many messages to each chat.
    pub fn of(program: &Client, chats: Vec<Chat>, each: u32) -> Self {
        Self::paced(program, chats, each, PACE)
    }

    /// The same, with a pause between two messages of an account.
    pub fn paced(program: &Client, chats: Vec<Chat>, each: u32, pace: Duration) -> Self {
        let told = Arc::new(Told::default());
        let mut by_account: BTreeMap<String, Vec<Chat>> = BTreeMap::new();
        for chat in chats {
            by_account
                .entry(chat.account.clone())
                .or_default()
                .push(chat);
        }
        let mut writers = JoinSet::new();
        for chats in by_account.into_values() {
            writers.spawn(write(program.clone(), chats, each, pace, told.clone()));
        }
        Self { told, writers }
    }

    pub fn accepted(&self) -> usize {
        self.told.accepted.lock().len()
    }

    /// The codes of the answers of 503.
    pub fn refused(&self) -> Vec<String> {
        self.told.refused.lock().clone()
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
        let enough = self.refused().len() + more;
        let look = || async { self.refused().len() };
        within(SETTLES_WITHIN, look, |count| *count >= enough).await;
    }

    /// Lets each program see its last message accepted; all that were, in the
    /// order of their chats.
    pub async fn stop(self) -> Vec<Accepted> {
        self.told.enough.store(true, Ordering::Relaxed);
        self.finish().await
    }

    /// Waits until all is written that was to be; what was accepted, in the
    /// order of the chats.
    pub async fn finish(mut self) -> Vec<Accepted> {
        while let Some(ended) = self.writers.join_next().await {
            ended.expect("a program got an answer that it should not get");
        }
        self.told.accepted.lock().clone()
    }
}

/// Writes until it is enough.
async fn write(program: Client, chats: Vec<Chat>, each: u32, pace: Duration, told: Arc<Told>) {
    for n in 1..=each {
        for chat in &chats {
            if told.enough.load(Ordering::Relaxed) {
                return;
            }
            let text = format!("{} to {}, number {n}", chat.from, chat.to);
            let accepted = insist(&program, chat, text, &told).await;
            told.accepted.lock().push(accepted);
            sleep(pace).await;
        }
    }
}

/// Asks, always with the same key, until the message is known to be accepted.
async fn insist(program: &Client, chat: &Chat, text: String, told: &Told) -> Accepted {
    let message = json!({
        "account_id": chat.account, "to": chat.to, "type": "text", "text": text,
        "idempotency_key": text,
    });
    loop {
        match ask(program, &message).await {
            Some((202, view)) => {
                let field = |name: &str| view[name].as_str().unwrap().to_owned();
                return Accepted {
                    id: field("id"),
                    whatsapp_message_id: field("whatsapp_message_id"),
                    chat: chat.clone(),
                    text,
                };
            }
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
    }
}

/// `None`: there was no answer.
async fn ask(program: &Client, message: &Value) -> Option<(u16, Value)> {
    let request = program.request(Method::POST, "/api/messages");
    let answer = request
        .json(message)
        .timeout(ANSWER_WITHIN)
        .send()
        .await
        .ok()?;
    let status = answer.status().as_u16();
    Some((status, answer.json().await.ok()?))
}

/// A new account of the owner, linked to the phone and ready.
pub async fn linked(owner: &Client, simulator: &Simulator, phone: &str) -> String {
    let new = json!({ "label": phone });
    let account = owner.post("/api/accounts", new).await.expect(201);
    let account = account["id"].as_str().unwrap().to_owned();
    link(owner, &account, simulator, phone).await;
    account
}

/// Waits until every linked device has taken in all that was for it.
pub async fn until_devices_have_everything(simulator: &Simulator) {
    let queued = || async {
        let phones = simulator.phones();
        let devices = phones.iter().flat_map(|phone| &phone.devices);
        devices.map(|device| device.queued).sum::<usize>()
    };
    within(SETTLES_WITHIN, queued, |stanzas| *stanzas == 0).await;
}

/// What was accepted arrived, and the server says so too.
pub async fn arrived_once(program: &Client, simulator: &Simulator, accepted: &[Accepted]) {
    assert!(!accepted.is_empty());
    told_as_sent(program, accepted).await;
    stand_on_the_phones(simulator, accepted).await;
    let on_the_wire = simulator.stats().distinct_message_ids;
    assert_eq!(on_the_wire, accepted.len() as u64, "no message had two ids");
}

/// The server says of exactly the accepted messages that WhatsApp has them.
pub async fn told_as_sent(program: &Client, accepted: &[Accepted]) {
    let mut accounts: BTreeMap<&str, HashSet<&str>> = BTreeMap::new();
    for message in accepted {
        let ids = accounts.entry(&message.chat.account).or_default();
        ids.insert(&message.id);
    }
    for (account, expected) in accounts {
        let views = settled(program, account).await;
        let known: HashSet<&str> = views.iter().map(|v| v["id"].as_str().unwrap()).collect();
        assert_eq!(known, expected, "the server knows what it accepted");
        for view in &views {
            let status = view["status"].as_str().unwrap();
            assert!(["sent", "delivered", "read"].contains(&status), "{view}");
        }
    }
}

/// Whatever was accepted stands on the phones: each message once, under its id,
/// in the order of its chat, and nothing else.
pub async fn stand_on_the_phones(simulator: &Simulator, accepted: &[Accepted]) {
    let mut chats: BTreeMap<&Chat, Vec<(String, String)>> = BTreeMap::new();
    for message in accepted {
        let line = (message.whatsapp_message_id.clone(), message.text.clone());
        chats.entry(&message.chat).or_default().push(line);
    }
    for (chat, expected) in chats {
        let look = || async { difference(&expected, &on_phone(simulator, &chat.from, &chat.to)) };
        within(ARRIVES_WITHIN, look, Option::is_none).await;
    }
    let ids: HashSet<&str> = accepted
        .iter()
        .map(|m| m.whatsapp_message_id.as_str())
        .collect();
    assert_eq!(ids.len(), accepted.len(), "no two messages share an id");
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

/// `None`: they are the same.
fn difference(expected: &[(String, String)], there: &[(String, String)]) -> Option<String> {
    if expected == there {
        return None;
    }
    let first = expected.iter().zip(there).position(|(a, b)| a != b);
    let missing: Vec<_> = expected.iter().filter(|m| !there.contains(m)).collect();
    let extra: Vec<_> = there.iter().filter(|m| !expected.contains(m)).collect();
    Some(format!(
        "{} expected, {} there; the first that differs is {:?}: {:?} and not {:?}; missing: \
         {missing:?}; nobody sent: {extra:?}",
        expected.len(),
        there.len(),
        first,
        first.map(|n| &there[n]),
        first.map(|n| &expected[n]),
    ))
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
