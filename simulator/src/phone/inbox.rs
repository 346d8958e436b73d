//! What a phone does with the stanzas it receives.

use std::sync::Arc;

use wacore::messages::{decode_plaintext, unwrap_device_sent};
use wacore_binary::{Jid, Node, NodeContent};
use waproto::whatsapp::Message;

use super::changes::Heading;
use super::receipts::receipt;
use super::{Envelope, Phone, content};
use crate::recipient::{GroupId, Recipient};
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

/// The group that a stanza comes from.
pub(super) fn group_of(node: &Node) -> Option<GroupId> {
    GroupId::of(&node.attrs.get("from")?.to_jid()?)
}

impl Phone {
    fn receive_message(
        &mut self,
        network: &Network,
        account: &Account,
        envelope: &Envelope,
    ) -> Vec<Envelope> {
        let (node, from) = (&envelope.node, &envelope.from);
        let Some(id) = node.attrs.get("id").map(|id| id.as_str().into_owned()) else {
            return Vec::new();
        };
        let group = group_of(node);
        let known = self.seen.contains(&(from.number.clone(), id.clone()));
        let opened = match &group {
            None => self.open_first(from, node),
            Some(group) => self.open_group(from, group, node),
        };
        let message = match opened {
            Ok(message) => message,
            // Sent again by a client that did not learn of the first time: the receipt tells it.
            Err(_) if known => return delivered(network, account, from, group.as_ref(), &id),
            Err(reason) => {
                tracing::debug!(message.id = %id, %reason, "a phone cannot read a message");
                return self.ask_again(network, account, from, group.as_ref(), &id);
            }
        };
        self.retries.remove(&(from.clone(), id.clone()));
        let own = from.number == self.number;
        if own && content::asks_for_keys(&message) {
            return self.share_keys(network, account, from.device);
        }
        let (to, message) = match &group {
            Some(group) => (Recipient::Group(group.clone()), message),
            None if own => match destination(network, node, &message) {
                Some(to) => (to, unwrap_device_sent(message)),
                None => (self.number.clone().into(), message),
            },
            None => (self.number.clone().into(), message),
        };
        if !own {
            account.presence.sent(&from.number, &to);
        }
        let heading = Heading { id: &id, from, to };
        self.take_in(network, &heading, &message);
        // Nobody is told that a status arrived.
        if own || group.as_ref().is_some_and(GroupId::is_status) {
            Vec::new()
        } else {
            delivered(network, account, from, group.as_ref(), &id)
        }
    }

    fn open_first(&mut self, from: &Address, node: &Node) -> Result<Message, String> {
        let enc = node
            .get_children_by_tag("enc")
            .next()
            .ok_or("the stanza has no encrypted part")?;
        let (kind, bytes) = encrypted(enc)?;
        let plaintext = self.open(from, &kind, bytes).map_err(|e| e.to_string())?;
        decode_plaintext(&plaintext, 2).map_err(|e| e.to_string())
    }

    /// A message to a group has a part for all, and for devices that do not have
    /// the sender's key yet a part with that.
    fn open_group(
        &mut self,
        from: &Address,
        group: &GroupId,
        node: &Node,
    ) -> Result<Message, String> {
        let mut found = Err("the stanza has no encrypted part".to_owned());
        for enc in node.get_children_by_tag("enc") {
            let (kind, bytes) = encrypted(enc)?;
            let plaintext = match kind.as_str() {
                "skmsg" => self.sender_keys.open(group, from, bytes),
                _ => self.open(from, &kind, bytes),
            };
            let plaintext = plaintext.map_err(|e| e.to_string())?;
            let mut message = decode_plaintext(&plaintext, 2).map_err(|e| e.to_string())?;
            if let Some(key) = message.sender_key_distribution_message.take() {
                self.sender_keys
                    .learn(group, from, &key)
                    .map_err(|e| e.to_string())?;
            }
            found = Ok(message);
        }
        found
    }
}

fn encrypted(enc: &Node) -> Result<(String, &[u8]), String> {
    let kind = enc.attrs.get("type").map(|t| t.as_str().into_owned());
    match &enc.content {
        Some(NodeContent::Bytes(bytes)) => Ok((kind.unwrap_or_default(), bytes)),
        _ => Err("the encrypted part is empty".to_owned()),
    }
}

/// Whom a copy is for that an own companion sent.
fn destination(network: &Network, node: &Node, message: &Message) -> Option<Recipient> {
    let copy = message.device_sent_message.as_option()?;
    let named = copy
        .destination_jid
        .as_deref()
        .and_then(|j| j.parse::<Jid>().ok());
    let jid = named.or_else(|| node.attrs.get("recipient")?.to_jid())?;
    Some(network.resolve(&jid)?.number.clone().into())
}

fn delivered(
    network: &Network,
    account: &Account,
    to: &Address,
    group: Option<&GroupId>,
    id: &str,
) -> Vec<Envelope> {
    let group = group.and_then(|id| network.group(id));
    let node = receipt(account, group.as_deref(), id).build();
    network.to_all_devices(&account.address(0), &to.number, &node)
}
