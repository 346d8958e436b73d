//! What a phone remembers of its Signal sessions, in memory, with a log of
//! changes for the storage.

use std::collections::HashMap;

use async_trait::async_trait;
use wacore_libsignal::protocol::error::Result;
use wacore_libsignal::protocol::{
    Direction, GenericSignedPreKey as _, IdentityChange, IdentityKey, IdentityKeyPair,
    IdentityKeyStore, KeyPair, PreKeyId, PreKeyRecord, PreKeyStore, ProtocolAddress, SessionRecord,
    SessionStore, SignalProtocolError, SignedPreKeyId, SignedPreKeyRecord, SignedPreKeyStore,
    Timestamp,
};

use super::keys::PhoneKeys;
use crate::number::PhoneNumber;
use crate::state::device::Address;
use crate::state::persist::{Change, Kind};

/// The Signal name of a peer device: one session each, whatever address form a stanza used.
pub fn protocol_address(address: &Address) -> ProtocolAddress {
    ProtocolAddress::new(address.number.digits(), u32::from(address.device).into())
}

fn record_key(owner: &PhoneNumber, peer: &ProtocolAddress) -> String {
    format!("{}/{}", owner.digits(), peer.as_str())
}

pub struct Sessions {
    owner: PhoneNumber,
    records: HashMap<String, SessionRecord>,
    changes: Vec<Change>,
}

impl Sessions {
    pub fn new(owner: PhoneNumber) -> Self {
        Self {
            owner,
            records: HashMap::new(),
            changes: Vec::new(),
        }
    }

    pub fn restore(&mut self, peer: &str, bytes: &[u8]) {
        match SessionRecord::deserialize(bytes) {
            Ok(record) => {
                self.records.insert(peer.to_owned(), record);
            }
            Err(error) => tracing::error!(%error, "a stored Signal session cannot be read"),
        }
    }

    pub fn knows(&self, peer: &ProtocolAddress) -> bool {
        self.records.contains_key(peer.as_str())
    }

    pub fn forget(&mut self, peer: &ProtocolAddress) {
        if self.records.remove(peer.as_str()).is_some() {
            let key = record_key(&self.owner, peer);
            self.changes.push(Change::Delete(Kind::Session, key));
        }
    }

    pub fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn load_session(&self, address: &ProtocolAddress) -> Result<Option<SessionRecord>> {
        Ok(self.records.get(address.as_str()).cloned())
    }

    async fn has_session(&self, address: &ProtocolAddress) -> Result<bool> {
        Ok(self.knows(address))
    }

    async fn store_session(
        &mut self,
        address: &ProtocolAddress,
        record: SessionRecord,
    ) -> Result<()> {
        let key = record_key(&self.owner, address);
        self.changes
            .push(Change::Put(Kind::Session, key, record.serialize()?));
        self.records.insert(address.as_str().to_owned(), record);
        Ok(())
    }
}

pub struct Identities {
    owner: PhoneNumber,
    own: IdentityKeyPair,
    registration_id: u32,
    known: HashMap<String, IdentityKey>,
    changes: Vec<Change>,
}

impl Identities {
    pub fn new(owner: PhoneNumber, keys: &PhoneKeys) -> Self {
        Self {
            owner,
            own: keys.identity.clone(),
            registration_id: keys.registration_id,
            known: HashMap::new(),
            changes: Vec::new(),
        }
    }

    pub fn restore(&mut self, peer: &str, bytes: &[u8]) {
        match IdentityKey::decode(bytes) {
            Ok(key) => {
                self.known.insert(peer.to_owned(), key);
            }
            Err(error) => tracing::error!(%error, "a stored identity key cannot be read"),
        }
    }

    pub fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }
}

#[async_trait]
impl IdentityKeyStore for Identities {
    async fn get_identity_key_pair(&self) -> Result<IdentityKeyPair> {
        Ok(self.own.clone())
    }

    async fn get_local_registration_id(&self) -> Result<u32> {
        Ok(self.registration_id)
    }

    async fn save_identity(
        &mut self,
        address: &ProtocolAddress,
        identity: &IdentityKey,
    ) -> Result<IdentityChange> {
        let before = self.known.insert(address.as_str().to_owned(), *identity);
        if before == Some(*identity) {
            return Ok(IdentityChange::NewOrUnchanged);
        }
        let key = record_key(&self.owner, address);
        self.changes.push(Change::Put(
            Kind::Identity,
            key,
            identity.serialize().to_vec(),
        ));
        Ok(IdentityChange::from_changed(before.is_some()))
    }

    async fn is_trusted_identity(
        &self,
        _address: &ProtocolAddress,
        _identity: &IdentityKey,
        _direction: Direction,
    ) -> Result<bool> {
        // Phones accept a changed key and only show a notice to the person.
        Ok(true)
    }

    async fn get_identity(&self, address: &ProtocolAddress) -> Result<Option<IdentityKey>> {
        Ok(self.known.get(address.as_str()).copied())
    }
}

/// The private halves of the phone's one-time keys.
pub struct OneTimeKeys {
    owner: PhoneNumber,
    next_id: u32,
    records: HashMap<u32, PreKeyRecord>,
    changes: Vec<Change>,
}

impl OneTimeKeys {
    pub fn new(owner: PhoneNumber) -> Self {
        Self {
            owner,
            next_id: 1,
            records: HashMap::new(),
            changes: Vec::new(),
        }
    }

    pub fn restore(&mut self, id: u32, bytes: &[u8]) {
        match PreKeyRecord::deserialize(bytes) {
            Ok(record) => {
                self.records.insert(id, record);
                self.next_id = self.next_id.max(id + 1);
            }
            Err(error) => tracing::error!(%error, "a stored one-time key cannot be read"),
        }
    }

    /// Makes a key, keeps its private half, and returns its id.
    pub fn add(&mut self, pair: &KeyPair) -> Result<u32> {
        let id = self.next_id;
        self.next_id += 1;
        let record = PreKeyRecord::new(id.into(), pair);
        self.changes.push(Change::Put(
            Kind::PhonePreKey,
            self.key(id),
            record.serialize()?,
        ));
        self.records.insert(id, record);
        Ok(id)
    }

    pub fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    fn key(&self, id: u32) -> String {
        format!("{}/{id:08}", self.owner.digits())
    }
}

#[async_trait]
impl PreKeyStore for OneTimeKeys {
    async fn get_pre_key(&self, id: PreKeyId) -> Result<PreKeyRecord> {
        self.records
            .get(&id.into())
            .cloned()
            .ok_or(SignalProtocolError::InvalidPreKeyId)
    }

    async fn save_pre_key(&mut self, id: PreKeyId, record: &PreKeyRecord) -> Result<()> {
        self.records.insert(id.into(), record.clone());
        Ok(())
    }

    async fn remove_pre_key(&mut self, id: PreKeyId) -> Result<()> {
        let id = id.into();
        if self.records.remove(&id).is_some() {
            self.changes
                .push(Change::Delete(Kind::PhonePreKey, self.key(id)));
        }
        Ok(())
    }
}

/// The phone's one signed key.
pub struct SignedKey(SignedPreKeyRecord);

impl SignedKey {
    pub fn new(keys: &PhoneKeys) -> Self {
        Self(SignedPreKeyRecord::new(
            keys.signed_id.into(),
            Timestamp::from_epoch_millis(0),
            &keys.signed,
            &keys.signature,
        ))
    }
}

#[async_trait]
impl SignedPreKeyStore for SignedKey {
    async fn get_signed_pre_key(&self, _id: SignedPreKeyId) -> Result<SignedPreKeyRecord> {
        Ok(self.0.clone())
    }

    async fn save_signed_pre_key(
        &mut self,
        _id: SignedPreKeyId,
        record: &SignedPreKeyRecord,
    ) -> Result<()> {
        self.0 = record.clone();
        Ok(())
    }
}
