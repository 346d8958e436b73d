//! Identities, sessions and keys of the Signal protocol: all of it is on disk
//! when the library is told so.

use super::{
    rows::Space,
    session::{Result, SessionStore},
};
use async_trait::async_trait;
use std::sync::Arc;
use whatsapp_rust::{bytes::Bytes, wacore::store::traits::SignalStore};

fn id_of(key: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(key.try_into().ok()?))
}

impl SessionStore {
    async fn get(&self, space: Space, key: Vec<u8>) -> Result<Option<Vec<u8>>> {
        self.read(move |rows| rows.get(space, &key)).await
    }

    async fn put_all(&self, space: Space, all: Vec<(Vec<u8>, Bytes)>) -> Result<()> {
        if all.is_empty() {
            return Ok(());
        }
        self.write(move |rows| {
            all.iter()
                .try_for_each(|(key, value)| rows.put(space, key, value, 0))
        })
        .await
    }

    async fn delete(&self, space: Space, key: Vec<u8>) -> Result<()> {
        self.write(move |rows| rows.delete(space, &key)).await
    }
}

fn by_address(all: &[(Arc<str>, Bytes)]) -> Vec<(Vec<u8>, Bytes)> {
    all.iter()
        .map(|(address, value)| (address.as_bytes().to_vec(), value.clone()))
        .collect()
}

#[async_trait]
impl SignalStore for SessionStore {
    async fn put_identity(&self, address: &str, key: [u8; 32]) -> Result<()> {
        let all = vec![(address.into(), Bytes::copy_from_slice(&key))];
        self.put_all(Space::Identity, all).await
    }

    async fn put_identities_batch(&self, identities: &[(Arc<str>, [u8; 32])]) -> Result<()> {
        let all = identities
            .iter()
            .map(|(address, key)| (address.as_bytes().to_vec(), Bytes::copy_from_slice(key)));
        self.put_all(Space::Identity, all.collect()).await
    }

    async fn load_identity(&self, address: &str) -> Result<Option<[u8; 32]>> {
        let key = self.get(Space::Identity, address.into()).await?;
        Ok(key.and_then(|key| key.try_into().ok()))
    }

    async fn delete_identity(&self, address: &str) -> Result<()> {
        self.delete(Space::Identity, address.into()).await
    }

    async fn get_session(&self, address: &str) -> Result<Option<Bytes>> {
        let session = self.get(Space::Session, address.into()).await?;
        if session.is_some() {
            self.has_peers([address]);
        }
        Ok(session.map(Bytes::from))
    }

    async fn put_session(&self, address: &str, session: &[u8]) -> Result<()> {
        self.has_peers([address]);
        let all = vec![(address.into(), Bytes::copy_from_slice(session))];
        self.put_all(Space::Session, all).await
    }

    async fn put_sessions_batch(&self, sessions: &[(Arc<str>, Bytes)]) -> Result<()> {
        self.has_peers(sessions.iter().map(|(address, _)| &**address));
        self.put_all(Space::Session, by_address(sessions)).await
    }

    async fn delete_session(&self, address: &str) -> Result<()> {
        self.delete(Space::Session, address.into()).await
    }

    async fn has_signal_state_for_user(&self, user: &str) -> Result<bool> {
        let addresses = ['@', ':'].map(|after| format!("{user}{after}").into_bytes());
        self.read(move |rows| {
            for space in [Space::Session, Space::Identity] {
                for prefix in &addresses {
                    if rows.any(space, prefix)? {
                        return Ok(true);
                    }
                }
            }
            Ok(false)
        })
        .await
    }

    async fn store_prekey(&self, id: u32, record: &[u8], uploaded: bool) -> Result<()> {
        let all = [(id, Bytes::copy_from_slice(record))];
        self.store_prekeys_batch(&all, uploaded).await
    }

    // Which ones were uploaded is told by the device's watermarks; nobody asks
    // a row.
    async fn store_prekeys_batch(&self, keys: &[(u32, Bytes)], _uploaded: bool) -> Result<()> {
        let all = keys
            .iter()
            .map(|(id, record)| (id.to_be_bytes().to_vec(), record.clone()));
        self.put_all(Space::PreKey, all.collect()).await
    }

    async fn load_prekey(&self, id: u32) -> Result<Option<Bytes>> {
        let record = self.get(Space::PreKey, id.to_be_bytes().to_vec()).await?;
        Ok(record.map(Bytes::from))
    }

    async fn load_prekeys_batch(&self, ids: &[u32]) -> Result<Vec<(u32, Bytes)>> {
        let ids = ids.to_vec();
        self.read(move |rows| {
            let mut found = Vec::with_capacity(ids.len());
            for id in ids {
                if let Some(record) = rows.get(Space::PreKey, &id.to_be_bytes())? {
                    found.push((id, Bytes::from(record)));
                }
            }
            Ok(found)
        })
        .await
    }

    async fn mark_prekeys_uploaded(&self, _ids: &[u32]) -> Result<()> {
        Ok(())
    }

    async fn remove_prekey(&self, id: u32) -> Result<()> {
        self.delete(Space::PreKey, id.to_be_bytes().to_vec()).await
    }

    async fn get_max_prekey_id(&self) -> Result<u32> {
        let last = self.read(|rows| rows.last_key(Space::PreKey)).await?;
        Ok(last.and_then(|key| id_of(&key)).unwrap_or(0))
    }

    async fn store_signed_prekey(&self, id: u32, record: &[u8]) -> Result<()> {
        let all = vec![(id.to_be_bytes().to_vec(), Bytes::copy_from_slice(record))];
        self.put_all(Space::SignedPreKey, all).await
    }

    async fn load_signed_prekey(&self, id: u32) -> Result<Option<Vec<u8>>> {
        self.get(Space::SignedPreKey, id.to_be_bytes().to_vec())
            .await
    }

    async fn load_all_signed_prekeys(&self) -> Result<Vec<(u32, Vec<u8>)>> {
        let all = self
            .read(|rows| rows.scan(Space::SignedPreKey, &[]))
            .await?;
        let by_id = |(key, record): (Vec<u8>, Vec<u8>)| Some((id_of(&key)?, record));
        Ok(all.into_iter().filter_map(by_id).collect())
    }

    async fn remove_signed_prekey(&self, id: u32) -> Result<()> {
        self.delete(Space::SignedPreKey, id.to_be_bytes().to_vec())
            .await
    }

    async fn put_sender_key(&self, address: &str, record: &[u8]) -> Result<()> {
        let all = vec![(address.into(), Bytes::copy_from_slice(record))];
        self.put_all(Space::SenderKey, all).await
    }

    async fn put_sender_keys_batch(&self, sender_keys: &[(Arc<str>, Bytes)]) -> Result<()> {
        self.put_all(Space::SenderKey, by_address(sender_keys))
            .await
    }

    async fn get_sender_key(&self, address: &str) -> Result<Option<Vec<u8>>> {
        self.get(Space::SenderKey, address.into()).await
    }

    async fn delete_sender_key(&self, address: &str) -> Result<()> {
        self.delete(Space::SenderKey, address.into()).await
    }
}
