//! `<call>`: a phone rings, and stops. Nobody hears anything here.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Node, Server};

use super::{Session, jid, text};
use crate::platform;
use crate::state::Network;
use crate::state::account::Account;
use crate::state::calls::Call;

/// What a linked device says of a call is between it and the server.
pub fn handle(session: &mut Session<'_>, node: &Node) {
    let (Some(to), Some(id)) = (jid(node, "to"), text(node, "id")) else {
        return;
    };
    let ack = NodeBuilder::new("ack")
        .attr("class", "call")
        .attr("id", id)
        .attr("from", to);
    session.reply(ack.build());
}

/// The other side's devices ring.
pub fn offer(network: &Network, call: &Call) {
    let Some(caller) = network.account(&call.from) else {
        return;
    };
    let mut codecs = vec![
        NodeBuilder::new("audio")
            .attr("enc", "opus")
            .attr("rate", 16_000)
            .build(),
    ];
    if call.video {
        codecs.push(
            NodeBuilder::new("video")
                .attr("enc", "vp8")
                .attr("dec", "vp8")
                .build(),
        );
    }
    let offer = action("offer", call, &caller)
        .attr("caller_pn", caller.jid(Server::Pn, 0))
        .children(codecs);
    tell(network, call, &caller, &offer.build());
}

/// The caller has given up.
pub fn terminate(network: &Network, call: &Call) {
    let Some(caller) = network.account(&call.from) else {
        return;
    };
    let terminate = action("terminate", call, &caller).attr("reason", "timeout");
    tell(network, call, &caller, &terminate.build());
}

fn action(tag: &'static str, call: &Call, caller: &Account) -> NodeBuilder {
    NodeBuilder::new(tag)
        .attr("call-id", call.id.as_str())
        .attr("call-creator", caller.jid(Server::Lid, 0))
}

fn tell(network: &Network, call: &Call, caller: &Account, action: &Node) {
    let Some(callee) = network.account(&call.to) else {
        return;
    };
    for device in callee.companions() {
        let node = NodeBuilder::new("call")
            .attr("from", caller.jid(Server::Lid, 0))
            .attr("id", network.stanza_id())
            .attr("t", platform::now_secs())
            .attr("notify", caller.name())
            .attr("platform", "android")
            .attr("version", "2.24.1")
            .children([action.clone()]);
        device.enqueue(&network.store, node.build());
    }
}
