//! Who writes to whom, and what was written.

use super::Size;
use crate::support::{Client, traffic::linked};
use futures::{StreamExt, stream};
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{task::JoinSet, time::sleep};
use whahook_simulator::{Addressing, Simulator};

const LINKED_AT_ONCE: usize = 4;

/// A chat that people write in, and whose accounts have it.
struct Chat {
    /// A number, or a group's JID.
    to: String,
    /// Numbers.
    writers: Vec<String>,
    accounts: Vec<String>,
}

/// A message that an account must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub by: String,
    pub whatsapp_id: String,
    pub text: String,
}

/// What each account must have: by the chat, in the order of writing.
pub type Expected = HashMap<String, BTreeMap<String, Vec<Written>>>;

pub struct People {
    chats: Vec<Chat>,
    /// Ids of the accounts, in the order of the sessions.
    pub accounts: Vec<String>,
}

fn phone(session: usize) -> String {
    format!("+59399{session:07}")
}

fn person(n: usize) -> String {
    format!("+59398{n:07}")
}

impl People {
    /// Each session is linked, written to by some people, and in a group with others.
    pub async fn meet(size: &Size, owner: &Client, simulator: &Simulator) -> Self {
        for session in 0..size.sessions {
            simulator.add_phone(&phone(session), "Store").await.unwrap();
        }
        for n in 0..size.people {
            simulator.add_phone(&person(n), "Somebody").await.unwrap();
        }
        let accounts: Vec<String> = stream::iter(0..size.sessions)
            .map(|session| async move { linked(owner, simulator, &phone(session)).await })
            .buffered(LINKED_AT_ONCE)
            .collect()
            .await;
        let mut chats = Vec::new();
        for (session, account) in accounts.iter().enumerate() {
            for n in 0..size.chats {
                chats.push(Chat {
                    to: phone(session),
                    writers: vec![person((session + n) % size.people)],
                    accounts: vec![account.clone()],
                });
            }
        }
        for group in 0..size.groups {
            let members: Vec<usize> = (0..size.accounts_in_a_group)
                .map(|n| (group * size.accounts_in_a_group + n) % size.sessions)
                .collect();
            let writers: Vec<String> = (0..size.writers_in_a_group)
                .map(|n| person((group + n) % size.people))
                .collect();
            let mut numbers: Vec<String> = members.iter().map(|session| phone(*session)).collect();
            numbers.extend_from_slice(&writers[1..]);
            let made = simulator
                .make_group("Team", &writers[0], &numbers, Addressing::Lid)
                .await
                .unwrap();
            chats.push(Chat {
                to: made.jid,
                writers,
                accounts: members
                    .into_iter()
                    .map(|session| accounts[session].clone())
                    .collect(),
            });
        }
        Self { chats, accounts }
    }

    /// How many messages the accounts must have in the end.
    pub fn deliveries(&self, size: &Size) -> usize {
        let each = |chat: &Chat| {
            let is_group = chat.to.contains('@');
            let messages = if is_group {
                size.in_a_group
            } else {
                size.in_a_chat
            };
            chat.accounts.len() * messages
        };
        self.chats.iter().map(each).sum()
    }

    /// Everybody writes, one message after the other.
    pub fn write(&self, size: &Size, simulator: &Arc<Simulator>) -> Writing {
        let mut by_writer: BTreeMap<String, Vec<Line>> = BTreeMap::new();
        for chat in &self.chats {
            let is_group = chat.to.contains('@');
            let messages = if is_group {
                size.in_a_group
            } else {
                size.in_a_chat
            };
            for n in 0..messages {
                let writer = &chat.writers[n % chat.writers.len()];
                by_writer.entry(writer.clone()).or_default().push(Line {
                    n,
                    to: chat.to.clone(),
                    accounts: chat.accounts.clone(),
                });
            }
        }
        let expected = Arc::new(Mutex::new(Expected::new()));
        let deliveries = Arc::new(AtomicUsize::new(0));
        let mut writers = JoinSet::new();
        for (by, mut lines) in by_writer {
            // To all of them in turn.
            lines.sort_by_key(|line| line.n);
            let (simulator, pace) = (simulator.clone(), size.pace);
            let (expected, deliveries) = (expected.clone(), deliveries.clone());
            writers.spawn(async move {
                for line in lines {
                    let text = format!("{by} to {}, number {}", line.to, line.n);
                    let sent = simulator.send_text(&by, &line.to, &text).await.unwrap();
                    deliveries.fetch_add(line.accounts.len(), Ordering::Relaxed);
                    let is_group = line.to.contains('@');
                    let chat = if is_group { &line.to } else { &by };
                    for account in line.accounts {
                        let mut expected = expected.lock();
                        let chats = expected.entry(account).or_default();
                        chats.entry(chat.clone()).or_default().push(Written {
                            by: by.clone(),
                            whatsapp_id: sent.id.clone(),
                            text: text.clone(),
                        });
                    }
                    sleep(pace).await;
                }
            });
        }
        Writing {
            writers,
            expected,
            deliveries,
        }
    }
}

struct Line {
    n: usize,
    to: String,
    accounts: Vec<String>,
}

/// People who write all the time.
pub struct Writing {
    writers: JoinSet<()>,
    expected: Arc<Mutex<Expected>>,
    deliveries: Arc<AtomicUsize>,
}

impl Writing {
    /// Messages that the accounts must have so far.
    pub fn deliveries(&self) -> usize {
        self.deliveries.load(Ordering::Relaxed)
    }

    /// Waits until all is written.
    pub async fn finish(mut self) -> Expected {
        while let Some(ended) = self.writers.join_next().await {
            ended.expect("somebody could not write");
        }
        std::mem::take(&mut *self.expected.lock())
    }
}
