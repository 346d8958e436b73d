//! After how many seconds the messages of a chat disappear.

use super::{
    rows::Space,
    session::{Result, SessionStore},
};
use parking_lot::Mutex;
use std::collections::HashMap;
use tokio::sync::OnceCell;

/// Asked for with every message that is sent, and few chats have one: read once.
#[derive(Default)]
pub struct Timers(OnceCell<Mutex<HashMap<String, u32>>>);

impl SessionStore {
    async fn known_timers(&self) -> Result<&Mutex<HashMap<String, u32>>> {
        let read = async || {
            let rows = self.read(|rows| rows.scan(Space::ChatTimer, &[])).await?;
            let timer = |(chat, seconds): (Vec<u8>, Vec<u8>)| {
                let seconds = seconds.try_into().ok()?;
                Some((String::from_utf8(chat).ok()?, u32::from_be_bytes(seconds)))
            };
            Ok(Mutex::new(rows.into_iter().filter_map(timer).collect()))
        };
        self.timers.0.get_or_try_init(read).await
    }

    pub async fn set_timer(&self, chat: String, seconds: u32) -> Result<()> {
        let known = self.known_timers().await?;
        // Every message of such a chat says it again.
        if known.lock().insert(chat.clone(), seconds) == Some(seconds) {
            return Ok(());
        }
        self.write_lightly(move |rows| {
            rows.put(Space::ChatTimer, chat.as_bytes(), &seconds.to_be_bytes(), 0)
        })
        .await
    }

    /// Of any chat; `false`: none of them has one.
    pub async fn has_timers(&self) -> Result<bool> {
        Ok(!self.known_timers().await?.lock().is_empty())
    }

    /// Of a chat by its names; the longest that is known.
    pub async fn timer(&self, names: &[String]) -> Result<Option<u32>> {
        let known = self.known_timers().await?.lock();
        Ok(names
            .iter()
            .filter_map(|name| known.get(name))
            .copied()
            .max())
    }
}
