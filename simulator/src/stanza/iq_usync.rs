//! `usync`: who has an account, under which LID, with which devices.

use std::sync::Arc;

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, Server};

use super::{Session, jid, result};
use crate::number::PhoneNumber;
use crate::state::Network;
use crate::state::account::Account;

pub fn handle(session: &mut Session<'_>, iq: &Node) -> Option<Node> {
    let usync = iq.get_optional_child("usync")?;
    let asked: Vec<&Node> = usync
        .get_optional_child("query")?
        .children()
        .unwrap_or_default()
        .iter()
        .collect();
    let users = usync
        .get_optional_child("list")?
        .get_children_by_tag("user")
        .filter_map(|user| answer(session, &asked, user));
    let users: Vec<_> = users.collect();
    if asked.iter().any(|protocol| protocol.tag == "contact") {
        session.network.stats.contact_queries.up();
        session.network.stats.contacts_asked.add(users.len());
    }
    let states = asked
        .iter()
        .map(|protocol| NodeBuilder::new_dynamic(protocol.tag.to_string()).build());
    let mut builder = NodeBuilder::new("usync")
        .attr("index", 0)
        .attr("last", true);
    for name in ["sid", "mode", "context"] {
        if let Some(value) = usync.attrs.get(name) {
            builder = builder.attr(name, value.clone());
        }
    }
    let answer = builder
        .children([
            NodeBuilder::new("result").children(states).build(),
            NodeBuilder::new("list").children(users).build(),
        ])
        .build();
    Some(result(iq, [answer]))
}

fn answer(session: &Session<'_>, asked: &[&Node], user: &Node) -> Option<Node> {
    let typed = user
        .get_optional_child("contact")
        .and_then(Node::content_as_string);
    let named = jid(user, "jid")
        .or_else(|| jid(user, "pn_jid"))
        .or_else(|| {
            let number: PhoneNumber = typed.as_deref()?.parse().ok()?;
            Some(number.jid())
        });
    let Some(named) = named else {
        // What was typed is no number.
        let contact = contact("invalid", Some(typed.as_deref()?));
        return Some(NodeBuilder::new("user").children([contact]).build());
    };
    let mut named = named.to_non_ad();
    let mut found = session.network.resolve(&named);
    if found.is_none()
        && typed.is_some()
        && let Some(known) = by_other_spelling(session.network, &named)
    {
        // It is answered with the number as the network knows it.
        named = known.number.jid();
        found = Some(known);
    }
    let mut builder = NodeBuilder::new("user").attr("jid", named.clone());
    if let (Server::Lid, Some(account)) = (named.server, &found) {
        builder = builder.attr("pn_jid", account.number.jid());
    }
    let parts = asked.iter().filter_map(|protocol| {
        let found = found.as_ref();
        match protocol.tag.as_ref() {
            "contact" => {
                let known = if found.is_some() { "in" } else { "out" };
                Some(contact(known, typed.as_deref()))
            }
            "lid" => found.map(|account| lid(account)),
            "devices" => Some(match found {
                Some(account) => {
                    account.watch(&session.network.store, &session.account.number);
                    devices(account)
                }
                None => unknown("devices"),
            }),
            "status" => Some(NodeBuilder::new("status").attr("t", 0).build()),
            "picture" => Some(unknown("picture")),
            "business" => Some(NodeBuilder::new("business").build()),
            "disappearing_mode" => Some(
                NodeBuilder::new("disappearing_mode")
                    .attr("duration", 0)
                    .attr("t", 0)
                    .build(),
            ),
            _ => None,
        }
    });
    let parts: Vec<_> = parts.collect();
    Some(builder.children(parts).build())
}

/// Only a number that was typed in is looked for in another spelling.
fn by_other_spelling(network: &Network, typed: &Jid) -> Option<Arc<Account>> {
    let number: PhoneNumber = typed.user.parse().ok()?;
    network.account(&number.other_spelling()?)
}

fn contact(known: &'static str, typed: Option<&str>) -> Node {
    let builder = NodeBuilder::new("contact").attr("type", known);
    match typed {
        Some(text) => builder.string_content(text).build(),
        None => builder.build(),
    }
}

fn lid(account: &Account) -> Node {
    NodeBuilder::new("lid")
        .attr("val", account.jid(Server::Lid, 0))
        .build()
}

fn unknown(protocol: &'static str) -> Node {
    NodeBuilder::new(protocol)
        .children([NodeBuilder::new("error")
            .attr("code", 404)
            .attr("text", "item-not-found")
            .build()])
        .build()
}

/// The account's devices, with the list that its phone signed.
pub fn devices(account: &Arc<Account>) -> Node {
    let devices = account.devices();
    let list = devices.iter().map(|device| {
        let builder = NodeBuilder::new("device").attr("id", device.address.device);
        match device.address.device {
            0 => builder.build(),
            _ => builder.attr("key-index", device.record().key_index).build(),
        }
    });
    let list = NodeBuilder::new("device-list").children(list).build();
    NodeBuilder::new("devices")
        .children(std::iter::once(list).chain(key_index_list(account)))
        .build()
}

/// The signed list of valid key indexes; `None` should it be impossible to sign.
pub fn key_index_list(account: &Account) -> Option<Node> {
    let changed_at = account.devices_changed_at();
    let indexes: Vec<_> = account
        .companions()
        .iter()
        .map(|device| device.record().key_index)
        .collect();
    let signed = account.phone.lock().sign_key_indexes(&indexes, changed_at);
    match signed {
        Ok(bytes) => Some(
            NodeBuilder::new("key-index-list")
                .attr("ts", changed_at)
                .bytes(bytes)
                .build(),
        ),
        Err(error) => {
            tracing::error!(%error, "a device list cannot be signed");
            None
        }
    }
}

/// The device that a JID of either form names.
pub fn address(network: &Network, jid: &Jid) -> Option<crate::state::device::Address> {
    let account = network.resolve(jid)?;
    Some(account.address(jid.device))
}
