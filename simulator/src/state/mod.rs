//! The network's state, in one place.

pub mod account;
pub mod calls;
pub mod device;
pub mod groups;
mod handshakes;
pub mod keys;
mod load;
pub mod media;
pub mod persist;
pub mod presence;
pub mod stats;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{Mutex, RwLock};
use wacore_binary::{Jid, Node, Server};
use wacore_libsignal::protocol::SignalProtocolError;

use self::account::Account;
use self::calls::Calls;
use self::device::Address;
use self::groups::Group;
use self::media::MediaStore;
use self::persist::{Store, StoreError};
use self::stats::Stats;
use crate::faults::Faults;
use crate::number::PhoneNumber;
use crate::phone::{Envelope, Phone, inbox, keys::Secrets};
use crate::platform;
use crate::recipient::GroupId;
use crate::stanza::notification;
use crate::stanza::pairing::PairingDesk;
use crate::wire::certificates::{self, Certificates, InvalidSecrets};
use crate::wire::connection::{Command, conflict};

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Certificates(#[from] InvalidSecrets),
    #[error("a stored record is damaged: {0}")]
    Damaged(String),
    #[error("the port cannot be opened: {0}")]
    Listen(#[from] std::io::Error),
}

#[derive(Debug, thiserror::Error)]
pub enum AddPhoneError {
    #[error("{0} is taken: a phone with this number exists")]
    Taken(PhoneNumber),
    #[error("keys could not be made: {0}")]
    Keys(#[from] SignalProtocolError),
}

#[derive(Default)]
struct Directory {
    by_number: HashMap<PhoneNumber, Arc<Account>>,
    by_lid: HashMap<String, Arc<Account>>,
}

pub struct Network {
    pub store: Store,
    pub media: MediaStore,
    pub certificates: Certificates,
    pub faults: Faults,
    pub stats: Stats,
    pub pairing: PairingDesk,
    pub calls: Calls,
    directory: RwLock<Directory>,
    groups: RwLock<HashMap<GroupId, Arc<Group>>>,
    connections: Mutex<HashMap<u64, tokio::sync::mpsc::Sender<Command>>>,
    next_connection: AtomicU64,
    next_stanza: AtomicU64,
}

impl Network {
    fn new(store: Store, media: MediaStore, certificates: Certificates) -> Self {
        Self {
            store,
            media,
            certificates,
            faults: Faults::default(),
            stats: Stats::default(),
            pairing: PairingDesk::default(),
            calls: Calls::default(),
            directory: RwLock::default(),
            groups: RwLock::default(),
            connections: Mutex::default(),
            next_connection: AtomicU64::new(1),
            next_stanza: AtomicU64::new(1),
        }
    }

    pub fn in_memory() -> Result<Self, StartError> {
        let certificates = Certificates::from_secrets(&certificates::Secrets::generate())?;
        Ok(Self::new(
            Store::in_memory(),
            MediaStore::in_memory(),
            certificates,
        ))
    }

    // Accounts

    pub fn add_phone(
        &self,
        number: &PhoneNumber,
        name: &str,
    ) -> Result<Arc<Account>, AddPhoneError> {
        let secrets = Secrets::generate().map_err(SignalProtocolError::from)?;
        let phone = Phone::new(number.clone(), secrets).map_err(SignalProtocolError::from)?;
        let public = phone.keys().public();
        let record = account::Record {
            lid: fresh_lid(),
            name: name.to_owned(),
            next_device: 1,
            devices_changed_at: platform::now_secs(),
            picture: None,
        };
        let account = Arc::new(Account::new(number.clone(), record, phone));
        let own = device::Record {
            noise_key: Vec::new(),
            device_identity: Vec::new(),
            key_index: 0,
            platform: "phone".to_owned(),
            linked_at: platform::now_secs(),
            keys: Some(public),
            greeted: true,
        };
        let own = Arc::new(device::Device::new(account.address(0), own));
        account.insert_device(Arc::clone(&own));
        {
            let mut directory = self.directory.write();
            if directory.by_number.contains_key(number) {
                return Err(AddPhoneError::Taken(number.clone()));
            }
            directory.insert(Arc::clone(&account));
        }
        account.save(&self.store);
        own.update(&self.store, |_| {});
        let mut phone = account.phone.lock();
        phone.save_secrets();
        phone.replenish(&self.store, &own)?;
        drop(phone);
        Ok(account)
    }

    pub fn account(&self, number: &PhoneNumber) -> Option<Arc<Account>> {
        self.directory.read().by_number.get(number).cloned()
    }

    /// All accounts by number.
    pub fn accounts(&self) -> Vec<Arc<Account>> {
        let mut all: Vec<_> = self.directory.read().by_number.values().cloned().collect();
        all.sort_by(|a, b| a.number.cmp(&b.number));
        all
    }

    /// The account behind a JID of either form.
    pub fn resolve(&self, jid: &Jid) -> Option<Arc<Account>> {
        match jid.server {
            Server::Pn | Server::Legacy => self.account(&jid.user.parse().ok()?),
            Server::Lid => self.directory.read().by_lid.get(jid.user.as_str()).cloned(),
            _ => None,
        }
    }

    pub(crate) fn insert_account(&self, account: Arc<Account>) {
        self.directory.write().insert(account);
    }

    // Groups

    pub fn group(&self, id: &GroupId) -> Option<Arc<Group>> {
        self.groups.read().get(id).cloned()
    }

    /// All groups by id.
    pub fn groups(&self) -> Vec<Arc<Group>> {
        let mut all: Vec<_> = self.groups.read().values().cloned().collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }

    pub(crate) fn insert_group(&self, group: Arc<Group>) {
        self.groups.write().insert(group.id.clone(), group);
    }

    /// Takes a companion off its account; false when there is no such companion.
    pub fn unlink(&self, account: &Arc<Account>, id: u16) -> bool {
        if id == 0 {
            return false;
        }
        let Some(device) = account.remove_device(id) else {
            return false;
        };
        let link = device.link();
        device.remove(&self.store);
        account
            .phone
            .lock()
            .forget_device(&self.store, &device.address);
        account.devices_changed(&self.store, platform::now_secs());
        notification::devices_changed(self, account, &device, notification::Change::Removed);
        if let Some(link) = link {
            // A connection too busy to hear it is refused when it comes back.
            let _ = link
                .commands
                .try_send(Command::End(conflict("device_removed")));
        }
        true
    }

    // Traffic

    /// Delivers stanzas, and what phones answer to them, until nothing is left.
    pub fn dispatch(&self, envelopes: Vec<Envelope>) {
        let mut waiting = VecDeque::from(envelopes);
        while let Some(envelope) = waiting.pop_front() {
            let Some(account) = self.account(&envelope.to.number) else {
                continue;
            };
            if envelope.to.device == 0 {
                waiting.extend(inbox::receive(self, &account, &envelope));
            } else if let Some(device) = account.device(envelope.to.device) {
                device.enqueue(&self.store, envelope.node);
            }
        }
    }

    /// The same stanza for every device of the number.
    pub fn to_all_devices(
        &self,
        from: &Address,
        number: &PhoneNumber,
        node: &Node,
    ) -> Vec<Envelope> {
        let Some(account) = self.account(number) else {
            return Vec::new();
        };
        account
            .devices()
            .into_iter()
            .filter(|device| device.address != *from)
            .map(|device| Envelope {
                from: from.clone(),
                to: device.address.clone(),
                node: node.clone(),
            })
            .collect()
    }

    /// An id for a stanza of the server's own.
    pub fn stanza_id(&self) -> String {
        let n = self.next_stanza.fetch_add(1, Ordering::Relaxed);
        format!("{}-{n}", platform::now_secs())
    }

    // Connections

    pub fn connected(&self, commands: tokio::sync::mpsc::Sender<Command>) -> u64 {
        let id = self.next_connection.fetch_add(1, Ordering::Relaxed);
        self.stats.connections.up();
        self.stats.open_connections.up();
        self.connections.lock().insert(id, commands);
        id
    }

    pub fn disconnected(&self, id: u64) {
        if self.connections.lock().remove(&id).is_some() {
            self.stats.open_connections.down();
        }
    }

    /// Tells the connections of a number, or all of them, registrations included.
    pub fn command(&self, number: Option<&PhoneNumber>, command: &Command) {
        let targets: Vec<_> = match number {
            None => self.connections.lock().values().cloned().collect(),
            Some(number) => self
                .account(number)
                .into_iter()
                .flat_map(|account| account.companions())
                .filter_map(|device| device.link())
                .map(|link| link.commands)
                .collect(),
        };
        for target in targets {
            // A connection too busy to take a command is closing anyway.
            let _ = target.try_send(command.clone());
        }
    }
}

impl Directory {
    fn insert(&mut self, account: Arc<Account>) {
        self.by_lid
            .insert(account.lid.clone(), Arc::clone(&account));
        self.by_number.insert(account.number.clone(), account);
    }
}

/// LIDs have fifteen digits and tell nothing about the number.
fn fresh_lid() -> String {
    let n = u64::from(platform::random_u32()) << 16 | u64::from(platform::random_u32() & 0xffff);
    (100_000_000_000_000 + n % 800_000_000_000_000).to_string()
}
