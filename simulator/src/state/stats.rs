//! Counters of what the network did since it started.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use serde::Serialize;

use super::handshakes::Handshakes;

#[derive(Default)]
pub struct Stats {
    pub open_connections: Counter,
    pub connections: Counter,
    pub handshakes: Handshakes,
    pub clients: Counter,
    pub logins: Counter,
    pub stanzas_in: Counter,
    pub stanzas_out: Counter,
    pub messages_relayed: Counter,
    pub messages_acknowledged: Counter,
    pub messages_asked_again: Counter,
    pub contact_queries: Counter,
    pub contacts_asked: Counter,
    message_ids: Mutex<HashSet<Box<str>>>,
}

#[derive(Default)]
pub struct Counter(AtomicU64);

impl Counter {
    pub fn up(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub fn add(&self, count: usize) {
        self.0.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub fn down(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What `GET /stats` shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    /// Sockets open now.
    pub connections: u64,
    pub connections_total: u64,
    /// Handshakes that clients began, to link or to log in.
    pub handshakes: u64,
    /// As many of them within one second as there ever were.
    pub handshakes_in_busiest_second: u64,
    /// Linked clients that are logged in now.
    pub clients: u64,
    pub logins: u64,
    pub stanzas_in: u64,
    pub stanzas_out: u64,
    pub messages_relayed: u64,
    pub messages_acknowledged: u64,
    /// Those that a device or a phone could not decrypt and asked for anew.
    pub messages_asked_again: u64,
    pub distinct_message_ids: u64,
    /// Questions who of some numbers is on WhatsApp, and the numbers in them.
    pub contact_queries: u64,
    pub contacts_asked: u64,
}

impl Stats {
    pub fn saw_message(&self, id: &str) {
        self.message_ids.lock().insert(id.into());
    }

    /// With the busiest second of the last so long, where that is given.
    pub fn snapshot(&self, last: Option<Duration>) -> Snapshot {
        Snapshot {
            connections: self.open_connections.get(),
            connections_total: self.connections.get(),
            handshakes: self.handshakes.total(),
            handshakes_in_busiest_second: self.handshakes.in_busiest_second(last),
            clients: self.clients.get(),
            logins: self.logins.get(),
            stanzas_in: self.stanzas_in.get(),
            stanzas_out: self.stanzas_out.get(),
            messages_relayed: self.messages_relayed.get(),
            messages_acknowledged: self.messages_acknowledged.get(),
            messages_asked_again: self.messages_asked_again.get(),
            distinct_message_ids: self.message_ids.lock().len() as u64,
            contact_queries: self.contact_queries.get(),
            contacts_asked: self.contacts_asked.get(),
        }
    }
}
