//! Chats whose messages disappear after a while: those we send there must say so
//! too, or they stay.

use super::store::SessionStore;
use std::sync::Arc;
use whatsapp_rust::{
    Client, Jid,
    types::events::{Event, EventHandler, EventInterest, EventKind, InboundMessage},
    wacore::proto_helpers::MessageExt,
    wacore_binary::JidExt,
    waproto::whatsapp::message::protocol_message::Type,
};

/// Keeps what messages tell of their chats.
pub struct Timers(pub Arc<SessionStore>);

impl EventHandler for Timers {
    fn interest(&self) -> EventInterest {
        EventInterest::of(&[EventKind::Messages])
    }

    fn handle_event(&self, event: Arc<Event>) {
        let Event::Messages(batch) = &*event else {
            return;
        };
        for message in batch.messages.iter() {
            let chat = &message.info.source.chat;
            if !(chat.is_group() || chat.is_pn() || chat.is_lid()) {
                continue;
            }
            let Some(seconds) = timer(message) else {
                continue;
            };
            let (store, chat) = (self.0.clone(), chat.to_non_ad().to_string());
            tokio::spawn(async move {
                if let Err(error) = store.set_timer(chat, seconds).await {
                    tracing::warn!(%error, "A chat's disappearing messages were not noted.");
                }
            });
        }
    }
}

/// What a message says of its chat, if anything; 0: messages stay again.
fn timer(message: &InboundMessage) -> Option<u32> {
    let base = message.message.get_base_message();
    if let Some(protocol) = base.protocol_message.as_option()
        && protocol.r#type == Some(Type::EphemeralSetting)
    {
        return Some(protocol.ephemeral_expiration.unwrap_or_default());
    }
    message.info.ephemeral_expiration
}

/// After how many seconds what is sent to a chat now disappears; `None`: it
/// stays.
pub async fn of(client: &Client, store: &SessionStore, chat: &Jid) -> Option<u32> {
    // Without it the message is sent all the same.
    if !store.has_timers().await.unwrap_or_default() {
        return None;
    }
    let mut names = vec![chat.to_string()];
    if !chat.is_group()
        && let Ok(Some(person)) = client.get_lid_pn_entry(chat).await
    {
        names.push(format!("{}@lid", person.lid));
        names.push(format!("{}@s.whatsapp.net", person.phone_number));
    }
    let known = store.timer(&names).await.unwrap_or_default();
    known.filter(|seconds| *seconds > 0)
}
