//! Rows: a space, a key in it, a value, and when the value is due to go.

use crate::port::StoreError;
use std::{collections::BTreeMap, ops::Bound};

/// The kinds of rows. The numbers are on disk: never give one another meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Space {
    Device = 1,
    Identity = 2,
    Session = 3,
    PreKey = 4,
    SignedPreKey = 5,
    SenderKey = 6,
    SyncKey = 7,
    LatestSyncKey = 8,
    SyncVersion = 9,
    MutationMac = 10,
    SenderKeyDevice = 11,
    LidMapping = 12,
    LidOfNumber = 13,
    BaseKey = 14,
    DeviceList = 15,
    GroupMetadata = 16,
    PrivacyToken = 17,
    SentMessage = 18,
    PendingInbound = 19,
    MessageSecret = 20,
    ChatTimer = 21,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub space: Space,
    pub key: Vec<u8>,
    pub value: Vec<u8>,
    /// 0: stays until it is deleted.
    pub due: i64,
}

/// A key and its value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// Rows that can be asked and changed, in memory or on disk.
pub trait Rows {
    fn get(&mut self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;
    fn put(&mut self, space: Space, key: &[u8], value: &[u8], due: i64) -> Result<(), StoreError>;
    fn delete(&mut self, space: Space, key: &[u8]) -> Result<(), StoreError>;
    /// Keys and values whose keys begin so, by key.
    fn scan(&mut self, space: Space, prefix: &[u8]) -> Result<Vec<Entry>, StoreError>;
    fn delete_all(&mut self, space: Space, prefix: &[u8]) -> Result<(), StoreError>;
    fn any(&mut self, space: Space, prefix: &[u8]) -> Result<bool, StoreError>;
    fn last_key(&mut self, space: Space) -> Result<Option<Vec<u8>>, StoreError>;
    /// When the value was put to be due.
    fn due(&mut self, space: Space, key: &[u8]) -> Result<Option<i64>, StoreError>;
    /// Delete what is due before then; how many, and when the next one is due.
    fn delete_due(&mut self, space: Space, before: i64) -> Result<(u32, Option<i64>), StoreError>;
}

/// A key of several parts: all but the last with their lengths, so that no two
/// different lists of parts make the same key and the first ones are a prefix.
pub fn key_of(parts: &[&str]) -> Vec<u8> {
    let (last, first) = parts.split_last().expect("a key has a part");
    let mut key = prefix_of(first);
    key.extend_from_slice(last.as_bytes());
    key
}

/// What the keys that begin with these parts begin with.
pub fn prefix_of(parts: &[&str]) -> Vec<u8> {
    let mut prefix = Vec::new();
    for part in parts {
        let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
        prefix.extend_from_slice(&length.to_be_bytes());
        prefix.extend_from_slice(part.as_bytes());
    }
    prefix
}

/// The first key after all that begin with the prefix; none if there cannot be.
pub fn after(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if let Some(next) = last.checked_add(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

/// The rows of a device that no phone has accepted yet: a QR needs keys, not a
/// file, and most codes are never scanned.
#[derive(Debug, Default, Clone)]
pub struct Memory(BTreeMap<(Space, Vec<u8>), (Vec<u8>, i64)>);

impl Memory {
    pub fn into_rows(self) -> Vec<Row> {
        let row = |((space, key), (value, due))| Row {
            space,
            key,
            value,
            due,
        };
        self.0.into_iter().map(row).collect()
    }

    fn range<'a>(
        &'a self,
        space: Space,
        prefix: &'a [u8],
    ) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        self.0
            .range((Bound::Included((space, prefix.to_vec())), Bound::Unbounded))
            .take_while(move |((s, key), _)| *s == space && key.starts_with(prefix))
            .map(|((_, key), (value, _))| (key.as_slice(), value.as_slice()))
    }
}

impl Rows for Memory {
    fn get(&mut self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let row = self.0.get(&(space, key.to_vec()));
        Ok(row.map(|(value, _)| value.clone()))
    }

    fn put(&mut self, space: Space, key: &[u8], value: &[u8], due: i64) -> Result<(), StoreError> {
        self.0.insert((space, key.to_vec()), (value.to_vec(), due));
        Ok(())
    }

    fn delete(&mut self, space: Space, key: &[u8]) -> Result<(), StoreError> {
        self.0.remove(&(space, key.to_vec()));
        Ok(())
    }

    fn scan(&mut self, space: Space, prefix: &[u8]) -> Result<Vec<Entry>, StoreError> {
        let rows = self.range(space, prefix);
        Ok(rows.map(|(k, v)| (k.to_vec(), v.to_vec())).collect())
    }

    fn delete_all(&mut self, space: Space, prefix: &[u8]) -> Result<(), StoreError> {
        self.0
            .retain(|(s, key), _| *s != space || !key.starts_with(prefix));
        Ok(())
    }

    fn any(&mut self, space: Space, prefix: &[u8]) -> Result<bool, StoreError> {
        Ok(self.range(space, prefix).next().is_some())
    }

    fn last_key(&mut self, space: Space) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.range(space, &[]).last().map(|(key, _)| key.to_vec()))
    }

    fn due(&mut self, space: Space, key: &[u8]) -> Result<Option<i64>, StoreError> {
        Ok(self.0.get(&(space, key.to_vec())).map(|(_, due)| *due))
    }

    fn delete_due(&mut self, space: Space, before: i64) -> Result<(u32, Option<i64>), StoreError> {
        let had = self.0.len();
        self.0
            .retain(|(s, _), (_, due)| *s != space || *due == 0 || *due >= before);
        let gone = u32::try_from(had - self.0.len()).unwrap_or(u32::MAX);
        let of_space = self.0.iter().filter(|((s, _), _)| *s == space);
        let next = of_space.map(|(_, (_, due))| *due).filter(|due| *due > 0);
        Ok((gone, next.min()))
    }
}
