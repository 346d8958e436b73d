//! `passive`: a device says that it is ready for its queue, or no longer.

use wacore_binary::Node;

use super::{Next, Session, result};

pub fn handle(session: &mut Session<'_>, iq: &Node) -> Option<Node> {
    if iq.get_optional_child("active").is_some() {
        session.next = Next::Activate;
    }
    Some(result(iq, []))
}
