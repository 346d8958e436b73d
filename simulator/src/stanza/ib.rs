//! `<ib>`: the client asks for more of its queue, or tells about itself.

use wacore_binary::Node;

use super::{Next, Session};

pub fn handle(session: &mut Session<'_>, node: &Node) {
    if node.get_optional_child("offline_batch").is_some() {
        session.next = Next::Resume;
    }
}
