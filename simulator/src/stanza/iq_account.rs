//! Small queries about the account and the server, each answered from what is
//! the same for everyone here.

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::{result, text};
use crate::platform;

/// What people may see of one another; everything, as on a new account.
const PRIVACY: [(&str, &str); 8] = [
    ("last", "all"),
    ("online", "all"),
    ("profile", "all"),
    ("status", "all"),
    ("groupadd", "all"),
    ("readreceipts", "all"),
    ("calladd", "all"),
    ("messages", "all"),
];

pub fn handle(namespace: &str, iq: &Node) -> Option<Node> {
    match namespace {
        "w:p" | "urn:xmpp:ping" => Some(result(iq, [])),
        "abt" => Some(result(
            iq,
            [NodeBuilder::new("props")
                .attr("protocol", "1")
                .attr("hash", "simulator")
                .attr("refresh", 86400)
                .attr("refresh_id", 1)
                .build()],
        )),
        "w" => Some(result(
            iq,
            [NodeBuilder::new("props").attr("version", "2").build()],
        )),
        "blocklist" => Some(result(iq, [NodeBuilder::new("list").build()])),
        "privacy" => privacy(iq),
        // Nothing is ever dirty, statistics are not kept, texts about oneself not shown.
        "urn:xmpp:whatsapp:dirty"
        | "w:stats"
        | "status"
        | "disappearing_mode"
        | "tos"
        | "fb:thrift_iq" => Some(result(iq, [])),
        _ => None,
    }
}

fn privacy(iq: &Node) -> Option<Node> {
    if let Some(tokens) = iq.get_optional_child("tokens") {
        return Some(issue_tokens(iq, tokens));
    }
    if text(iq, "type").as_deref() == Some("set") {
        return Some(result(iq, []));
    }
    let categories = PRIVACY.map(|(name, value)| {
        NodeBuilder::new("category")
            .attr("name", name)
            .attr("value", value)
            .build()
    });
    let privacy = NodeBuilder::new("privacy").children(categories).build();
    Some(result(iq, [privacy]))
}

/// Tokens by which contacts are told from strangers; any bytes will do here.
fn issue_tokens(iq: &Node, tokens: &Node) -> Node {
    let issued = tokens.get_children_by_tag("token").filter_map(|token| {
        Some(
            NodeBuilder::new("token")
                .attr("jid", token.attrs.get("jid")?.clone())
                .attr("t", platform::now_secs())
                .attr("type", "trusted_contact")
                .bytes(platform::random_bytes::<16>().to_vec())
                .build(),
        )
    });
    let issued: Vec<_> = issued.collect();
    result(iq, [NodeBuilder::new("tokens").children(issued).build()])
}
