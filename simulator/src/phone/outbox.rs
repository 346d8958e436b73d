//! What a person does on the phone: write, and open chats.

use std::sync::Arc;

use wacore::messages::wrap_device_sent;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;
use waproto::whatsapp::Message;

use super::chat::{ChatMessage, Status, rfc3339};
use super::media::{self, Media};
use super::{Envelope, Phone, Sent};
use crate::number::PhoneNumber;
use crate::platform;
use crate::state::Network;
use crate::state::account::Account;
use crate::state::device::Device;

/// Message ids in one read receipt, as many as the apps put there.
const IDS_PER_RECEIPT: usize = 256;

/// What a person puts into a chat.
pub struct Written {
    pub kind: &'static str,
    pub text: String,
    pub media: Option<Media>,
    pub message: Message,
}

impl Written {
    pub fn text(text: &str) -> Self {
        Self {
            kind: "text",
            text: text.to_owned(),
            media: None,
            message: Message {
                conversation: Some(text.to_owned()),
                ..Default::default()
            },
        }
    }
}

/// Writes as the person who owns the phone.
pub fn write(
    network: &Network,
    from: &Arc<Account>,
    to: &Arc<Account>,
    written: Written,
) -> ChatMessage {
    let id = platform::message_id();
    let shown = ChatMessage {
        id: id.clone(),
        from: from.number.clone(),
        to: to.number.clone(),
        kind: written.kind.to_owned(),
        text: written.text,
        at: rfc3339(platform::now_millis()),
        status: Status::Sent,
        device: 0,
        media: written.media,
    };
    let envelopes = {
        let mut phone = from.phone.lock();
        phone.record(shown.clone());
        let envelopes = phone.address_message(network, from, to, &id, &written.message);
        phone.save(&network.store);
        envelopes
    };
    network.stats.saw_message(&id);
    network.stats.messages_relayed.up();
    network.dispatch(envelopes);
    shown
}

/// Opens the chat with someone: read receipts go out. Returns how many messages were unread.
pub fn read_chat(network: &Network, account: &Arc<Account>, peer: &PhoneNumber) -> usize {
    let ids = {
        let mut phone = account.phone.lock();
        let ids = phone.open_chat(peer);
        phone.save(&network.store);
        ids
    };
    for chunk in ids.chunks(IDS_PER_RECEIPT) {
        let node = read_receipt(account, chunk);
        network.dispatch(network.to_all_devices(&account.address(0), peer, &node));
    }
    ids.len()
}

fn read_receipt(account: &Account, ids: &[String]) -> Node {
    let builder = NodeBuilder::new("receipt")
        .attr("from", account.number.jid())
        .attr("id", ids[0].as_str())
        .attr("type", "read")
        .attr("t", platform::now_secs());
    if ids.len() == 1 {
        return builder.build();
    }
    let items = ids[1..]
        .iter()
        .map(|id| NodeBuilder::new("item").attr("id", id.as_str()).build());
    builder
        .children([NodeBuilder::new("list").children(items).build()])
        .build()
}

impl Phone {
    /// Encrypts for every device of both sides but this one.
    fn address_message(
        &mut self,
        network: &Network,
        from: &Arc<Account>,
        to: &Arc<Account>,
        id: &str,
        message: &Message,
    ) -> Vec<Envelope> {
        let mut envelopes = Vec::new();
        let kind = if media::attached(message).is_some() {
            "media"
        } else {
            "text"
        };
        if from.number != to.number {
            let stanza = message_stanza(from, id, kind).build();
            for device in to.devices() {
                envelopes.extend(self.envelope(network, from, &device, message, &stanza));
            }
            self.remember_sent(Sent {
                id: id.to_owned(),
                message: message.clone(),
                stanza,
            });
        }
        let copy = wrap_device_sent(message.clone(), to.number.jid().to_string());
        let stanza = message_stanza(from, id, kind)
            .attr("recipient", to.number.jid())
            .build();
        for device in from.companions() {
            envelopes.extend(self.envelope(network, from, &device, &copy, &stanza));
        }
        envelopes
    }

    pub(super) fn envelope(
        &mut self,
        network: &Network,
        from: &Account,
        device: &Device,
        message: &Message,
        stanza: &Node,
    ) -> Option<Envelope> {
        match self.seal(&network.store, device, message) {
            Ok(enc) => {
                let mut node = stanza.clone();
                node.content = Some(wacore_binary::NodeContent::Nodes(vec![enc]));
                Some(Envelope {
                    from: from.address(0),
                    to: device.address.clone(),
                    node,
                })
            }
            Err(error) => {
                tracing::warn!(%error, device = device.address.device, "a phone cannot encrypt for a device");
                None
            }
        }
    }
}

/// The stanza's frame as the server hands it on.
pub(super) fn message_stanza(from: &Account, id: &str, kind: &'static str) -> NodeBuilder {
    NodeBuilder::new("message")
        .attr("from", from.number.jid())
        .attr("id", id)
        .attr("type", kind)
        .attr("t", platform::now_secs())
        .attr("notify", from.name.as_str())
        .attr("sender_lid", from.jid(wacore_binary::Server::Lid, 0))
}
