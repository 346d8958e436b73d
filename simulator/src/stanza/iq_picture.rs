//! `w:profile:picture`: where somebody's picture is.

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::{Session, jid, result, text};
use crate::state::media::direct_path;

pub fn handle(session: &Session<'_>, iq: &Node) -> Option<Node> {
    if text(iq, "type").as_deref() == Some("set") {
        return None;
    }
    let known = iq
        .get_optional_child("picture")
        .and_then(|asked| text(asked, "id"));
    let owner = jid(iq, "target").and_then(|target| session.network.resolve(&target));
    let picture = owner.and_then(|owner| {
        // Whoever asked is told when it changes.
        owner.watch(&session.network.store, &session.account.number);
        owner.picture()
    });
    let answer = match picture {
        None => NodeBuilder::new("picture")
            .children([NodeBuilder::new("error")
                .attr("code", 404)
                .attr("text", "item-not-found")
                .build()])
            .build(),
        // The device has it.
        Some(picture) if known.as_deref() == Some(picture.id.as_str()) => {
            NodeBuilder::new("picture").attr("id", picture.id).build()
        }
        Some(picture) => {
            let path = direct_path(&picture.token);
            NodeBuilder::new("picture")
                .attr("id", picture.id)
                .attr("type", "image")
                .attr("url", format!("https://{}{path}", session.host))
                .attr("direct_path", path)
                .build()
        }
    };
    Some(result(iq, [answer]))
}
