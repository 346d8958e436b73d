//! The secrets of messages that later ones refer to.

use super::{
    rows::{Rows, Space, key_of},
    session::{Result, SessionStore},
};
use crate::port::StoreError;
use async_trait::async_trait;
use whatsapp_rust::wacore::store::traits::{
    MsgSecretEntry, MsgSecretStore, merge_msg_secret_expiry, merge_msg_secret_message_ts,
};

/// The message's time, then its secret.
fn split(value: &[u8]) -> Option<(Vec<u8>, i64)> {
    let (at, secret) = value.split_first_chunk()?;
    Some((secret.to_vec(), i64::from_be_bytes(*at)))
}

fn put(rows: &mut dyn Rows, entry: &MsgSecretEntry) -> Result<(), StoreError> {
    let key = key_of(&[&entry.chat, &entry.sender, &entry.msg_id]);
    let (mut due, mut at) = (entry.expires_at, entry.message_ts);
    if let Some(before) = rows.due(Space::MessageSecret, &key)? {
        due = merge_msg_secret_expiry(before, due);
        let value = rows.get(Space::MessageSecret, &key)?;
        if let Some((_, known)) = value.and_then(|value| split(&value)) {
            at = merge_msg_secret_message_ts(known, at);
        }
    }
    let mut value = at.to_be_bytes().to_vec();
    value.extend_from_slice(&entry.secret);
    rows.put(Space::MessageSecret, &key, &value, due)
}

#[async_trait]
impl MsgSecretStore for SessionStore {
    async fn put_msg_secrets(&self, entries: Vec<MsgSecretEntry>) -> Result<usize> {
        let count = entries.len();
        for due in entries.iter().map(|entry| entry.expires_at) {
            if due > 0 {
                self.will_be_due(Space::MessageSecret, due);
            }
        }
        self.write_lightly(move |rows| entries.iter().try_for_each(|entry| put(rows, entry)))
            .await?;
        Ok(count)
    }

    async fn get_msg_secret(
        &self,
        chat: &str,
        sender: &str,
        msg_id: &str,
    ) -> Result<Option<Vec<u8>>> {
        let found = self.get_msg_secret_with_ts(chat, sender, msg_id).await?;
        Ok(found.map(|(secret, _)| secret))
    }

    async fn get_msg_secret_with_ts(
        &self,
        chat: &str,
        sender: &str,
        msg_id: &str,
    ) -> Result<Option<(Vec<u8>, i64)>> {
        let key = key_of(&[chat, sender, msg_id]);
        let value = self
            .read(move |rows| rows.get(Space::MessageSecret, &key))
            .await?;
        Ok(value.and_then(|value| split(&value)))
    }

    async fn delete_expired_msg_secrets(&self, cutoff_timestamp: i64) -> Result<u32> {
        // What is due at the cutoff goes too.
        self.delete_due(Space::MessageSecret, cutoff_timestamp.saturating_add(1))
            .await
    }
}
