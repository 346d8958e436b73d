//! `<message>` to a group: one encrypted part for all members' devices, and the
//! sender's key for those that do not have it yet.

use std::collections::HashMap;

use wacore::messages::MessageUtils;
use wacore_binary::{Jid, Node};

use super::iq_usync::address;
use super::message::{BAD_REQUEST, NOT_FOUND, ack, encs, frame, parts, refusal};
use super::{Session, jid, text};
use crate::phone::Envelope;
use crate::recipient::GroupId;
use crate::state::device::Address;
use crate::state::groups::Group;

/// The sender is not in the group.
const FORBIDDEN: u16 = 403;

pub fn handle(session: &mut Session<'_>, node: &Node, to: &Jid, id: &str) {
    let group = GroupId::of(to).and_then(|group| session.network.group(&group));
    let Some(group) = group else {
        session.reply(refusal(to, id, NOT_FOUND));
        return;
    };
    if !group.has(&session.account.number) {
        session.reply(refusal(to, id, FORBIDDEN));
        return;
    }
    // A device that could not read the message has asked for it.
    let again = node.attrs.get("participant").is_some();
    let envelopes = if again {
        let device = jid(node, "participant").and_then(|j| address(session.network, &j));
        let Some(device) = device.filter(|device| group.has(&device.number)) else {
            session.reply(refusal(to, id, BAD_REQUEST));
            return;
        };
        vec![relay(session, node, &group, device, encs(node))]
    } else {
        fan_out(session, node, &group)
    };
    session.network.stats.saw_message(id);
    session.network.stats.messages_relayed.up();
    session.network.dispatch(envelopes);
    session.network.stats.messages_acknowledged.up();
    // The server speaks up only when the sender's idea of the group is wrong.
    let hash = text(node, "phash").filter(|_| !again);
    let right = hash
        .as_ref()
        .and_then(|_| participant_hash(session, &group));
    let ack = match right {
        Some(right) if hash.as_deref() != Some(right.as_str()) => ack(to, id).attr("phash", right),
        _ => ack(to, id),
    };
    session.reply(ack.build());
}

fn fan_out(session: &Session<'_>, node: &Node, group: &Group) -> Vec<Envelope> {
    let keyed = match node.get_optional_child("participants") {
        Some(_) => parts(node, &group.id.jid()),
        None => Vec::new(),
    };
    let mut keys: HashMap<Address, Vec<Node>> = keyed
        .into_iter()
        .filter_map(|(device, encs)| Some((address(session.network, &device)?, encs)))
        .collect();
    let for_all = encs(node);
    devices(session, group)
        .into_iter()
        .filter(|device| *device != session.device.address)
        .map(|device| {
            let mut encs = keys.remove(&device).unwrap_or_default();
            encs.extend(for_all.iter().cloned());
            relay(session, node, group, device, encs)
        })
        .collect()
}

fn devices(session: &Session<'_>, group: &Group) -> Vec<Address> {
    let members = group.members();
    let accounts = members
        .iter()
        .filter_map(|number| session.network.account(number));
    accounts
        .flat_map(|account| account.devices())
        .map(|device| device.address.clone())
        .collect()
}

/// The hash over all devices of all members, the sender's among them.
fn participant_hash(session: &Session<'_>, group: &Group) -> Option<String> {
    let named = devices(session, group).into_iter().filter_map(|device| {
        let account = session.network.account(&device.number)?;
        Some(group.jid_of(&account, device.device))
    });
    let named: Vec<_> = named.collect();
    MessageUtils::participant_list_hash(&named).ok()
}

fn relay(
    session: &Session<'_>,
    node: &Node,
    group: &Group,
    device: Address,
    encs: Vec<Node>,
) -> Envelope {
    let builder = frame(session, node)
        .attr("from", group.id.jid())
        .attr("addressing_mode", group.addressing.as_str());
    let builder = group.by(builder, session.account, session.device.address.device);
    super::message::sealed(session, node, builder, device, encs)
}
