//! `md`: a companion takes itself off the account.

use wacore_binary::Node;

use super::{Next, Session, jid, result};

pub fn handle(session: &mut Session<'_>, iq: &Node) -> Option<Node> {
    let removed = iq.get_optional_child("remove-companion-device")?;
    let id = jid(removed, "jid").map_or(session.device.address.device, |jid| jid.device);
    session.network.unlink(session.account, id);
    if id == session.device.address.device {
        session.next = Next::Close;
    }
    Some(result(iq, []))
}
