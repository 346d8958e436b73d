//! `<receipt>`: a device got, read, or could not read messages.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, Server};

use super::iq_usync::address;
use super::{Session, jid, text};
use crate::phone::Envelope;
use crate::phone::inbox::receipt_ids;
use crate::platform;

pub fn handle(session: &mut Session<'_>, node: &Node) {
    let Some(to) = jid(node, "to") else { return };
    let kind = text(node, "type");
    for id in receipt_ids(node) {
        session
            .device
            .confirm(&session.network.store, "message", &id, None);
    }
    let envelopes = match kind.as_deref() {
        // These are between the device and the server.
        Some(
            "sender" | "peer_msg" | "hist_sync" | "server-error" | "read-self" | "played-self",
        ) => Vec::new(),
        Some("retry") => retry(session, node, &to),
        _ => everyone(session, node, &to),
    };
    session.network.dispatch(envelopes);
    session.reply(ack(node, &to, kind));
}

/// A request to encrypt anew goes to the very device that sent.
fn retry(session: &Session<'_>, node: &Node, to: &Jid) -> Vec<Envelope> {
    session.network.stats.messages_asked_again.up();
    address(session.network, to)
        .map(|device| Envelope {
            from: session.device.address.clone(),
            to: device,
            node: forwarded(session, node, to),
        })
        .into_iter()
        .collect()
}

/// Ticks show on every device of the sender.
fn everyone(session: &Session<'_>, node: &Node, to: &Jid) -> Vec<Envelope> {
    match session.network.resolve(to) {
        Some(target) if target.number != session.account.number => {
            let receipt = forwarded(session, node, to);
            session
                .network
                .to_all_devices(&session.device.address, &target.number, &receipt)
        }
        _ => Vec::new(),
    }
}

fn forwarded(session: &Session<'_>, node: &Node, to: &Jid) -> Node {
    let server = if to.server == Server::Lid {
        Server::Lid
    } else {
        Server::Pn
    };
    let from = session.account.jid(server, session.device.address.device);
    let mut builder = NodeBuilder::new("receipt")
        .attr("from", from)
        .attr("id", text(node, "id").unwrap_or_default())
        .attr("t", platform::now_secs());
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
