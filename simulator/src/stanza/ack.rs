//! `<ack>`: a device confirms a stanza from its queue.

use wacore_binary::Node;

use super::{Session, text};

pub fn handle(session: &mut Session<'_>, node: &Node) {
    let (Some(class), Some(id)) = (text(node, "class"), text(node, "id")) else {
        return;
    };
    let kind = text(node, "type");
    session
        .device
        .confirm(&session.network.store, &class, &id, kind.as_deref());
}
