//! `<message>`: relays what a companion encrypted to each device, and acknowledges it.

use wacore::messages::MessageUtils;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, JidExt as _, Node, Server};

use super::iq_usync::address;
use super::{Session, group_message, jid, text};
use crate::phone::Envelope;
use crate::platform;
use crate::state::account::Account;
use crate::state::device::Address;

/// The recipient is not on the network.
pub(super) const NOT_FOUND: u16 = 404;
/// The stanza makes no sense.
pub(super) const BAD_REQUEST: u16 = 400;

pub fn handle(session: &mut Session<'_>, node: &Node) {
    let (Some(to), Some(id)) = (jid(node, "to"), text(node, "id")) else {
        return;
    };
    let own = session.account.number.clone();
    let peer_message = text(node, "category").as_deref() == Some("peer");
    if !peer_message && let Some(code) = session.network.faults.take_ack_error(&own) {
        session.reply(refusal(&to, &id, code));
        return;
    }
    if to.is_group() {
        return group_message::handle(session, node, &to, &id);
    }
    let Some(target) = session.network.resolve(&to) else {
        let code = match to.server {
            Server::Pn | Server::Lid => NOT_FOUND,
            _ => BAD_REQUEST,
        };
        session.reply(refusal(&to, &id, code));
        return;
    };
    let envelopes: Vec<_> = parts(node, &to)
        .into_iter()
        .filter_map(|(device, encs)| {
            let device = address(session.network, &device)?;
            let allowed = device.number == target.number || device.number == own;
            (allowed && device != session.device.address)
                .then(|| relay(session, node, &to, &target, device, encs))
        })
        .collect();
    if !peer_message {
        session.network.stats.saw_message(&id);
        session.network.stats.messages_relayed.up();
    }
    session.network.dispatch(envelopes);
    session.network.stats.messages_acknowledged.up();
    let fans_out = !peer_message && node.get_optional_child("participants").is_some();
    let hash = if fans_out {
        participant_hash(session, &to, &target)
    } else {
        None
    };
    let ack = match hash {
        Some(hash) => ack(&to, &id).attr("phash", hash),
        None => ack(&to, &id),
    };
    session.reply(ack.build());
}

/// The hash over all devices that the message should have been encrypted for: a sender whose
/// device list is out of date learns it from here.
fn participant_hash(session: &Session<'_>, to: &Jid, target: &Account) -> Option<String> {
    let server = addressing(to);
    let of = |account: &Account| -> Vec<Jid> {
        let devices = account.devices();
        let addresses = devices.iter().map(|device| &device.address);
        addresses
            .filter(|address| **address != session.device.address)
            .map(|address| account.jid(server, address.device))
            .collect()
    };
    let mut devices = of(target);
    if target.number != session.account.number {
        devices.extend(of(session.account));
    }
    MessageUtils::participant_list_hash(&devices).ok()
}

/// Whether a conversation names people by phone number or by LID.
fn addressing(to: &Jid) -> Server {
    match to.server {
        Server::Lid => Server::Lid,
        _ => Server::Pn,
    }
}

/// Which device gets which encrypted parts.
pub(super) fn parts(node: &Node, to: &Jid) -> Vec<(Jid, Vec<Node>)> {
    match node.get_optional_child("participants") {
        Some(participants) => participants
            .get_children_by_tag("to")
            .filter_map(|part| Some((jid(part, "jid")?, encs(part))))
            .collect(),
        None => vec![(to.clone(), encs(node))],
    }
}

pub(super) fn encs(parent: &Node) -> Vec<Node> {
    parent.get_children_by_tag("enc").cloned().collect()
}

fn relay(
    session: &Session<'_>,
    node: &Node,
    to: &Jid,
    target: &Account,
    device: Address,
    encs: Vec<Node>,
) -> Envelope {
    let own = session.account;
    let own_device = session.device.address.device;
    let server = addressing(to);
    let mut builder = frame(session, node).attr("from", own.jid(server, own_device));
    builder = if device.number == own.number {
        // A copy sent again is addressed to the own account and names its chat.
        match node.attrs.get("recipient") {
            Some(recipient) => builder.attr("recipient", recipient.clone()),
            None if target.number == own.number => builder,
            None => builder.attr("recipient", target.jid(server, 0)),
        }
    } else if server == Server::Lid {
        builder
            .attr("addressing_mode", "lid")
            .attr("sender_pn", own.jid(Server::Pn, own_device))
    } else {
        builder.attr("sender_lid", own.jid(Server::Lid, own_device))
    };
    if let Some(category) = node.attrs.get("category") {
        builder = builder.attr("category", category.clone());
    }
    sealed(session, node, builder, device, encs)
}

/// What every recipient is told of the message.
pub(super) fn frame(session: &Session<'_>, node: &Node) -> NodeBuilder {
    let builder = NodeBuilder::new("message")
        .attr("id", text(node, "id").unwrap_or_default())
        .attr(
            "type",
            text(node, "type").unwrap_or_else(|| "text".to_owned()),
        )
        .attr("t", platform::now_secs())
        .attr("notify", session.account.name());
    match node.attrs.get("edit") {
        Some(edit) => builder.attr("edit", edit.clone()),
        None => builder,
    }
}

/// The stanza for one device, with its encrypted parts and what they need.
pub(super) fn sealed(
    session: &Session<'_>,
    node: &Node,
    builder: NodeBuilder,
    device: Address,
    encs: Vec<Node>,
) -> Envelope {
    let starts_session = encs
        .iter()
        .any(|enc| enc.attrs.get("type").is_some_and(|t| *t == "pkmsg"));
    let mut children = encs;
    if starts_session {
        children.extend(node.get_children_by_tag("device-identity").cloned());
    }
    children.extend(node.get_children_by_tag("meta").cloned());
    Envelope {
        from: session.device.address.clone(),
        to: device,
        node: builder.children(children).build(),
    }
}

pub(super) fn ack(to: &Jid, id: &str) -> NodeBuilder {
    NodeBuilder::new("ack")
        .attr("class", "message")
        .attr("id", id)
        .attr("from", to.clone())
        .attr("t", platform::now_secs())
}

pub(super) fn refusal(to: &Jid, id: &str, code: u16) -> Node {
    ack(to, id).attr("error", code).build()
}
