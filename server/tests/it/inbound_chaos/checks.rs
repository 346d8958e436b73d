//! What must hold in the end: of the ledger, of the conversations, and of what the
//! receiver has got.

use super::{
    people::{Expected, Written},
    receiver::Got,
};
use crate::support::Client;
use serde_json::Value;
use standardwebhooks::Webhook;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

const PAGE: usize = 200;
const RECEIVED: &str = "message:received";

/// The whole ledger of an account: 1, 2, 3, … and nothing else.
pub async fn ledger(owner: &Client, account: &str) -> Vec<Value> {
    let mut events: Vec<Value> = Vec::new();
    let mut after = "0".to_owned();
    let newest = loop {
        let path = format!("/api/events?account_id={account}&after={after}&limit={PAGE}");
        let page = owner.get(&path).await.expect(200);
        events.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut after),
            None => break page["newest_seq"].as_u64().unwrap(),
        }
    };
    let numbers: Vec<u64> = events
        .iter()
        .map(|it| it["seq"].as_u64().unwrap())
        .collect();
    let expected: Vec<u64> = (1..=newest).collect();
    assert_eq!(numbers, expected, "the ledger has no gaps");
    events
}

pub fn received(ledger: &[Value]) -> impl Iterator<Item = &Value> {
    ledger.iter().filter(|event| event["type"] == RECEIVED)
}

/// Each message once, and of each chat in the order in which it was written.
pub fn has_each_once(account: &str, ledger: &[Value], expected: &Expected) {
    let mut chats: BTreeMap<&str, Vec<Line<'_>>> = BTreeMap::new();
    for event in received(ledger) {
        let data = &event["data"];
        let chat = data["conversation_id"].as_str().unwrap();
        chats.entry(chat).or_default().push(Line::of(data));
    }
    same(account, "the ledger", &chats, expected);
}

/// The same of its conversations, as lists and pages have them.
pub async fn shows_each_once(owner: &Client, account: &str, expected: &Expected) {
    let path = format!("/api/conversations?account_id={account}&limit={PAGE}");
    let list = owner.get(&path).await.expect(200);
    assert_eq!(list["next_cursor"], Value::Null, "one page has them all");
    let mut threads: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for conversation in list["items"].as_array().unwrap() {
        let id = conversation["id"].as_str().unwrap();
        let thread = thread(owner, id).await;
        let unread = conversation["unread"].as_u64().unwrap();
        assert_eq!(unread, thread.len() as u64, "unread of {conversation}");
        threads.insert(id, thread);
    }
    let chats = threads
        .iter()
        .map(|(id, thread)| (*id, thread.iter().map(Line::of).collect()))
        .collect();
    same(account, "the conversations", &chats, expected);
}

async fn thread(owner: &Client, id: &str) -> Vec<Value> {
    let mut messages: Vec<Value> = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/conversations/{id}/messages?order=oldest&limit={PAGE}{cursor}");
        let page = owner.get(&path).await.expect(200);
        messages.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return messages,
        }
    }
}

/// A message, as far as it tells one from another.
#[derive(Debug, PartialEq, Eq)]
struct Line<'a> {
    id: &'a str,
    text: &'a str,
}

impl<'a> Line<'a> {
    fn of(message: &'a Value) -> Self {
        let text = |value: &'a Value| value.as_str().unwrap_or_default();
        Self {
            id: text(&message["whatsapp_message_id"]),
            text: text(&message["text"]),
        }
    }

    /// Who wrote it says so.
    fn is_by(&self, writer: &str) -> bool {
        self.text.starts_with(&format!("{writer} to "))
    }

    fn expected(written: &'a Written) -> Self {
        Self {
            id: &written.whatsapp_id,
            text: &written.text,
        }
    }
}

/// Chats are told by what is in them. In a group only what one person wrote has an
/// order of its own: two may write at the same moment.
fn same(account: &str, whose: &str, chats: &BTreeMap<&str, Vec<Line<'_>>>, expected: &Expected) {
    let expected = &expected[account];
    assert_eq!(chats.len(), expected.len(), "chats of {whose} of {account}");
    let chat_of: HashMap<&str, &str> = expected
        .iter()
        .flat_map(|(chat, lines)| lines.iter().map(move |it| (&*it.whatsapp_id, &**chat)))
        .collect();
    let mut seen = BTreeSet::new();
    for lines in chats.values() {
        let chat = chat_of.get(lines[0].id);
        let chat = chat.unwrap_or_else(|| panic!("nobody wrote {:?}", lines[0]));
        assert!(seen.insert(*chat), "{chat} is there twice");
        let expected = &expected[*chat];
        assert_eq!(lines.len(), expected.len(), "{whose} of {account}: {chat}");
        let writers: BTreeSet<&str> = expected.iter().map(|written| written.by.as_str()).collect();
        for writer in writers {
            let there = lines.iter().filter(|line| line.is_by(writer));
            let written = expected.iter().filter(|written| written.by == writer);
            let there: Vec<&Line<'_>> = there.collect();
            let written: Vec<Line<'_>> = written.map(Line::expected).collect();
            assert_eq!(
                there,
                written.iter().collect::<Vec<_>>(),
                "{whose} of {account}: {chat}"
            );
        }
    }
}

/// Each event came and was taken at least once, as the ledger has it; repeats
/// dropped, those of each conversation came in the order of the ledger.
pub fn got_each_in_order(got: &[Got], secret: &str, ledgers: &[Vec<Value>]) {
    let events: HashMap<String, &Value> = ledgers
        .iter()
        .flat_map(|ledger| received(ledger))
        .map(|event| {
            let account = event["account_id"].as_str().unwrap();
            (format!("evt_{account}_{}", event["seq"]), event)
        })
        .collect();
    let secret = Webhook::new(secret).unwrap();
    let mut first_seen: HashSet<&str> = HashSet::new();
    let mut arrived: HashSet<&str> = HashSet::new();
    let mut conversations: HashMap<(String, String), u64> = HashMap::new();
    for it in got {
        assert!(it.is_signed_with(&secret), "{}", it.id);
        let body = it.body();
        assert_eq!(Some(&&body), events.get(&it.id), "{}", it.id);
        if it.arrived {
            arrived.insert(&it.id);
        }
        if first_seen.insert(&it.id) {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let conversation = (
                text(&body["account_id"]),
                text(&body["data"]["conversation_id"]),
            );
            let seq = body["seq"].as_u64().unwrap();
            let before = conversations.insert(conversation, seq).unwrap_or_default();
            assert!(before < seq, "{} came after number {before}", it.id);
        }
    }
    assert_eq!(
        arrived.len(),
        events.len(),
        "of the ledger's events arrived"
    );
}
