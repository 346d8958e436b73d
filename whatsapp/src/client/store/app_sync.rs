//! What is in sync with the phone's settings and lists.

use super::{
    rows::{Rows, Space, key_of, prefix_of},
    session::{Result, SessionStore, decoded, encoded, library},
};
use crate::port::StoreError;
use async_trait::async_trait;
use std::collections::HashMap;
use whatsapp_rust::wacore::{
    appstate::{hash::HashState, processor::AppStateMutationMAC},
    store::traits::{AppStateSyncKey, AppSyncStore},
};

fn mac_key(name: &str, index: &[u8]) -> Vec<u8> {
    let mut key = prefix_of(&[name]);
    key.extend_from_slice(index);
    key
}

#[async_trait]
impl AppSyncStore for SessionStore {
    async fn get_sync_key(&self, key_id: &[u8]) -> Result<Option<AppStateSyncKey>> {
        let id = key_id.to_vec();
        let key = self.read(move |rows| rows.get(Space::SyncKey, &id)).await?;
        key.map(|key| decoded(&key)).transpose().map_err(library)
    }

    /// The phone gives a key away once: it is on disk as Signal state is.
    async fn set_sync_key(&self, key_id: &[u8], key: AppStateSyncKey) -> Result<()> {
        let (id, key) = (key_id.to_vec(), encoded(&key)?);
        self.write(move |rows| {
            rows.put(Space::SyncKey, &id, &key, 0)?;
            rows.put(Space::LatestSyncKey, &[], &id, 0)
        })
        .await
    }

    async fn get_version(&self, name: &str) -> Result<HashState> {
        let key = key_of(&[name]);
        let state = self
            .read(move |rows| rows.get(Space::SyncVersion, &key))
            .await?;
        let state = state.map(|state| decoded(&state)).transpose();
        Ok(state.map_err(library)?.unwrap_or_default())
    }

    async fn set_version(&self, name: &str, state: HashState) -> Result<()> {
        let (key, state) = (key_of(&[name]), encoded(&state)?);
        self.write_lightly(move |rows| rows.put(Space::SyncVersion, &key, &state, 0))
            .await
    }

    async fn put_mutation_macs(
        &self,
        name: &str,
        _version: u64,
        mutations: &[AppStateMutationMAC],
    ) -> Result<()> {
        let all: Vec<_> = mutations
            .iter()
            .map(|mutation| {
                (
                    mac_key(name, &mutation.index_mac),
                    mutation.value_mac.clone(),
                )
            })
            .collect();
        self.write_lightly(move |rows| {
            all.iter()
                .try_for_each(|(key, mac)| rows.put(Space::MutationMac, key, mac, 0))
        })
        .await
    }

    async fn get_mutation_mac(&self, name: &str, index_mac: &[u8]) -> Result<Option<Vec<u8>>> {
        let key = mac_key(name, index_mac);
        self.read(move |rows| rows.get(Space::MutationMac, &key))
            .await
    }

    async fn get_mutation_macs(
        &self,
        name: &str,
        index_macs: &[[u8; 32]],
    ) -> Result<HashMap<[u8; 32], Vec<u8>>> {
        let asked: Vec<_> = index_macs
            .iter()
            .map(|index| (*index, mac_key(name, index)))
            .collect();
        self.read(move |rows: &mut dyn Rows| {
            let mut found = HashMap::with_capacity(asked.len());
            for (index, key) in asked {
                if let Some(mac) = rows.get(Space::MutationMac, &key)? {
                    found.insert(index, mac);
                }
            }
            Ok::<_, StoreError>(found)
        })
        .await
    }

    async fn delete_mutation_macs(&self, name: &str, index_macs: &[Vec<u8>]) -> Result<()> {
        let keys: Vec<_> = index_macs
            .iter()
            .map(|index| mac_key(name, index))
            .collect();
        self.write_lightly(move |rows| {
            keys.iter()
                .try_for_each(|key| rows.delete(Space::MutationMac, key))
        })
        .await
    }

    async fn clear_mutation_macs(&self, name: &str) -> Result<()> {
        let prefix = prefix_of(&[name]);
        self.write_lightly(move |rows| rows.delete_all(Space::MutationMac, &prefix))
            .await
    }

    async fn get_latest_sync_key_id(&self) -> Result<Option<Vec<u8>>> {
        self.read(|rows| rows.get(Space::LatestSyncKey, &[])).await
    }
}
