//! `<chatstate>`: typing, passed on to whoever is connected and then forgotten.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Node, Server};

use super::{Session, jid};
use crate::wire::connection::Command;

pub fn handle_chatstate(session: &mut Session<'_>, node: &Node) {
    let Some(to) = jid(node, "to") else { return };
    let Some(target) = session.network.resolve(&to) else {
        return;
    };
    let server = if to.server == Server::Lid {
        Server::Lid
    } else {
        Server::Pn
    };
    let state = NodeBuilder::new("chatstate")
        .attr(
            "from",
            session.account.jid(server, session.device.address.device),
        )
        .apply_content(node.content.clone())
        .build();
    for device in target.companions() {
        if let Some(link) = device.link() {
            // Typing is worth nothing later: a full channel drops it.
            let _ = link.commands.try_send(Command::Send(state.clone()));
        }
    }
}
