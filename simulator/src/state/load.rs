//! Bringing the network back from its storage.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::account::{self, Account};
use super::device::{self, Device};
use super::groups::Group;
use super::media::MediaStore;
use super::persist::{Change, Kind, Store, Stored};
use super::{Network, StartError};
use crate::number::PhoneNumber;
use crate::phone::chat::ChatMessage;
use crate::phone::{Phone, keys};
use crate::recipient::GroupId;
use crate::wire::certificates::{self, Certificates};

const CERTIFICATES: &str = "certificates";

impl Network {
    /// Opens the folder; a new one gets its certificates.
    pub async fn open(folder: &Path) -> Result<Self, StartError> {
        let (store, stored) = Store::open(folder).await?;
        let records = Records::sort(stored);
        let secrets = match records.get(Kind::Secrets, CERTIFICATES) {
            Some(bytes) => json(bytes)?,
            None => {
                let secrets = certificates::Secrets::generate();
                let key = CERTIFICATES.to_owned();
                store.submit(vec![Change::put_json(Kind::Secrets, key, &secrets)]);
                store.durable().await?;
                secrets
            }
        };
        let network = Self::new(
            store,
            MediaStore::open(&folder.join("media"))?,
            Certificates::from_secrets(&secrets)?,
        );
        for (key, bytes) in records.of(Kind::Account) {
            let account = load_account(&network, &records, number_of(key)?, json(bytes)?)?;
            network.insert_account(account);
        }
        for (key, bytes) in records.of(Kind::Group) {
            let group = Group::new(GroupId::new(key), json(bytes)?);
            network.insert_group(Arc::new(group));
        }
        Ok(network)
    }
}

fn load_account(
    network: &Network,
    records: &Records,
    number: PhoneNumber,
    record: account::Record,
) -> Result<Arc<Account>, StartError> {
    let under = number.digits().to_owned();
    let secrets = records
        .get(Kind::Phone, &under)
        .ok_or_else(|| StartError::Damaged(format!("the keys of {number} are missing")))?;
    let secrets: keys::Secrets = json(secrets)?;
    let mut phone = Phone::new(number.clone(), secrets)
        .map_err(|e| StartError::Damaged(format!("the keys of {number}: {e}")))?;
    for (peer, bytes) in records.under(Kind::Session, &under) {
        phone.restore_session(peer, bytes);
    }
    for (peer, bytes) in records.under(Kind::Identity, &under) {
        phone.restore_identity(peer, bytes);
    }
    for (name, bytes) in records.under(Kind::SenderKey, &under) {
        phone.restore_sender_key(name, bytes);
    }
    for (id, bytes) in records.under(Kind::PhonePreKey, &under) {
        phone.restore_one_time_key(parse(id)?, bytes);
    }
    for (_, bytes) in records.under(Kind::Chat, &under) {
        let message: ChatMessage = json(bytes)?;
        network.stats.saw_message(&message.id);
        phone.restore_chat(message);
    }
    let account = Account::new(number, record, phone);
    for (id, bytes) in records.under(Kind::Device, &under) {
        let record: device::Record = json(bytes)?;
        let device = Device::new(account.address(parse(id)?), record);
        let under = device.address.key();
        for (id, bytes) in records.under(Kind::PreKey, &under) {
            let public = bytes
                .try_into()
                .map_err(|_| StartError::Damaged("a public key has a wrong length".to_owned()))?;
            device.restore_one_time_key(parse(id)?, public);
        }
        for (seq, bytes) in records.under(Kind::Queued, &under) {
            device.restore_queued(parse(seq)?, bytes);
        }
        account.insert_device(Arc::new(device));
    }
    for (watcher, _) in records.under(Kind::Watcher, &under) {
        account.restore_watcher(number_of(watcher)?);
    }
    Ok(Arc::new(account))
}

fn number_of(text: &str) -> Result<PhoneNumber, StartError> {
    text.parse()
        .map_err(|_| StartError::Damaged(format!("{text:?} is no number")))
}

fn parse<T: std::str::FromStr>(text: &str) -> Result<T, StartError> {
    text.parse()
        .map_err(|_| StartError::Damaged(format!("{text:?} is no id")))
}

fn json<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, StartError> {
    serde_json::from_slice(bytes).map_err(|e| StartError::Damaged(e.to_string()))
}

/// Stored records by kind, in the order of their keys.
struct Records(HashMap<&'static str, std::collections::BTreeMap<String, Vec<u8>>>);

impl Records {
    fn sort(stored: Vec<Stored>) -> Self {
        let mut by_kind: HashMap<_, std::collections::BTreeMap<_, _>> = HashMap::new();
        for record in stored {
            by_kind
                .entry(record.kind.name())
                .or_default()
                .insert(record.key, record.value);
        }
        Self(by_kind)
    }

    fn get(&self, kind: Kind, key: &str) -> Option<&[u8]> {
        Some(self.0.get(kind.name())?.get(key)?.as_slice())
    }

    fn of(&self, kind: Kind) -> impl Iterator<Item = (&str, &[u8])> {
        self.0
            .get(kind.name())
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.as_str(), value.as_slice()))
    }

    /// Records whose key starts with the text and a slash; yields what follows.
    fn under<'a>(
        &'a self,
        kind: Kind,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let start = format!("{prefix}/");
        let end = format!("{prefix}0");
        let at = start.len();
        self.0
            .get(kind.name())
            .into_iter()
            .flat_map(move |all| all.range(start.clone()..end.clone()))
            .map(move |(key, value)| (&key[at..], value.as_slice()))
    }
}
