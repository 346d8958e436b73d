//! `w:profile:picture`: where the picture of a person or a group is.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::{Session, jid, result, text};
use crate::recipient::GroupId;
use crate::state::account::Picture;
use crate::state::media::direct_path;

pub fn handle(session: &Session<'_>, iq: &Node) -> Option<Node> {
    if text(iq, "type").as_deref() == Some("set") {
        return None;
    }
    let known = iq
        .get_optional_child("picture")
        .and_then(|asked| text(asked, "id"));
    let picture = jid(iq, "target").and_then(|target| picture_of(session, &target));
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

/// Groups show theirs to members.
fn picture_of(session: &Session<'_>, target: &Jid) -> Option<Picture> {
    let asker = &session.account.number;
    if let Some(id) = GroupId::of(target) {
        let group = session.network.group(&id)?;
        return group.has(asker).then(|| group.record().picture).flatten();
    }
    let owner = session.network.resolve(target)?;
    // Whoever asked is told when it changes.
    owner.watch(&session.network.store, asker);
    owner.picture()
}
