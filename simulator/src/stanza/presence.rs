//! `<presence>` and `<chatstate>`: passed on to whoever is connected and then
//! forgotten.

use std::sync::Arc;

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, Server};

use super::{Session, jid, text};
use crate::recipient::{GroupId, Recipient};
use crate::state::Network;
use crate::state::account::Account;
use crate::state::device::Address;
use crate::state::groups::Group;
use crate::state::presence::{Doing, Subscriber};
use crate::wire::connection::Command;

pub fn handle(session: &Session<'_>, node: &Node) {
    let (network, account) = (session.network, session.account);
    let own = &session.device.address;
    match (text(node, "type").as_deref(), jid(node, "to")) {
        (Some("subscribe"), Some(to)) => subscribe(session, &to),
        (Some("unsubscribe"), Some(to)) => {
            if let Some(target) = network.resolve(&to) {
                target.presence.unsubscribe(own);
            }
        }
        (Some("unavailable"), None) => set(network, account, own.device, false),
        // Without a type it only tells the name.
        (Some("available"), None) => set(network, account, own.device, true),
        _ => {}
    }
}

fn subscribe(session: &Session<'_>, to: &Jid) {
    let Some(target) = session.network.resolve(to) else {
        return;
    };
    let Some(link) = session.device.link() else {
        return;
    };
    let subscriber = Subscriber {
        device: session.device.address.clone(),
        connection: link.connection,
        server: to.server,
    };
    target.presence.subscribe(subscriber.clone());
    tell(session.network, &target, &subscriber);
}

/// Shows the account as online or not, as far as this device is concerned.
pub fn set(network: &Network, account: &Account, device: u16, available: bool) {
    if account.presence.set(device, available) {
        for subscriber in account.presence.subscribers() {
            tell(network, account, &subscriber);
        }
    }
}

fn tell(network: &Network, account: &Account, subscriber: &Subscriber) {
    let link = network
        .account(&subscriber.device.number)
        .and_then(|owner| owner.device(subscriber.device.device))
        .and_then(|device| device.link())
        .filter(|link| link.connection == subscriber.connection);
    let Some(link) = link else {
        account.presence.unsubscribe(&subscriber.device);
        return;
    };
    let builder = NodeBuilder::new("presence").attr("from", account.jid(subscriber.server, 0));
    let builder = if account.presence.is_available() {
        builder.attr("type", "available")
    } else {
        let builder = builder.attr("type", "unavailable");
        match account.presence.last_seen_ms() {
            Some(last) => builder.attr("last", last / 1000),
            None => builder.attr("last", "deny"),
        }
    };
    let _ = link.commands.try_send(Command::Send(builder.build()));
}

pub fn handle_chatstate(session: &Session<'_>, node: &Node) {
    let Some(to) = jid(node, "to") else { return };
    let doing = node.get_optional_child("composing").map(|composing| {
        match text(composing, "media").as_deref() {
            Some("audio") => Doing::Recording,
            _ => Doing::Composing,
        }
    });
    let own = &session.device.address;
    if let Some(id) = GroupId::of(&to) {
        if let Some(group) = session.network.group(&id)
            && group.has(&own.number)
        {
            to_group(session.network, session.account, own, &group, doing);
        }
    } else if let Some(target) = session.network.resolve(&to) {
        let server = match to.server {
            Server::Lid => Server::Lid,
            _ => Server::Pn,
        };
        to_person(session.account, own, &target, server, doing);
    }
}

/// The account's owner writes, or, with nothing, pauses.
pub fn to_person(
    account: &Account,
    own: &Address,
    target: &Arc<Account>,
    server: Server,
    doing: Option<Doing>,
) {
    let chat = Recipient::Person(target.number.clone());
    target.presence.note(&own.number, chat, doing);
    let builder = NodeBuilder::new("chatstate").attr("from", account.jid(server, own.device));
    send(target, &builder.children([state(doing)]).build());
}

pub fn to_group(
    network: &Network,
    account: &Account,
    own: &Address,
    group: &Group,
    doing: Option<Doing>,
) {
    let builder = NodeBuilder::new("chatstate").attr("from", group.id.jid());
    let builder = group.by(builder, account, own.device);
    let node = builder.children([state(doing)]).build();
    let members = group.members();
    let others = members.iter().filter(|number| **number != own.number);
    for member in others.filter_map(|number| network.account(number)) {
        let chat = Recipient::Group(group.id.clone());
        member.presence.note(&own.number, chat, doing);
        send(&member, &node);
    }
}

fn state(doing: Option<Doing>) -> Node {
    match doing {
        Some(Doing::Composing) => NodeBuilder::new("composing").build(),
        Some(Doing::Recording) => NodeBuilder::new("composing").attr("media", "audio").build(),
        None => NodeBuilder::new("paused").build(),
    }
}

fn send(to: &Account, node: &Node) {
    for device in to.companions() {
        if let Some(link) = device.link() {
            // Typing is worth nothing later: a full channel drops it.
            let _ = link.commands.try_send(Command::Send(node.clone()));
        }
    }
}
