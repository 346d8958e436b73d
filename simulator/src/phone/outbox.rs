//! What a person writes on the phone, on its way to everyone's devices.

use std::sync::Arc;

use serde::Deserialize;
use wacore::messages::{MessageUtils, wrap_device_sent};
use wacore::send::stanza_type_from_message;
use wacore::types::message::EditAttribute;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, NodeContent, Server};
use waproto::whatsapp::Message;

use super::changes::Heading;
use super::chat::ChatMessage;
use super::{Envelope, Phone, SealError, Sent, enc};
use crate::number::PhoneNumber;
use crate::platform;
use crate::recipient::{GroupId, Recipient};
use crate::state::Network;
use crate::state::account::Account;
use crate::state::device::Device;
use crate::state::groups::Group;

/// Where a message goes, looked up.
pub enum Destination {
    Person(Arc<Account>),
    Group(Arc<Group>),
    /// Everyone who knows the person: all there are.
    Status,
}

impl Destination {
    pub fn recipient(&self) -> Recipient {
        match self {
            Self::Person(account) => account.number.clone().into(),
            Self::Group(group) => Recipient::Group(group.id.clone()),
            Self::Status => Recipient::Group(GroupId::status()),
        }
    }
}

/// What goes wrong with a message on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unreadable {
    /// No companion can read it; whichever asks is sent it again.
    Once,
    /// The same, but whichever asks waits until the person lets the phone answer.
    UntilSentAgain,
}

/// How a message goes out, besides what it says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    pub unreadable: Option<Unreadable>,
    /// Only phones get it: companions are told that there is something.
    pub only_on_phones: bool,
    /// It is sent by a broadcast list that the recipient is on.
    pub broadcast: bool,
}

impl Manner {
    fn apply(self, own: &PhoneNumber, envelope: &mut Envelope) {
        if envelope.to.device == 0 {
            return;
        }
        if self.only_on_phones {
            let told = NodeBuilder::new("unavailable").attr("type", "view_once");
            envelope.node.content = Some(NodeContent::Nodes(vec![told.build()]));
        } else if self.unreadable.is_some() && envelope.to.number != *own {
            spoil(&mut envelope.node);
        }
    }
}

/// Changes a byte of the encrypted message, where every kind has its end or its
/// seal.
fn spoil(node: &mut Node) {
    const FROM_THE_END: usize = 16;
    let Some(NodeContent::Nodes(parts)) = &mut node.content else {
        return;
    };
    if let Some(NodeContent::Bytes(bytes)) = parts.last_mut().and_then(|enc| enc.content.as_mut())
        && let Some(at) = bytes.len().checked_sub(FROM_THE_END)
    {
        bytes[at] ^= 1;
    }
}

/// Writes as the person who owns the phone; the message that is new or changed
/// by it, and `None` for what changes nothing.
pub fn write(
    network: &Network,
    from: &Arc<Account>,
    to: &Destination,
    message: &Message,
    manner: Manner,
) -> Option<ChatMessage> {
    let id = platform::message_id();
    let (shown, envelopes) = {
        let mut phone = from.phone.lock();
        let heading = Heading {
            id: &id,
            from: &from.address(0),
            to: to.recipient(),
        };
        let index = phone.take_in(network, &heading, message)?;
        let shown = phone.chat[index].clone();
        let mut envelopes = match to {
            Destination::Person(to) => {
                phone.address_person(network, from, to, &id, message, manner.broadcast)
            }
            Destination::Group(group) => {
                let stanza = group_stanza(from, group, &id, message).build();
                phone.address_group(network, &group.id, &group.members(), &id, message, &stanza)
            }
            Destination::Status => {
                let stanza = status_stanza(from, &id, message).build();
                let everyone: Vec<_> = network
                    .accounts()
                    .iter()
                    .map(|a| a.number.clone())
                    .collect();
                let status = GroupId::status();
                phone.address_group(network, &status, &everyone, &id, message, &stanza)
            }
        };
        for envelope in &mut envelopes {
            manner.apply(&from.number, envelope);
        }
        if manner.unreadable == Some(Unreadable::UntilSentAgain) {
            phone.withheld.insert(id.clone(), Vec::new());
        }
        phone.save(&network.store);
        (shown, envelopes)
    };
    network.stats.saw_message(&id);
    network.stats.messages_relayed.up();
    network.dispatch(envelopes);
    Some(shown)
}

impl Phone {
    /// Encrypts for every device of both sides but this one.
    fn address_person(
        &mut self,
        network: &Network,
        from: &Arc<Account>,
        to: &Arc<Account>,
        id: &str,
        message: &Message,
        broadcast: bool,
    ) -> Vec<Envelope> {
        let mut envelopes = Vec::new();
        if from.number != to.number {
            let stanza = match broadcast {
                true => broadcast_stanza(from, &broadcast_list(), id, message),
                false => message_stanza(from, id, message),
            };
            let stanza = stanza.build();
            for device in to.devices() {
                envelopes.extend(self.envelope(network, from, &device, message, &stanza));
            }
            self.remember_sent(Sent {
                id: id.to_owned(),
                message: message.clone(),
                stanza,
            });
        }
        let chat = if broadcast {
            broadcast_list()
        } else {
            to.number.jid()
        };
        let copy = wrap_device_sent(message.clone(), chat.to_string());
        let stanza = match broadcast {
            true => broadcast_stanza(from, &chat, id, message),
            false => message_stanza(from, id, message).attr("recipient", chat),
        };
        let stanza = stanza.build();
        for device in from.companions() {
            envelopes.extend(self.envelope(network, from, &device, &copy, &stanza));
        }
        envelopes
    }

    /// Encrypts once for all members' devices, with the phone's key for those
    /// that do not have it yet.
    fn address_group(
        &mut self,
        network: &Network,
        group: &GroupId,
        members: &[PhoneNumber],
        id: &str,
        message: &Message,
        stanza: &Node,
    ) -> Vec<Envelope> {
        let own = self.address();
        let sealed = self.sender_keys.own(group, &own).and_then(|key| {
            let plaintext = MessageUtils::encode_and_pad(message);
            let bytes = self.sender_keys.seal(group, &own, &plaintext)?;
            Ok((key, enc("skmsg", message).bytes(bytes).build()))
        });
        let (key, for_all) = match sealed {
            Ok(sealed) => sealed,
            Err(error) => {
                tracing::error!(%error, "a phone cannot encrypt for a group");
                return Vec::new();
            }
        };
        let key = Message {
            sender_key_distribution_message: key.into(),
            ..Default::default()
        };
        let accounts = members.iter().filter_map(|number| network.account(number));
        let devices: Vec<_> = accounts.flat_map(|account| account.devices()).collect();
        let mut envelopes = Vec::new();
        for device in devices.iter().filter(|device| device.address != own) {
            let mut parts = Vec::with_capacity(2);
            if !self.sender_keys.is_shared(group, &device.address) {
                match self.seal(&network.store, device, &key) {
                    Ok(part) => {
                        self.sender_keys.shared(group, &device.address);
                        parts.push(part);
                    }
                    // It will ask for the message again.
                    Err(error) => unsealed(&error, device),
                }
            }
            parts.push(for_all.clone());
            let mut node = stanza.clone();
            node.content = Some(NodeContent::Nodes(parts));
            envelopes.push(Envelope {
                from: own.clone(),
                to: device.address.clone(),
                node,
            });
        }
        self.remember_sent(Sent {
            id: id.to_owned(),
            message: message.clone(),
            stanza: stanza.clone(),
        });
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
                node.content = Some(NodeContent::Nodes(vec![enc]));
                Some(Envelope {
                    from: from.address(0),
                    to: device.address.clone(),
                    node,
                })
            }
            Err(error) => {
                unsealed(&error, device);
                None
            }
        }
    }
}

fn unsealed(error: &SealError, device: &Device) {
    let device = device.address.device;
    tracing::warn!(%error, device, "a phone cannot encrypt for a device");
}

/// The stanza's frame as the server hands it on.
pub(super) fn message_stanza(from: &Account, id: &str, message: &Message) -> NodeBuilder {
    frame(from, id, message)
        .attr("from", from.number.jid())
        .attr("sender_lid", from.jid(Server::Lid, 0))
}

fn group_stanza(from: &Account, group: &Group, id: &str, message: &Message) -> NodeBuilder {
    let builder = frame(from, id, message)
        .attr("from", group.id.jid())
        .attr("addressing_mode", group.addressing.as_str());
    group.by(builder, from, 0)
}

fn status_stanza(from: &Account, id: &str, message: &Message) -> NodeBuilder {
    broadcast_stanza(from, &GroupId::status().jid(), id, message)
}

/// Every person has one list, which whoever is written to is on.
fn broadcast_list() -> Jid {
    Jid::new("1700000000", Server::Broadcast)
}

fn broadcast_stanza(from: &Account, list: &Jid, id: &str, message: &Message) -> NodeBuilder {
    frame(from, id, message)
        .attr("from", list.clone())
        .attr("participant", from.jid(Server::Pn, 0))
        .attr("participant_lid", from.jid(Server::Lid, 0))
}

fn frame(from: &Account, id: &str, message: &Message) -> NodeBuilder {
    let builder = NodeBuilder::new("message")
        .attr("id", id)
        .attr("type", stanza_type_from_message(message))
        .attr("t", platform::now_secs())
        .attr("notify", from.name());
    match EditAttribute::infer_from_message(message) {
        Some(edit) => builder.attr("edit", edit.to_string_val()),
        None => builder,
    }
}
