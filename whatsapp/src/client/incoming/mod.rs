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
use crate::port::{Author, Body, Chat, Ending, Incoming, Intake, Person, Quoted};
use async_trait::async_trait;
use names::known;
use std::sync::{Arc, Mutex, PoisonError};
use whatsapp_rust::{
    Client, InboundDurabilityHook,
    types::{
        events::InboundMessage,
        message::{EditAttribute, MessageCategory, MessageInfo},
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
        let read::What::Body(mut body) = said.what else {
            return None;
        };
        if let Body::Delete { as_admin, .. } = &mut body {
            *as_admin = info.edit == EditAttribute::AdminRevoke;
        }
        Some(Incoming {
            quote: said.quote,
            mentions: said.mentions,
            ..plain(client, info, body).await?
        })
    }
}

/// Whether it belongs to no conversation.
fn is_aside(info: &MessageInfo) -> bool {
    let source = &info.source;
    source.chat.is_newsletter()
        // Of one's own it is not said whom the list names.
        || (source.chat.is_broadcast_list() && source.is_from_me)
        || info.category == MessageCategory::Peer
        || info.id.is_empty()
}

/// Where a message stands and who wrote it, with what it says. `None`: that is
/// nobody with a number or a LID.
async fn plain(client: &Client, info: &MessageInfo, body: Body) -> Option<Incoming> {
    let source = &info.source;
    let chat = chat(client, info).await;
    let person = known(client, &[Some(&source.sender), source.sender_alt.as_ref()]).await;
    let is_nobody = person == Person::default() && !source.is_from_me;
    if is_nobody || chat == Chat::Person(Person::default()) {
        tracing::info!(message.id = %info.id, "A message of a bot was left out.");
        return None;
    }
    Some(Incoming {
        id: info.id.to_string(),
        author: Author {
            person,
            push_name: Some(info.push_name.clone()).filter(|name| !name.is_empty()),
            is_self: source.is_from_me,
            jid: (!matches!(chat, Chat::Person(_)) && !source.is_from_me)
                .then(|| source.sender.to_non_ad().to_string()),
        },
        chat,
        at: info.timestamp.into(),
        body,
        quote: None,
        mentions: Vec::new(),
    })
}

async fn chat(client: &Client, info: &MessageInfo) -> Chat {
    let source = &info.source;
    if source.chat.is_status_broadcast() {
        return Chat::Status;
    }
    if source.chat.is_broadcast_list() {
        // To each whom it names it is a message of their own, as on phones.
        let sender = [Some(&source.sender), source.sender_alt.as_ref()];
        return Chat::Person(known(client, &sender).await);
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
