//! What comes in, handed on before WhatsApp is told that it arrived.

mod beside;
mod calls;
mod download;
mod groups;
mod history;
mod made_up;
mod names;
mod pictures;
mod pieces;
mod read;
#[cfg(test)]
mod tests;
mod votes;

pub use beside::{Beside, take_beside};
pub use download::download;
pub use groups::group;
pub use made_up::{beside, history};
pub use pictures::picture;

use super::store::SessionStore;
use crate::port::{Author, Body, Chat, Ending, Incoming, Intake, Quoted};
use async_trait::async_trait;
use names::known;
use std::sync::{Arc, Mutex, PoisonError};
use whatsapp_rust::{
    Client, InboundDurabilityHook,
    types::{
        events::InboundMessage,
        message::{MessageCategory, MessageInfo},
    },
    wacore_binary::JidExt,
    waproto,
};

/// What a message says, whoever wrote it and wherever.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    pub body: Body,
    pub quote: Option<Quoted>,
    /// JIDs of those whom the text names.
    pub mentions: Vec<String>,
}

/// Reads the bytes of a decrypted message. `None`: they are none, or say nothing
/// to people, or are a vote, which only those can read who have the poll.
pub fn said(plaintext: &[u8]) -> Option<Said> {
    let message = waproto::codec::message_decode(plaintext).ok()?;
    let said = read::said(&message)?;
    match said.what {
        read::What::Body(body) => Some(Said {
            body,
            quote: said.quote,
            mentions: said.mentions,
        }),
        read::What::Vote(_) => None,
    }
}

/// The library's last step before it tells WhatsApp that messages arrived.
pub struct Inlet {
    pub intake: Arc<dyn Intake>,
    pub store: Arc<SessionStore>,
    /// How the link ended, once it has.
    pub ending: Arc<Mutex<Option<Ending>>>,
}

impl Inlet {
    /// WhatsApp delivers again after a login, and not before.
    fn begin_anew(&self, client: Arc<Client>) {
        let detail = "what came in could not be written down".to_owned();
        self.ending
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(Ending::Closed { detail });
        tokio::spawn(async move { client.disconnect().await });
    }

    async fn read(&self, client: &Client, came: &InboundMessage) -> Option<Incoming> {
        let info = &came.info;
        if is_aside(info) {
            return None;
        }
        let mut said = read::said(&came.message)?;
        if let read::What::Vote(sealed) = said.what {
            said.what = read::What::Body(self.open_vote(client, info, &sealed).await?);
        }
        let read::What::Body(body) = said.what else {
            return None;
        };
        Some(Incoming {
            quote: said.quote,
            mentions: said.mentions,
            ..plain(client, info, body).await
        })
    }
}

/// Whether it belongs to no conversation.
fn is_aside(info: &MessageInfo) -> bool {
    let chat = &info.source.chat;
    chat.is_newsletter()
        || (chat.is_broadcast_list() && !chat.is_status_broadcast())
        || info.category == MessageCategory::Peer
        || info.id.is_empty()
}

/// Where a message stands and who wrote it, with what it says.
async fn plain(client: &Client, info: &MessageInfo, body: Body) -> Incoming {
    let source = &info.source;
    Incoming {
        id: info.id.to_string(),
        chat: chat(client, info).await,
        author: Author {
            person: known(client, &[Some(&source.sender), source.sender_alt.as_ref()]).await,
            push_name: Some(info.push_name.clone()).filter(|name| !name.is_empty()),
            is_self: source.is_from_me,
        },
        at: info.timestamp.into(),
        body,
        quote: None,
        mentions: Vec::new(),
    }
}

async fn chat(client: &Client, info: &MessageInfo) -> Chat {
    let source = &info.source;
    if source.chat.is_status_broadcast() {
        return Chat::Status;
    }
    if source.is_group || source.chat.is_group() {
        return Chat::Group(source.chat.to_non_ad().to_string());
    }
    let other = if source.is_from_me {
        info.peer_recipient_pn.as_ref()
    } else {
        source.sender_alt.as_ref()
    };
    Chat::Person(known(client, &[Some(&source.chat), other]).await)
}

/// The library wants it for itself.
pub struct Hook(pub Arc<Inlet>);

#[async_trait]
impl InboundDurabilityHook for Hook {
    async fn on_messages(
        &self,
        client: Arc<Client>,
        batch: &[InboundMessage],
    ) -> whatsapp_rust::anyhow::Result<()> {
        let mut messages = Vec::with_capacity(batch.len());
        for came in batch {
            messages.extend(self.0.read(&client, came).await);
        }
        if messages.is_empty() {
            return Ok(());
        }
        let taken = self.0.intake.take(messages).await;
        if let Err(not_taken) = &taken
            && not_taken.passes
        {
            self.0.begin_anew(client);
        }
        Ok(taken?)
    }
}
