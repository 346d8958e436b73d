//! What a phone does with the stanzas it receives.

use std::sync::Arc;

use wacore::messages::decode_plaintext;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, NodeContent};
use waproto::whatsapp::Message;

use super::chat::{ChatMessage, Status, rfc3339};
use super::{Envelope, Phone, content, media};
use crate::number::PhoneNumber;
use crate::platform;
use crate::state::Network;
use crate::state::account::Account;
use crate::state::device::Address;

/// Takes in a stanza; returns what the phone sends in answer.
pub fn receive(network: &Network, account: &Arc<Account>, envelope: &Envelope) -> Vec<Envelope> {
    let mut phone = account.phone.lock();
    let answers = match envelope.node.tag.as_ref() {
        "message" => phone.receive_message(network, account, envelope),
        "receipt" => phone.receive_receipt(network, account, envelope),
        _ => Vec::new(),
    };
    if let Some(own) = account.device(0)
        && let Err(error) = phone.replenish(&network.store, &own)
    {
        tracing::error!(%error, "a phone could not make one-time keys");
    }
    phone.save(&network.store);
    answers
}

impl Phone {
    fn receive_message(
        &mut self,
        network: &Network,
        account: &Account,
        envelope: &Envelope,
    ) -> Vec<Envelope> {
        let node = &envelope.node;
        let Some(id) = node.attrs.get("id").map(|id| id.as_str().into_owned()) else {
            return Vec::new();
        };
        let known = self
            .seen
            .contains(&(envelope.from.number.clone(), id.clone()));
        let opened = self.open_first(&envelope.from, node);
        let message = match opened {
            Ok(message) => message,
            // Sent again by a client that did not learn of the first time: the receipt tells it.
            Err(_) if known => return delivered(network, account, &envelope.from, &id),
            Err(reason) => {
                tracing::debug!(message.id = %id, %reason, "a phone cannot read a message");
                return self.ask_again(network, account, &envelope.from, &id);
            }
        };
        self.retries.remove(&(envelope.from.clone(), id.clone()));
        if content::asks_for_keys(&message) && envelope.from.number == self.number {
            return self.share_keys(network, account, envelope.from.device);
        }
        let own = envelope.from.number == self.number;
        let (to, message) = match destination(network, node, &message) {
            Some((to, inner)) if own => (to, inner),
            _ => (self.number.clone(), message),
        };
        if let Some(visible) = content::visible(&message) {
            self.record(ChatMessage {
                id: id.clone(),
                from: envelope.from.number.clone(),
                to,
                kind: visible.kind.to_owned(),
                text: visible.text,
                at: rfc3339(platform::now_millis()),
                status: if own { Status::Sent } else { Status::Unread },
                device: envelope.from.device,
                media: media::attached(&message).map(|found| found.checked(&network.media)),
            });
        }
        if own {
            Vec::new()
        } else {
            delivered(network, account, &envelope.from, &id)
        }
    }

    fn open_first(&mut self, from: &Address, node: &Node) -> Result<Message, String> {
        let enc = node
            .get_children_by_tag("enc")
            .next()
            .ok_or("the stanza has no encrypted part")?;
        let kind = enc.attrs.get("type").map(|t| t.as_str().into_owned());
        let Some(NodeContent::Bytes(bytes)) = &enc.content else {
            return Err("the encrypted part is empty".to_owned());
        };
        let plaintext = self
            .open(from, kind.as_deref().unwrap_or_default(), bytes)
            .map_err(|e| e.to_string())?;
        decode_plaintext(&plaintext, 2).map_err(|e| e.to_string())
    }

    fn receive_receipt(
        &mut self,
        network: &Network,
        account: &Account,
        envelope: &Envelope,
    ) -> Vec<Envelope> {
        let node = &envelope.node;
        let kind = node.attrs.get("type").map(|t| t.as_str());
        let status = match kind.as_deref() {
            None | Some("inactive") => Status::Delivered,
            Some("read" | "played") => Status::Read,
            Some("retry") => return self.send_again(network, account, envelope),
            Some(_) => return Vec::new(),
        };
        for id in receipt_ids(node) {
            self.advance(&id, status);
        }
        Vec::new()
    }

    /// Moves a message of the account's own forward; never back.
    fn advance(&mut self, id: &str, status: Status) {
        let found = self
            .chat
            .iter()
            .rposition(|m| m.id == id && m.from == self.number);
        if let Some(index) = found
            && self.chat[index].status < status
        {
            self.chat[index].status = status;
            let change = self.chat_change(index, &self.chat[index]);
            self.changes.push(change);
        }
    }

    /// Marks what came from the person as seen; returns the ids by sending device.
    pub(super) fn open_chat(&mut self, peer: &PhoneNumber) -> Vec<String> {
        let mut ids = Vec::new();
        for index in 0..self.chat.len() {
            let message = &self.chat[index];
            if message.status == Status::Unread && message.from == *peer {
                ids.push(message.id.clone());
                self.chat[index].status = Status::Seen;
                let change = self.chat_change(index, &self.chat[index]);
                self.changes.push(change);
            }
        }
        ids
    }
}

/// All message ids a receipt is about.
pub fn receipt_ids(node: &Node) -> Vec<String> {
    let own = node.attrs.get("id").map(|id| id.as_str().into_owned());
    let listed = node
        .get_optional_child("list")
        .into_iter()
        .flat_map(|list| list.get_children_by_tag("item"))
        .filter_map(|item| item.attrs.get("id").map(|id| id.as_str().into_owned()));
    own.into_iter().chain(listed).collect()
}

/// The inner message of a copy that an own companion sent, with its destination.
fn destination(
    network: &Network,
    node: &Node,
    message: &Message,
) -> Option<(PhoneNumber, Message)> {
    let copy = message.device_sent_message.as_option()?;
    let named = copy
        .destination_jid
        .as_deref()
        .and_then(|j| j.parse::<Jid>().ok());
    let jid = named.or_else(|| node.attrs.get("recipient")?.to_jid())?;
    let to = network.resolve(&jid)?.number.clone();
    Some((to, copy.message.as_option()?.clone()))
}

fn delivered(network: &Network, account: &Account, to: &Address, id: &str) -> Vec<Envelope> {
    let node = NodeBuilder::new("receipt")
        .attr("from", account.number.jid())
        .attr("id", id)
        .attr("t", platform::now_secs())
        .build();
    network.to_all_devices(&account.address(0), &to.number, &node)
}
