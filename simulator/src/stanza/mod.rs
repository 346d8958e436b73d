//! What the server does with a linked device's stanzas: one file a family.

mod ack;
pub mod call;
mod group_message;
mod ib;
mod iq_account;
mod iq_app_state;
mod iq_devices;
mod iq_encrypt;
mod iq_groups;
mod iq_media;
mod iq_mex;
mod iq_passive;
mod iq_picture;
mod iq_usync;
pub mod login;
mod message;
pub mod notification;
pub mod pairing;
pub mod pairing_code;
pub mod passkey;
pub mod presence;
mod receipt;
pub mod registration;

use std::sync::Arc;

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, NodeContent, SERVER_JID};

use crate::state::Network;
use crate::state::account::Account;
use crate::state::device::Device;

/// The device whose stanza is handled, and what becomes of the connection.
pub struct Session<'a> {
    pub network: &'a Network,
    pub account: &'a Arc<Account>,
    pub device: &'a Arc<Device>,
    /// Where the client found the simulator.
    pub host: &'a str,
    pub replies: Vec<Node>,
    pub next: Next,
}

/// What the connection does after the replies are out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Continue,
    /// The device wants its queue.
    Activate,
    /// The device wants the rest of its queue.
    Resume,
    Close,
}

impl Session<'_> {
    pub fn reply(&mut self, node: Node) {
        self.replies.push(node);
    }
}

/// Handles one stanza of a device that is logged in.
pub fn handle(session: &mut Session<'_>, node: &Node) {
    match node.tag.as_ref() {
        "iq" => handle_iq(session, node),
        "message" => message::handle(session, node),
        "receipt" => receipt::handle(session, node),
        "ack" => ack::handle(session, node),
        "ib" => ib::handle(session, node),
        "call" => call::handle(session, node),
        "chatstate" => presence::handle_chatstate(session, node),
        "presence" => presence::handle(session, node),
        other => tracing::debug!(stanza.tag = other, "a stanza of an unknown kind is ignored"),
    }
}

fn handle_iq(session: &mut Session<'_>, node: &Node) {
    let kind = text(node, "type");
    if matches!(kind.as_deref(), Some("result" | "error")) {
        return;
    }
    let namespace = text(node, "xmlns").unwrap_or_default();
    let answer = match namespace.as_str() {
        "passive" => iq_passive::handle(session, node),
        "encrypt" => iq_encrypt::handle(session, node),
        "usync" => iq_usync::handle(session, node),
        "w:sync:app:state" => iq_app_state::handle(node),
        "w:m" => iq_media::handle(session, node),
        "w:mex" => iq_mex::handle(session, node),
        "w:g2" => iq_groups::handle(session, node),
        "w:profile:picture" => iq_picture::handle(session, node),
        "md" => iq_devices::handle(session, node),
        _ => iq_account::handle(&namespace, node),
    };
    let reply = answer.unwrap_or_else(|| {
        tracing::debug!(iq.namespace = %namespace, "an unknown query is answered with an error");
        error(node, 501, "feature-not-implemented")
    });
    session.reply(reply);
}

/// The answer to a query.
pub fn result(iq: &Node, children: impl IntoIterator<Item = Node>) -> Node {
    let children: Vec<_> = children.into_iter().collect();
    let builder = answer_to(iq).attr("type", "result");
    if children.is_empty() {
        builder.build()
    } else {
        builder.children(children).build()
    }
}

pub fn error(iq: &Node, code: u16, reason: &'static str) -> Node {
    answer_to(iq)
        .attr("type", "error")
        .children([NodeBuilder::new("error")
            .attr("code", code)
            .attr("text", reason)
            .build()])
        .build()
}

fn answer_to(iq: &Node) -> NodeBuilder {
    let from = iq
        .attrs
        .get("to")
        .cloned()
        .unwrap_or_else(|| SERVER_JID.into());
    NodeBuilder::new("iq")
        .attr("from", from)
        .attr("id", text(iq, "id").unwrap_or_default())
}

/// An attribute as text.
pub fn text(node: &Node, name: &str) -> Option<String> {
    node.attrs
        .get(name)
        .map(|value| value.as_str().into_owned())
}

/// An attribute as a JID.
pub fn jid(node: &Node, name: &str) -> Option<Jid> {
    node.attrs.get(name)?.to_jid()
}

/// The content of a child as bytes; short text may come as a dictionary word.
pub fn child_bytes(node: &Node, tag: &str) -> Option<Vec<u8>> {
    match &node.get_optional_child(tag)?.content {
        Some(NodeContent::Bytes(bytes)) => Some(bytes.clone()),
        Some(NodeContent::String(text)) => Some(text.as_bytes().to_vec()),
        _ => None,
    }
}
