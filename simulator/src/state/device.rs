//! A device as the server knows it: its keys, its queue, and its connection.

use std::collections::VecDeque;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, mpsc};
use wacore_binary::Node;
use wacore_binary::marshal::{marshal, unmarshal_ref};

use super::keys::{Bundle, DeviceKeys, OneTimeKey};
use super::persist::{Change, Kind, Store};
use crate::bytes64;
use crate::number::PhoneNumber;
use crate::wire::connection::Command;

/// A stock of one-time keys below this makes the server ask for more.
const LOW_STOCK: usize = 10;

/// Names one device of one account; device 0 is the phone itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    pub number: PhoneNumber,
    pub device: u16,
}

impl Address {
    pub fn key(&self) -> String {
        format!("{}/{}", self.number.digits(), self.device)
    }
}

/// The durable part that changes rarely.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// The client's static Noise key; who cannot prove it cannot log in.
    #[serde(with = "bytes64")]
    pub noise_key: Vec<u8>,
    /// The signed device identity with the account's key in it.
    #[serde(with = "bytes64")]
    pub device_identity: Vec<u8>,
    pub key_index: u32,
    pub platform: String,
    pub linked_at: i64,
    pub keys: Option<DeviceKeys>,
    /// Whether the phone has sent the new companion its keys and history.
    pub greeted: bool,
}

/// A stanza on its way to the device, kept until the device confirms it.
#[derive(Debug, Clone)]
pub struct Queued {
    pub seq: u64,
    pub node: std::sync::Arc<Node>,
}

/// The connection that serves the device now.
#[derive(Clone)]
pub struct Link {
    pub connection: u64,
    pub commands: mpsc::Sender<Command>,
}

struct State {
    record: Record,
    one_time: VecDeque<OneTimeKey>,
    queue: VecDeque<Queued>,
    next_seq: u64,
    link: Option<Link>,
    removed: bool,
}

pub struct Device {
    pub address: Address,
    state: Mutex<State>,
    /// Rings when the queue has something new.
    pub wake: Notify,
}

impl Device {
    pub fn new(address: Address, record: Record) -> Self {
        Self {
            address,
            state: Mutex::new(State {
                record,
                one_time: VecDeque::new(),
                queue: VecDeque::new(),
                next_seq: 1,
                link: None,
                removed: false,
            }),
            wake: Notify::new(),
        }
    }

    pub fn record(&self) -> Record {
        self.state.lock().record.clone()
    }

    pub fn update(&self, store: &Store, change: impl FnOnce(&mut Record)) {
        let mut state = self.state.lock();
        if state.removed {
            return;
        }
        change(&mut state.record);
        store.submit(vec![self.record_change(&state.record)]);
    }

    pub fn record_change(&self, record: &Record) -> Change {
        Change::put_json(Kind::Device, self.address.key(), record)
    }

    // Keys

    pub fn add_one_time_keys(&self, store: &Store, keys: Vec<OneTimeKey>) {
        let mut state = self.state.lock();
        if state.removed {
            return;
        }
        let mut changes = Vec::with_capacity(keys.len());
        for key in keys {
            state.one_time.retain(|known| known.id != key.id);
            state.one_time.push_back(key);
            changes.push(Change::Put(
                Kind::PreKey,
                self.one_time_key(key.id),
                key.public.to_vec(),
            ));
        }
        store.submit(changes);
    }

    pub fn one_time_keys(&self) -> Vec<OneTimeKey> {
        self.state.lock().one_time.iter().copied().collect()
    }

    /// The bundle for one peer; takes a one-time key out of the stock.
    pub fn take_bundle(&self, store: &Store) -> Option<Bundle> {
        let mut state = self.state.lock();
        let keys = state.record.keys.clone()?;
        let one_time = state.one_time.pop_front();
        if let Some(key) = one_time {
            store.submit(vec![Change::Delete(
                Kind::PreKey,
                self.one_time_key(key.id),
            )]);
        }
        let identity = &state.record.device_identity;
        Some(Bundle {
            keys,
            one_time,
            device_identity: (!identity.is_empty()).then(|| identity.clone()),
        })
    }

    /// Whether the stock has just fallen so low that the device should be told.
    pub fn stock_just_ran_low(&self) -> bool {
        self.state.lock().one_time.len() == LOW_STOCK
    }

    fn one_time_key(&self, id: u32) -> String {
        format!("{}/{id:08}", self.address.key())
    }

    // Queue

    pub fn enqueue(&self, store: &Store, node: Node) {
        let mut state = self.state.lock();
        if state.removed {
            return;
        }
        let seq = state.next_seq;
        state.next_seq += 1;
        match marshal(&node) {
            Ok(bytes) => store.submit(vec![Change::Put(Kind::Queued, self.queue_key(seq), bytes)]),
            Err(error) => {
                tracing::error!(%error, "a stanza cannot be encoded and is dropped");
                return;
            }
        }
        state.queue.push_back(Queued {
            seq,
            node: node.into(),
        });
        drop(state);
        self.wake.notify_one();
    }

    /// Stanzas after the given one, oldest first.
    pub fn queued_after(&self, seq: u64, limit: usize) -> Vec<Queued> {
        let state = self.state.lock();
        let from = state.queue.partition_point(|queued| queued.seq <= seq);
        state.queue.iter().skip(from).take(limit).cloned().collect()
    }

    pub fn queue_len(&self) -> usize {
        self.state.lock().queue.len()
    }

    /// How many stanzas of each kind wait: all, messages, receipts, notifications.
    pub fn queue_summary(&self) -> (usize, usize, usize, usize) {
        let state = self.state.lock();
        let of = |tag: &str| state.queue.iter().filter(|q| q.node.tag == tag).count();
        (
            state.queue.len(),
            of("message"),
            of("receipt"),
            of("notification"),
        )
    }

    pub fn last_seq(&self) -> u64 {
        self.state.lock().next_seq - 1
    }

    /// Forgets the stanza that the device has confirmed.
    pub fn confirm(&self, store: &Store, tag: &str, id: &str, kind: Option<&str>) {
        let mut state = self.state.lock();
        let position = state.queue.iter().position(|queued| {
            let node = &queued.node;
            let same_kind = || {
                let own = node.attrs.get("type").map(|t| t.as_str());
                own.as_deref() == kind
            };
            node.tag == tag
                && node.attrs.get("id").is_some_and(|own| *own == id)
                && (tag != "receipt" || same_kind())
        });
        if let Some(done) = position.and_then(|at| state.queue.remove(at)) {
            store.submit(vec![Change::Delete(Kind::Queued, self.queue_key(done.seq))]);
        }
    }

    fn queue_key(&self, seq: u64) -> String {
        format!("{}/{seq:016}", self.address.key())
    }

    // Connection

    /// Makes the link the device's; returns the one it replaces.
    pub fn attach(&self, link: Link) -> Option<Link> {
        self.state.lock().link.replace(link)
    }

    /// Lets go of the link unless a newer one has taken its place.
    pub fn detach(&self, connection: u64) {
        let mut state = self.state.lock();
        if state
            .link
            .as_ref()
            .is_some_and(|link| link.connection == connection)
        {
            state.link = None;
        }
    }

    pub fn link(&self) -> Option<Link> {
        self.state.lock().link.clone()
    }

    pub fn is_removed(&self) -> bool {
        self.state.lock().removed
    }

    /// Forgets everything; the caller tells the connection.
    pub fn remove(&self, store: &Store) {
        let mut state = self.state.lock();
        state.removed = true;
        state.queue.clear();
        state.one_time.clear();
        let key = self.address.key();
        let under = format!("{key}/");
        store.submit(vec![
            Change::Delete(Kind::Device, key),
            Change::DeleteUnder(Kind::PreKey, under.clone()),
            Change::DeleteUnder(Kind::Queued, under),
        ]);
    }

    // Loading

    pub fn restore_one_time_key(&self, id: u32, public: [u8; 32]) {
        self.state
            .lock()
            .one_time
            .push_back(OneTimeKey { id, public });
    }

    pub fn restore_queued(&self, seq: u64, bytes: &[u8]) {
        // The encoder writes a leading flag byte that the decoder does not expect.
        let Ok(node) = unmarshal_ref(bytes.get(1..).unwrap_or_default()) else {
            tracing::error!("a stored stanza cannot be decoded and is dropped");
            return;
        };
        let mut state = self.state.lock();
        state.queue.push_back(Queued {
            seq,
            node: node.to_owned().into(),
        });
        state.next_seq = state.next_seq.max(seq + 1);
    }
}
