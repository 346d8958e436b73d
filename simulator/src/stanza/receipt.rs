//! `<receipt>`: a device got, read, or could not read messages.

use std::sync::Arc;

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, JidExt as _, Node, Server};

use super::iq_usync::address;
use super::{Session, jid, text};
use crate::phone::Envelope;
use crate::phone::receipts::receipt_ids;
use crate::platform;
use crate::recipient::GroupId;
use crate::state::groups::Group;

pub fn handle(session: &mut Session<'_>, node: &Node) {
    let Some(to) = jid(node, "to") else { return };
    let kind = text(node, "type");
    if node.get_optional_child("offer").is_some() {
        // It rings: nothing is asked of the one who calls.
        session.reply(ack(node, &to, kind));
        return;
    }
    // Who asks again confirms besides, with an ack: that must not take away what
    // is sent again under the same id.
    if kind.as_deref() != Some("retry") {
        for id in receipt_ids(node) {
            session
                .device
                .confirm(&session.network.store, "message", &id, None);
        }
    }
    let chat = Chat::of(session, node, to.clone());
    let mut envelopes = match (kind.as_deref(), &chat) {
        // These are between the device and the server.
        (Some("sender" | "peer_msg" | "hist_sync" | "server-error"), _) | (_, None) => Vec::new(),
        (Some("read-self" | "played-self"), _) => Vec::new(),
        (Some("retry"), Some(chat)) => retry(session, node, chat),
        (_, Some(chat)) => everyone(session, node, chat),
    };
    if let Some("read" | "played" | "read-self" | "played-self") = kind.as_deref() {
        envelopes.push(own_phone(session, node));
    }
    session.network.dispatch(envelopes);
    session.reply(ack(node, &to, kind));
}

/// Whose message the receipt is about, and where it stands.
struct Chat {
    author: Jid,
    /// How people are named there.
    server: Server,
    group: Option<Arc<Group>>,
}

impl Chat {
    fn of(session: &Session<'_>, node: &Node, to: Jid) -> Option<Self> {
        if to.is_broadcast_list() {
            return Some(Self {
                author: jid(node, "participant")?,
                server: Server::Pn,
                group: None,
            });
        }
        let Some(id) = GroupId::of(&to) else {
            let server = match to.server {
                Server::Lid => Server::Lid,
                _ => Server::Pn,
            };
            let (author, group) = (to, None);
            return Some(Self {
                author,
                server,
                group,
            });
        };
        let author = jid(node, "participant")?;
        if id.is_status() {
            // Only those who could not read it say so.
            return (text(node, "type")? == "retry").then_some(Self {
                author,
                server: Server::Pn,
                group: None,
            });
        }
        let group = session.network.group(&id)?;
        group.has(&session.account.number).then(|| Self {
            author,
            server: group.addressing.server(),
            group: Some(group),
        })
    }
}

/// A request to encrypt anew goes to the very device that sent.
fn retry(session: &Session<'_>, node: &Node, chat: &Chat) -> Vec<Envelope> {
    session.network.stats.messages_asked_again.up();
    address(session.network, &chat.author)
        .map(|device| Envelope {
            from: session.device.address.clone(),
            to: device,
            node: forwarded(session, node, chat),
        })
        .into_iter()
        .collect()
}

/// Ticks show on every device of the sender.
fn everyone(session: &Session<'_>, node: &Node, chat: &Chat) -> Vec<Envelope> {
    match session.network.resolve(&chat.author) {
        Some(target) if target.number != session.account.number => {
            let receipt = forwarded(session, node, chat);
            session
                .network
                .to_all_devices(&session.device.address, &target.number, &receipt)
        }
        _ => Vec::new(),
    }
}

/// What one of its companions has read, the phone no longer shows as unread.
fn own_phone(session: &Session<'_>, node: &Node) -> Envelope {
    let builder = NodeBuilder::new("receipt")
        .attr("id", text(node, "id").unwrap_or_default())
        .attr("type", "read-self");
    Envelope {
        from: session.device.address.clone(),
        to: session.account.address(0),
        node: builder.apply_content(node.content.clone()).build(),
    }
}

fn forwarded(session: &Session<'_>, node: &Node, chat: &Chat) -> Node {
    let own_device = session.device.address.device;
    let mut builder = NodeBuilder::new("receipt")
        .attr("id", text(node, "id").unwrap_or_default())
        .attr("t", platform::now_secs());
    builder = match &chat.group {
        Some(group) => {
            let builder = builder.attr("from", group.id.jid());
            group.by(builder, session.account, own_device)
        }
        None => builder.attr("from", session.account.jid(chat.server, own_device)),
    };
    if let Some(kind) = node.attrs.get("type") {
        builder = builder.attr("type", kind.clone());
    }
    builder.apply_content(node.content.clone()).build()
}

fn ack(node: &Node, to: &Jid, kind: Option<String>) -> Node {
    let mut builder = NodeBuilder::new("ack")
        .attr("class", "receipt")
        .attr("id", text(node, "id").unwrap_or_default())
        .attr("from", to.clone());
    if let Some(kind) = kind {
        builder = builder.attr("type", kind);
    }
    if let Some(participant) = node.attrs.get("participant") {
        builder = builder.attr("participant", participant.clone());
    }
    builder.build()
}
