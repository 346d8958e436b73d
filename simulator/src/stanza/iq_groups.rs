//! `w:g2`: groups. Nobody is in any yet.

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::result;

pub fn handle(iq: &Node) -> Option<Node> {
    iq.get_optional_child("participating")?;
    Some(result(iq, [NodeBuilder::new("groups").build()]))
}
