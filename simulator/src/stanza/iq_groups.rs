//! `w:g2`: groups, as their members see and make them.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Node, Server};

use super::{Session, error, jid, result, text};
use crate::recipient::GroupId;
use crate::state::Network;
use crate::state::groups::{Addressing, Group, Role};

pub fn handle(session: &Session<'_>, iq: &Node) -> Option<Node> {
    let network = session.network;
    if let Some(asked) = iq.get_optional_child("participating") {
        let members = asked.get_optional_child("participants").is_some();
        let own = network.groups();
        let own = own.iter().filter(|g| g.has(&session.account.number));
        let groups: Vec<_> = own.map(|group| describe(network, group, members)).collect();
        return Some(result(
            iq,
            [NodeBuilder::new("groups").children(groups).build()],
        ));
    }
    if let Some(create) = iq.get_optional_child("create") {
        return Some(made(session, iq, create));
    }
    iq.get_optional_child("query")?;
    let group = GroupId::of(&jid(iq, "to")?).and_then(|id| network.group(&id));
    Some(match group {
        None => error(iq, 404, "item-not-found"),
        Some(group) if !group.has(&session.account.number) => error(iq, 403, "forbidden"),
        Some(group) => result(iq, [describe(network, &group, true)]),
    })
}

fn made(session: &Session<'_>, iq: &Node, create: &Node) -> Node {
    let Some(subject) = text(create, "subject").filter(|subject| !subject.is_empty()) else {
        return error(iq, 400, "bad-request");
    };
    let members = create
        .get_children_by_tag("participant")
        .filter_map(|participant| session.network.resolve(&jid(participant, "jid")?))
        .map(|account| account.number.clone())
        .collect();
    let owner = &session.account.number;
    let mode = Addressing::default();
    let group = session.network.make_group(subject, owner, members, mode);
    result(iq, [describe(session.network, &group, true)])
}

/// The group with its members, as queries and notifications carry it.
pub fn describe(network: &Network, group: &Group, members: bool) -> Node {
    let record = group.record();
    let mut builder = NodeBuilder::new("group")
        .attr("id", group.id.user())
        .attr("subject", record.subject.as_str())
        .attr("addressing_mode", group.addressing.as_str())
        .attr("creation", record.created_at)
        .attr("s_t", record.created_at)
        .attr("size", record.members.len());
    if let Some(owner) = network.account(&record.owner) {
        let (named, by_number) = (group.jid_of(&owner, 0), owner.jid(Server::Pn, 0));
        builder = builder
            .attr("creator", named.clone())
            .attr("creator_pn", by_number.clone())
            .attr("s_o", named)
            .attr("s_o_pn", by_number);
    }
    let listed = record.members.iter().filter(|_| members);
    let participants = listed.filter_map(|(number, role)| {
        let account = network.account(number)?;
        let builder = NodeBuilder::new("participant").attr("jid", group.jid_of(&account, 0));
        let builder = match group.addressing {
            Addressing::Pn => builder.attr("lid", account.jid(Server::Lid, 0)),
            Addressing::Lid => builder.attr("phone_number", account.jid(Server::Pn, 0)),
        };
        let builder = match role {
            Role::Member => builder,
            Role::Admin => builder.attr("type", "admin"),
            Role::SuperAdmin => builder.attr("type", "superadmin"),
        };
        Some(builder.build())
    });
    let mut children: Vec<_> = participants.collect();
    children.push(
        NodeBuilder::new("member_add_mode")
            .string_content("all_member_add")
            .build(),
    );
    builder.children(children).build()
}
