//! A phone number on the network: the person's phone and its companions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, Serialize};
use wacore_binary::{Jid, Server};

use super::device::{Address, Device};
use super::persist::{Change, Kind, Store};
use super::presence::Presence;
use crate::number::PhoneNumber;
use crate::phone::Phone;

/// The durable part of an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    pub lid: String,
    pub name: String,
    pub next_device: u16,
    /// When the list of companions last changed, in seconds.
    pub devices_changed_at: i64,
    #[serde(default)]
    pub picture: Option<Picture>,
}

/// What a person shows of themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    pub id: String,
    /// Where it lies on the media servers, as it is.
    pub token: String,
}

pub struct Account {
    pub number: PhoneNumber,
    /// User part of the account's LID.
    pub lid: String,
    record: Mutex<Record>,
    devices: RwLock<BTreeMap<u16, Arc<Device>>>,
    /// Numbers whose clients hold a copy of this account's device list.
    watchers: Mutex<BTreeSet<PhoneNumber>>,
    pub phone: Mutex<Phone>,
    pub presence: Presence,
}

impl Account {
    pub fn new(number: PhoneNumber, record: Record, phone: Phone) -> Self {
        Self {
            number,
            lid: record.lid.clone(),
            record: Mutex::new(record),
            devices: RwLock::default(),
            watchers: Mutex::default(),
            phone: Mutex::new(phone),
            presence: Presence::default(),
        }
    }

    pub fn name(&self) -> String {
        self.record.lock().name.clone()
    }

    pub fn picture(&self) -> Option<Picture> {
        self.record.lock().picture.clone()
    }

    /// Changes the record and stores it.
    pub fn update(&self, store: &Store, change: impl FnOnce(&mut Record)) {
        let mut record = self.record.lock();
        change(&mut record);
        store.submit(vec![self.change(&record)]);
    }

    pub fn save(&self, store: &Store) {
        let record = self.record.lock();
        store.submit(vec![self.change(&record)]);
    }

    fn change(&self, record: &Record) -> Change {
        Change::put_json(Kind::Account, self.number.digits().to_owned(), record)
    }

    pub fn address(&self, device: u16) -> Address {
        Address {
            number: self.number.clone(),
            device,
        }
    }

    /// The JID of a device in the asked-for form; a bare one for the phone.
    pub fn jid(&self, server: Server, device: u16) -> Jid {
        match server {
            Server::Lid => Jid::lid_device(self.lid.as_str(), device),
            _ => Jid::pn_device(self.number.digits(), device),
        }
    }

    // Devices

    pub fn device(&self, id: u16) -> Option<Arc<Device>> {
        self.devices.read().get(&id).cloned()
    }

    /// All devices, the phone first.
    pub fn devices(&self) -> Vec<Arc<Device>> {
        self.devices.read().values().cloned().collect()
    }

    pub fn companions(&self) -> Vec<Arc<Device>> {
        self.devices
            .read()
            .values()
            .filter(|d| d.address.device != 0)
            .cloned()
            .collect()
    }

    pub fn reserve_device_id(&self, store: &Store) -> u16 {
        let mut record = self.record.lock();
        let id = record.next_device;
        record.next_device += 1;
        store.submit(vec![self.change(&record)]);
        id
    }

    pub fn insert_device(&self, device: Arc<Device>) {
        self.devices.write().insert(device.address.device, device);
    }

    pub fn remove_device(&self, id: u16) -> Option<Arc<Device>> {
        self.devices.write().remove(&id)
    }

    /// Notes that the list of companions changed; the time never goes back.
    pub fn devices_changed(&self, store: &Store, now: i64) {
        let mut record = self.record.lock();
        record.devices_changed_at = now.max(record.devices_changed_at + 1);
        store.submit(vec![self.change(&record)]);
    }

    pub fn devices_changed_at(&self) -> i64 {
        self.record.lock().devices_changed_at
    }

    // Watchers

    pub fn watch(&self, store: &Store, by: &PhoneNumber) {
        if self.watchers.lock().insert(by.clone()) {
            let key = format!("{}/{}", self.number.digits(), by.digits());
            store.submit(vec![Change::Put(Kind::Watcher, key, Vec::new())]);
        }
    }

    pub fn restore_watcher(&self, by: PhoneNumber) {
        self.watchers.lock().insert(by);
    }

    pub fn watchers(&self) -> Vec<PhoneNumber> {
        self.watchers.lock().iter().cloned().collect()
    }
}
