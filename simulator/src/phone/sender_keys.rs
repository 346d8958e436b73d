//! Keys for messages to groups: the phone's own, and those of other devices.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use wacore_libsignal::protocol::error::Result;
use wacore_libsignal::protocol::{
    SenderKeyDistributionMessage as Distribution, SenderKeyName, SenderKeyRecord, SenderKeyStore,
    create_sender_key_distribution_message, group_decrypt, group_encrypt,
    process_sender_key_distribution_message,
};
use waproto::whatsapp::message::SenderKeyDistributionMessage;

use super::at_once;
use super::signal_store::protocol_address;
use crate::number::PhoneNumber;
use crate::platform;
use crate::recipient::GroupId;
use crate::state::device::Address;
use crate::state::persist::{Change, Kind};

pub struct SenderKeys {
    records: Records,
    /// Who has been given the phone's own key; forgotten with the process, since
    /// giving it once more does no harm.
    shared: HashMap<GroupId, HashSet<Address>>,
}

struct Records {
    owner: PhoneNumber,
    by_name: HashMap<String, SenderKeyRecord>,
    changes: Vec<Change>,
}

fn name(group: &GroupId, sender: &Address) -> SenderKeyName {
    SenderKeyName::from_parts(&group.to_string(), protocol_address(sender).as_str())
}

impl SenderKeys {
    pub fn new(owner: PhoneNumber) -> Self {
        Self {
            records: Records {
                owner,
                by_name: HashMap::new(),
                changes: Vec::new(),
            },
            shared: HashMap::new(),
        }
    }

    pub fn restore(&mut self, name: &str, bytes: &[u8]) {
        match SenderKeyRecord::deserialize(bytes) {
            Ok(record) => {
                self.records.by_name.insert(name.to_owned(), record);
            }
            Err(error) => tracing::error!(%error, "a stored sender key cannot be read"),
        }
    }

    pub fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.records.changes)
    }

    /// The phone's own key, made if there is none, as it is given to others.
    pub fn own(&mut self, group: &GroupId, own: &Address) -> Result<SenderKeyDistributionMessage> {
        let distribution = at_once(create_sender_key_distribution_message(
            &name(group, own),
            &mut self.records,
            &mut platform::rng(),
        ))?;
        Ok(SenderKeyDistributionMessage {
            group_id: Some(group.to_string()),
            axolotl_sender_key_distribution_message: Some(
                distribution.into_serialized().into_vec(),
            ),
        })
    }

    /// Encrypts for everyone who has the phone's own key.
    pub fn seal(&mut self, group: &GroupId, own: &Address, plaintext: &[u8]) -> Result<Vec<u8>> {
        let sealed = at_once(group_encrypt(
            &mut self.records,
            &name(group, own),
            plaintext,
            &mut platform::rng(),
        ))?;
        Ok(sealed.into_serialized().into_vec())
    }

    pub fn learn(
        &mut self,
        group: &GroupId,
        sender: &Address,
        key: &SenderKeyDistributionMessage,
    ) -> Result<()> {
        let bytes = key.axolotl_sender_key_distribution_message.as_deref();
        let distribution = Distribution::try_from(bytes.unwrap_or_default())?;
        at_once(process_sender_key_distribution_message(
            &name(group, sender),
            &distribution,
            &mut self.records,
        ))
    }

    pub fn open(&mut self, group: &GroupId, sender: &Address, bytes: &[u8]) -> Result<Vec<u8>> {
        at_once(group_decrypt(
            bytes,
            &mut self.records,
            &name(group, sender),
        ))
    }

    pub fn is_shared(&self, group: &GroupId, with: &Address) -> bool {
        self.shared
            .get(group)
            .is_some_and(|devices| devices.contains(with))
    }

    pub fn shared(&mut self, group: &GroupId, with: &Address) {
        let devices = self.shared.entry(group.clone()).or_default();
        devices.insert(with.clone());
    }

    /// The next message is encrypted with a new key, which all are given anew.
    pub fn renew(&mut self, group: &GroupId, own: &Address) {
        let name = name(group, own);
        if self.records.by_name.remove(name.cache_key()).is_some() {
            let key = self.records.key(&name);
            self.records
                .changes
                .push(Change::Delete(Kind::SenderKey, key));
        }
        self.shared.remove(group);
    }

    /// The device has lost what it had, or is no more.
    pub fn not_shared(&mut self, with: &Address) {
        for devices in self.shared.values_mut() {
            devices.remove(with);
        }
    }
}

impl Records {
    fn key(&self, name: &SenderKeyName) -> String {
        format!("{}/{}", self.owner.digits(), name.cache_key())
    }
}

#[async_trait]
impl SenderKeyStore for Records {
    async fn store_sender_key(
        &mut self,
        name: &SenderKeyName,
        record: SenderKeyRecord,
    ) -> Result<()> {
        let key = self.key(name);
        let bytes = record.serialize()?;
        self.changes.push(Change::Put(Kind::SenderKey, key, bytes));
        self.by_name.insert(name.cache_key().to_owned(), record);
        Ok(())
    }

    async fn load_sender_key(&self, name: &SenderKeyName) -> Result<Option<SenderKeyRecord>> {
        Ok(self.by_name.get(name.cache_key()).cloned())
    }
}
