//! Who is online, and who types to whom: worth nothing after a while, never stored.

use std::collections::{BTreeSet, HashMap};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use wacore_binary::Server;

use super::device::Address;
use crate::number::PhoneNumber;
use crate::platform;
use crate::recipient::Recipient;

/// Apps stop showing that somebody types when they hear no more for so long.
const FADES_AFTER_MS: i64 = 25_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    Composing,
    Recording,
}

/// Someone who writes to the account now.
#[derive(Debug, Clone)]
pub struct Active {
    pub from: PhoneNumber,
    pub chat: Recipient,
    pub doing: Doing,
    pub since_ms: i64,
}

/// A device that wants to know whether the account is online.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber {
    pub device: Address,
    /// Lasts as long as this connection.
    pub connection: u64,
    /// How it names the account.
    pub server: Server,
}

#[derive(Default)]
struct State {
    /// Devices that show the account as online.
    available: BTreeSet<u16>,
    last_seen_ms: Option<i64>,
    subscribers: Vec<Subscriber>,
    active: HashMap<(PhoneNumber, Recipient), (Doing, i64)>,
}

/// Of one account, as others see it; and what its phone sees of others.
#[derive(Default)]
pub struct Presence(Mutex<State>);

impl Presence {
    pub fn is_available(&self) -> bool {
        !self.0.lock().available.is_empty()
    }

    pub fn last_seen_ms(&self) -> Option<i64> {
        self.0.lock().last_seen_ms
    }

    /// Notes what one device shows; whether the account looks different now.
    pub fn set(&self, device: u16, available: bool) -> bool {
        let mut state = self.0.lock();
        let before = state.available.is_empty();
        if available {
            state.available.insert(device);
        } else if state.available.remove(&device) {
            state.last_seen_ms = Some(platform::now_millis());
        }
        before != state.available.is_empty()
    }

    pub fn subscribe(&self, subscriber: Subscriber) {
        let mut state = self.0.lock();
        state.subscribers.retain(|s| s.device != subscriber.device);
        state.subscribers.push(subscriber);
    }

    pub fn unsubscribe(&self, device: &Address) {
        self.0.lock().subscribers.retain(|s| s.device != *device);
    }

    pub fn subscribers(&self) -> Vec<Subscriber> {
        self.0.lock().subscribers.clone()
    }

    /// Somebody began to write to the account, or, with nothing, paused.
    pub fn note(&self, from: &PhoneNumber, chat: Recipient, doing: Option<Doing>) {
        let key = (from.clone(), chat);
        let active = &mut self.0.lock().active;
        match doing {
            Some(doing) => {
                active.insert(key, (doing, platform::now_millis()));
            }
            None => {
                active.remove(&key);
            }
        }
    }

    /// Who sent a message has stopped to write it.
    pub fn sent(&self, from: &PhoneNumber, chat: &Recipient) {
        let active = &mut self.0.lock().active;
        if !active.is_empty() {
            active.remove(&(from.clone(), chat.clone()));
        }
    }

    pub fn active(&self) -> Vec<Active> {
        let now = platform::now_millis();
        let state = self.0.lock();
        let fresh = state
            .active
            .iter()
            .filter(|(_, (_, since))| now - since < FADES_AFTER_MS);
        let mut fresh: Vec<_> = fresh
            .map(|((from, chat), (doing, since))| Active {
                from: from.clone(),
                chat: chat.clone(),
                doing: *doing,
                since_ms: *since,
            })
            .collect();
        fresh.sort_by_key(|active| active.since_ms);
        fresh
    }
}
