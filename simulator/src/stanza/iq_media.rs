//! `w:m`: where media is uploaded to and downloaded from.

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::{Session, result};

pub fn handle(session: &Session<'_>, iq: &Node) -> Option<Node> {
    iq.get_optional_child("media_conn")?;
    let connection = NodeBuilder::new("media_conn")
        .attr("auth", session.network.media.auth())
        .attr("ttl", 300)
        .attr("auth_ttl", 21600)
        .attr("max_buckets", 12)
        .children([NodeBuilder::new("host")
            .attr("hostname", session.host)
            .attr("type", "primary")
            .build()])
        .build();
    Some(result(iq, [connection]))
}
