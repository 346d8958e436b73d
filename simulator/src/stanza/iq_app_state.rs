//! `w:sync:app:state`: collections of settings, which stay empty here.

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::{result, text};

pub fn handle(iq: &Node) -> Option<Node> {
    let sync = iq.get_optional_child("sync")?;
    let collections = sync.get_children_by_tag("collection").map(|collection| {
        // A patch that the client sends is taken note of by its version only.
        let version = text(collection, "version")
            .and_then(|v| v.parse::<u64>().ok())
            .unwrap_or_default();
        let patched = u64::from(collection.get_optional_child("patch").is_some());
        NodeBuilder::new("collection")
            .attr("name", text(collection, "name").unwrap_or_default())
            .attr("version", version + patched)
            .attr("type", "result")
            .build()
    });
    Some(result(
        iq,
        [NodeBuilder::new("sync").children(collections).build()],
    ))
}
