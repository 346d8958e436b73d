//! `w:m`: where media would be uploaded to.

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::result;

pub fn handle(iq: &Node) -> Option<Node> {
    iq.get_optional_child("media_conn")?;
    let connection = NodeBuilder::new("media_conn")
        .attr("auth", "simulator")
        .attr("ttl", 300)
        .attr("auth_ttl", 21600)
        .attr("max_buckets", 12)
        .children([NodeBuilder::new("host")
            .attr("hostname", "mmg.whatsapp.net")
            .attr("type", "primary")
            .build()])
        .build();
    Some(result(iq, [connection]))
}
