//! `<notification>`: what the server tells devices of its own accord.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, SERVER_JID, Server};

use super::iq_groups::describe;
use super::iq_usync::key_index_list;
use crate::number::PhoneNumber;
use crate::platform;
use crate::state::Network;
use crate::state::account::{Account, Picture};
use crate::state::device::Device;
use crate::state::groups::{Addressing, Group};

/// Asks a device to upload more one-time keys.
pub fn keys_run_low(network: &Network, device: &Device) {
    if device.address.device == 0 {
        return;
    }
    let node = NodeBuilder::new("notification")
        .attr("from", SERVER_JID)
        .attr("id", network.stanza_id())
        .attr("type", "encrypt")
        .attr("t", platform::now_secs())
        .children([NodeBuilder::new("count")
            .attr("value", device.one_time_keys().len())
            .build()])
        .build();
    device.enqueue(&network.store, node);
}

/// A change in an account's list of companions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Added,
    Removed,
}

/// Tells everyone who holds the account's device list, and its other companions.
pub fn devices_changed(network: &Network, account: &Account, device: &Device, change: Change) {
    let id = device.address.device;
    let entry = NodeBuilder::new("device")
        .attr("jid", account.jid(Server::Pn, id))
        .attr("lid", account.jid(Server::Lid, id));
    let (tag, entry, indexes) = match change {
        Change::Added => (
            "add",
            entry.attr("key-index", device.record().key_index),
            key_index_list(account),
        ),
        Change::Removed => (
            "remove",
            entry,
            Some(
                NodeBuilder::new("key-index-list")
                    .attr("ts", account.devices_changed_at())
                    .build(),
            ),
        ),
    };
    let content = NodeBuilder::new(tag)
        .children(std::iter::once(entry.build()).chain(indexes))
        .build();
    let to_companions = |owner: &Account, node: &dyn Fn() -> Node| {
        for other in owner.companions() {
            if other.address != device.address {
                other.enqueue(&network.store, node());
            }
        }
    };
    let notification = || {
        NodeBuilder::new("notification")
            .attr("from", account.jid(Server::Pn, 0))
            .attr("id", network.stanza_id())
            .attr("type", "devices")
            .attr("t", platform::now_secs())
            .attr("lid", account.jid(Server::Lid, 0))
            .children([content.clone()])
            .build()
    };
    to_companions(account, &notification);
    for watcher in account.watchers() {
        if watcher != account.number
            && let Some(owner) = network.account(&watcher)
        {
            to_companions(&owner, &notification);
        }
    }
}

/// Tells everyone who holds the account's device list, and its own companions,
/// that its profile picture is another one.
pub fn picture_changed(network: &Network, account: &Account) {
    let own = account.jid(Server::Pn, 0);
    let change = picture_change(account.picture(), &own, &own);
    let mut told = account.watchers();
    told.push(account.number.clone());
    told.sort();
    told.dedup();
    for device in told
        .iter()
        .filter_map(|number| network.account(number))
        .flat_map(|owner| owner.companions())
    {
        let node = NodeBuilder::new("notification")
            .attr("from", own.clone())
            .attr("id", network.stanza_id())
            .attr("type", "picture")
            .attr("t", platform::now_secs())
            .children([change.clone()]);
        device.enqueue(&network.store, node.build());
    }
}

/// Tells all members that somebody has given the group another picture.
pub fn group_picture_changed(network: &Network, group: &Group, by: &PhoneNumber) {
    let Some(author) = network.account(by) else {
        return;
    };
    let author = group.jid_of(&author, 0);
    let change = picture_change(group.record().picture, &group.id.jid(), &author);
    to_members_as(network, group, "picture", by, &group.members(), &change);
}

fn picture_change(picture: Option<Picture>, whose: &Jid, author: &Jid) -> Node {
    let change = match picture {
        Some(picture) => NodeBuilder::new("set").attr("id", picture.id),
        None => NodeBuilder::new("delete"),
    };
    change
        .attr("jid", whose.clone())
        .attr("author", author.clone())
        .build()
}

/// Tells all members of a new group that they are in it.
pub fn group_made(network: &Network, group: &Group) {
    let create = NodeBuilder::new("create")
        .attr("type", "new")
        .children([describe(network, group, true)])
        .build();
    let owner = group.record().owner;
    to_members(network, group, &owner, &group.members(), &create);
}

/// Tells all members that somebody has renamed the group.
pub fn group_renamed(network: &Network, group: &Group, by: &PhoneNumber) {
    let Some(author) = network.account(by) else {
        return;
    };
    let subject = NodeBuilder::new("subject")
        .attr("subject", group.record().subject)
        .attr("s_t", platform::now_secs())
        .attr("s_o", group.jid_of(&author, 0))
        .attr("s_o_pn", author.jid(Server::Pn, 0))
        .build();
    to_members(network, group, by, &group.members(), &subject);
}

/// Tells all members, and those who were, who came or went, or what they may do
/// now.
pub fn members_changed(
    network: &Network,
    group: &Group,
    by: &PhoneNumber,
    tag: &'static str,
    changed: &[PhoneNumber],
    before: &[PhoneNumber],
) {
    let named = changed.iter().filter_map(|number| {
        let account = network.account(number)?;
        let builder = NodeBuilder::new("participant").attr("jid", group.jid_of(&account, 0));
        let builder = match group.addressing {
            Addressing::Pn => builder.attr("lid", account.jid(Server::Lid, 0)),
            Addressing::Lid => builder.attr("phone_number", account.jid(Server::Pn, 0)),
        };
        Some(builder.build())
    });
    let change = NodeBuilder::new(tag).children(named).build();
    let mut members = group.members();
    members.extend(before.iter().filter(|n| !group.has(n)).cloned());
    to_members(network, group, by, &members, &change);
}

fn to_members(
    network: &Network,
    group: &Group,
    by: &PhoneNumber,
    members: &[PhoneNumber],
    content: &Node,
) {
    to_members_as(network, group, "w:gp2", by, members, content);
}

fn to_members_as(
    network: &Network,
    group: &Group,
    kind: &'static str,
    by: &PhoneNumber,
    members: &[PhoneNumber],
    content: &Node,
) {
    let Some(author) = network.account(by) else {
        return;
    };
    for account in members.iter().filter_map(|number| network.account(number)) {
        for device in account.companions() {
            let builder = NodeBuilder::new("notification")
                .attr("from", group.id.jid())
                .attr("id", network.stanza_id())
                .attr("type", kind)
                .attr("t", platform::now_secs())
                .attr("notify", author.name())
                .attr("addressing_mode", group.addressing.as_str());
            let builder = group.by(builder, &author, 0).children([content.clone()]);
            device.enqueue(&network.store, builder.build());
        }
    }
}
