//! What is known of chats, devices and messages. Most of it may be missing
//! after a power cut: the library asks WhatsApp again.

use super::{
    rows::{Rows, Space, key_of, prefix_of},
    session::{Result, SessionStore, decoded, encoded, library},
};
use crate::port::StoreError;
use async_trait::async_trait;
use whatsapp_rust::wacore::{
    store::traits::{
        DeviceListRecord, LidPnMappingEntry, PendingInboundKey, PendingInboundRow, ProtocolStore,
        TcTokenEntry,
    },
    time::now_secs,
};

type Done<T> = Result<T, StoreError>;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn mapping(rows: &mut dyn Rows, lid: &[u8]) -> Done<Option<LidPnMappingEntry>> {
    let entry = rows.get(Space::LidMapping, lid)?;
    entry.map(|entry| decoded(&entry)).transpose()
}

fn put_mapping(rows: &mut dyn Rows, entry: &LidPnMappingEntry, value: &[u8]) -> Done<()> {
    let (lid, number) = (entry.lid.as_bytes(), entry.phone_number.as_bytes());
    // The number that the LID had before is not its any more.
    if let Some(before) = mapping(rows, lid)?
        && before.phone_number != entry.phone_number
    {
        rows.delete(Space::LidOfNumber, before.phone_number.as_bytes())?;
    }
    rows.put(Space::LidOfNumber, number, lid, 0)?;
    rows.put(Space::LidMapping, lid, value, 0)
}

fn token(rows: &mut dyn Rows, jid: &[u8]) -> Done<Option<TcTokenEntry>> {
    let entry = rows.get(Space::PrivacyToken, jid)?;
    entry.map(|entry| decoded(&entry)).transpose()
}

fn put_token(rows: &mut dyn Rows, jid: &[u8], entry: &TcTokenEntry) -> Done<()> {
    let value = serde_json::to_vec(entry).map_err(|error| StoreError::Other(error.to_string()))?;
    rows.put(Space::PrivacyToken, jid, &value, 0)
}

impl SessionStore {
    async fn put_lightly(&self, space: Space, key: Vec<u8>, value: Vec<u8>) -> Result<()> {
        self.write_lightly(move |rows| rows.put(space, &key, &value, 0))
            .await
    }

    async fn delete_lightly(&self, space: Space, key: Vec<u8>) -> Result<()> {
        self.write_lightly(move |rows| rows.delete(space, &key))
            .await
    }
}

#[async_trait]
impl ProtocolStore for SessionStore {
    // Who has the key of a group is Signal state: a device taken for one that
    // has it could not read what follows.

    async fn get_sender_key_devices(&self, group_jid: &str) -> Result<Vec<(String, bool)>> {
        let prefix = prefix_of(&[group_jid]);
        let length = prefix.len();
        let rows = self
            .read(move |rows| rows.scan(Space::SenderKeyDevice, &prefix))
            .await?;
        let device = |(key, has): (Vec<u8>, Vec<u8>)| (text(&key[length..]), has == [1]);
        Ok(rows.into_iter().map(device).collect())
    }

    async fn set_sender_key_status(&self, group_jid: &str, entries: &[(&str, bool)]) -> Result<()> {
        let all: Vec<_> = entries
            .iter()
            .map(|(device, has)| (key_of(&[group_jid, device]), [u8::from(*has)]))
            .collect();
        self.write(move |rows| {
            all.iter()
                .try_for_each(|(key, has)| rows.put(Space::SenderKeyDevice, key, has, 0))
        })
        .await
    }

    async fn clear_sender_key_devices(&self, group_jid: &str) -> Result<()> {
        let prefix = prefix_of(&[group_jid]);
        self.write(move |rows| rows.delete_all(Space::SenderKeyDevice, &prefix))
            .await
    }

    async fn delete_sender_key_device_rows(&self, device_jids: &[&str]) -> Result<()> {
        if device_jids.is_empty() {
            return Ok(());
        }
        let devices: Vec<Vec<u8>> = device_jids
            .iter()
            .map(|jid| jid.as_bytes().into())
            .collect();
        self.write(move |rows| {
            for (key, _) in rows.scan(Space::SenderKeyDevice, &[])? {
                // A length, the group, the device.
                let Some((length, rest)) = key.split_first_chunk() else {
                    continue;
                };
                let device = rest.get(u32::from_be_bytes(*length) as usize..);
                if device.is_some_and(|device| devices.iter().any(|d| d == device)) {
                    rows.delete(Space::SenderKeyDevice, &key)?;
                }
            }
            Ok(())
        })
        .await
    }

    async fn clear_all_sender_key_devices(&self) -> Result<()> {
        self.write(|rows| rows.delete_all(Space::SenderKeyDevice, &[]))
            .await
    }

    async fn get_lid_mapping(&self, lid: &str) -> Result<Option<LidPnMappingEntry>> {
        let lid = lid.as_bytes().to_vec();
        self.read(move |rows| mapping(rows, &lid)).await
    }

    async fn get_pn_mapping(&self, phone: &str) -> Result<Option<LidPnMappingEntry>> {
        let number = phone.as_bytes().to_vec();
        self.read(move |rows| match rows.get(Space::LidOfNumber, &number)? {
            Some(lid) => mapping(rows, &lid),
            None => Ok(None),
        })
        .await
    }

    async fn put_lid_mapping(&self, entry: &LidPnMappingEntry) -> Result<()> {
        self.put_lid_mappings(std::slice::from_ref(entry)).await
    }

    async fn put_lid_mappings(&self, entries: &[LidPnMappingEntry]) -> Result<()> {
        let mut all = Vec::with_capacity(entries.len());
        for entry in entries {
            all.push((entry.clone(), encoded(entry)?));
        }
        self.write_lightly(move |rows| {
            all.iter()
                .try_for_each(|(entry, value)| put_mapping(rows, entry, value))
        })
        .await?;
        // The last thing that the library waits for before it answers a phone
        // that accepted the device is this mapping, of the device's own person.
        self.before_answering_the_phone().await
    }

    async fn get_all_lid_mappings(&self) -> Result<Vec<LidPnMappingEntry>> {
        let all = self.read(|rows| rows.scan(Space::LidMapping, &[])).await?;
        let entries = all.iter().map(|(_, entry)| decoded(entry));
        entries.collect::<Done<_>>().map_err(library)
    }

    async fn save_base_key(&self, address: &str, message_id: &str, base_key: &[u8]) -> Result<()> {
        let (key, base_key) = (key_of(&[address, message_id]), base_key.to_vec());
        self.write(move |rows| rows.put(Space::BaseKey, &key, &base_key, 0))
            .await
    }

    async fn has_same_base_key(
        &self,
        address: &str,
        message_id: &str,
        current_base_key: &[u8],
    ) -> Result<bool> {
        let key = key_of(&[address, message_id]);
        let saved = self
            .read(move |rows| rows.get(Space::BaseKey, &key))
            .await?;
        Ok(saved.is_some_and(|saved| saved == current_base_key))
    }

    async fn delete_base_key(&self, address: &str, message_id: &str) -> Result<()> {
        let key = key_of(&[address, message_id]);
        self.write(move |rows| rows.delete(Space::BaseKey, &key))
            .await
    }

    async fn update_device_list(&self, record: DeviceListRecord) -> Result<()> {
        self.update_device_lists(vec![record]).await
    }

    async fn update_device_lists(&self, records: Vec<DeviceListRecord>) -> Result<()> {
        let mut all = Vec::with_capacity(records.len());
        for record in &records {
            all.push((key_of(&[&record.user]), encoded(record)?));
        }
        self.write_lightly(move |rows| {
            all.iter()
                .try_for_each(|(key, record)| rows.put(Space::DeviceList, key, record, 0))
        })
        .await
    }

    async fn get_devices(&self, user: &str) -> Result<Option<DeviceListRecord>> {
        let key = key_of(&[user]);
        let record = self
            .read(move |rows| rows.get(Space::DeviceList, &key))
            .await?;
        let record = record.map(|record| decoded(&record)).transpose();
        record.map_err(library)
    }

    async fn delete_devices(&self, user: &str) -> Result<()> {
        self.delete_lightly(Space::DeviceList, key_of(&[user]))
            .await
    }

    async fn get_group_metadata(&self, group_jid: &str) -> Result<Option<Vec<u8>>> {
        let key = key_of(&[group_jid]);
        self.read(move |rows| rows.get(Space::GroupMetadata, &key))
            .await
    }

    async fn put_group_metadata(&self, group_jid: &str, blob: &[u8]) -> Result<()> {
        self.put_lightly(Space::GroupMetadata, key_of(&[group_jid]), blob.to_vec())
            .await
    }

    async fn delete_group_metadata(&self, group_jid: &str) -> Result<()> {
        self.delete_lightly(Space::GroupMetadata, key_of(&[group_jid]))
            .await
    }

    async fn get_tc_token(&self, jid: &str) -> Result<Option<TcTokenEntry>> {
        let key = key_of(&[jid]);
        self.read(move |rows| token(rows, &key)).await
    }

    async fn put_tc_token(&self, jid: &str, entry: &TcTokenEntry) -> Result<()> {
        self.put_lightly(Space::PrivacyToken, key_of(&[jid]), encoded(entry)?)
            .await
    }

    async fn delete_tc_token(&self, jid: &str) -> Result<()> {
        self.delete_lightly(Space::PrivacyToken, key_of(&[jid]))
            .await
    }

    async fn get_all_tc_token_jids(&self) -> Result<Vec<String>> {
        let all = self
            .read(|rows| rows.scan(Space::PrivacyToken, &[]))
            .await?;
        Ok(all.iter().map(|(jid, _)| text(jid)).collect())
    }

    async fn delete_expired_tc_tokens(&self, token_cutoff: i64, sender_cutoff: i64) -> Result<u32> {
        self.write_lightly(move |rows| {
            let mut gone = 0;
            for (jid, entry) in rows.scan(Space::PrivacyToken, &[])? {
                let entry: TcTokenEntry = decoded(&entry)?;
                let lives = !entry.token.is_empty() && entry.token_timestamp >= token_cutoff;
                let sends = entry.sender_timestamp.is_some_and(|at| at >= sender_cutoff);
                if !lives && !sends {
                    rows.delete(Space::PrivacyToken, &jid)?;
                    gone += 1;
                }
            }
            Ok(gone)
        })
        .await
    }

    async fn touch_tc_token_sender_timestamp(
        &self,
        jid: &str,
        sender_timestamp: i64,
    ) -> Result<()> {
        let key = key_of(&[jid]);
        self.write_lightly(move |rows| {
            let entry = match token(rows, &key)? {
                Some(mut entry) => {
                    let later = entry.sender_timestamp.max(Some(sender_timestamp));
                    entry.sender_timestamp = later;
                    entry
                }
                None => TcTokenEntry {
                    token: Vec::new(),
                    token_timestamp: sender_timestamp,
                    sender_timestamp: Some(sender_timestamp),
                },
            };
            put_token(rows, &key, &entry)
        })
        .await
    }

    async fn store_received_tc_token(
        &self,
        jid: &str,
        received: &[u8],
        token_timestamp: i64,
    ) -> Result<()> {
        let (key, received) = (key_of(&[jid]), received.to_vec());
        self.write_lightly(move |rows| {
            let before = token(rows, &key)?;
            if let Some(before) = &before
                && !before.token.is_empty()
                && token_timestamp < before.token_timestamp
            {
                return Ok(());
            }
            let entry = TcTokenEntry {
                token: received,
                token_timestamp,
                sender_timestamp: before.and_then(|before| before.sender_timestamp),
            };
            put_token(rows, &key, &entry)
        })
        .await
    }

    async fn store_sent_message(
        &self,
        chat_jid: &str,
        message_id: &str,
        payload: &[u8],
    ) -> Result<()> {
        let (key, payload) = (key_of(&[chat_jid, message_id]), payload.to_vec());
        let now = now_secs();
        self.will_be_due(Space::SentMessage, now);
        self.write_lightly(move |rows| rows.put(Space::SentMessage, &key, &payload, now))
            .await
    }

    async fn take_sent_message(&self, chat_jid: &str, message_id: &str) -> Result<Option<Vec<u8>>> {
        let key = key_of(&[chat_jid, message_id]);
        self.write_lightly(move |rows| {
            let payload = rows.get(Space::SentMessage, &key)?;
            rows.delete(Space::SentMessage, &key)?;
            Ok(payload)
        })
        .await
    }

    async fn delete_expired_sent_messages(&self, cutoff_timestamp: i64) -> Result<u32> {
        self.delete_due(Space::SentMessage, cutoff_timestamp).await
    }

    async fn store_pending_inbound(
        &self,
        chat: &str,
        sender: &str,
        id: &str,
        message: &[u8],
    ) -> Result<()> {
        let row = PendingInboundRow {
            chat,
            sender,
            id,
            message,
        };
        self.store_pending_inbound_batch(&[row]).await
    }

    async fn get_pending_inbound(
        &self,
        chat: &str,
        sender: &str,
        id: &str,
    ) -> Result<Option<Vec<u8>>> {
        let key = key_of(&[chat, sender, id]);
        self.read(move |rows| rows.get(Space::PendingInbound, &key))
            .await
    }

    async fn delete_pending_inbound(&self, chat: &str, sender: &str, id: &str) -> Result<()> {
        self.delete_pending_inbound_batch(&[PendingInboundKey { chat, sender, id }])
            .await
    }

    async fn delete_expired_pending_inbound(&self, cutoff_timestamp: i64) -> Result<u32> {
        self.delete_due(Space::PendingInbound, cutoff_timestamp)
            .await
    }

    /// WhatsApp is told that these arrived: it does not send them again.
    async fn store_pending_inbound_batch(&self, rows: &[PendingInboundRow<'_>]) -> Result<()> {
        let now = now_secs();
        let all: Vec<_> = rows
            .iter()
            .map(|row| {
                (
                    key_of(&[row.chat, row.sender, row.id]),
                    row.message.to_vec(),
                )
            })
            .collect();
        self.will_be_due(Space::PendingInbound, now);
        self.write(move |rows| {
            all.iter()
                .try_for_each(|(key, message)| rows.put(Space::PendingInbound, key, message, now))
        })
        .await
    }

    async fn delete_pending_inbound_batch(&self, keys: &[PendingInboundKey<'_>]) -> Result<()> {
        let keys: Vec<_> = keys
            .iter()
            .map(|key| key_of(&[key.chat, key.sender, key.id]))
            .collect();
        self.write_lightly(move |rows| {
            keys.iter()
                .try_for_each(|key| rows.delete(Space::PendingInbound, key))
        })
        .await
    }
}
