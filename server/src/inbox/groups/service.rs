use super::store;
use crate::{App, contacts, conversations, http::auth::Principal};
use std::collections::HashMap;
use whahook_contract::{
    conversation::{GroupMember, GroupMembers},
    ids::ConversationId,
};

/// Who is in the group of a conversation; nobody, where it is with a person.
pub async fn members(
    app: &App,
    principal: &Principal,
    id: ConversationId,
) -> Result<GroupMembers, conversations::Error> {
    let mut conn = app.db.read().await?;
    let conversation = conversations::own(&mut conn, principal, id).await?;
    let (members, known_at) = store::members(&mut conn, id).await?;
    let ids: Vec<String> = members
        .iter()
        .map(|(contact, _)| contact.clone())
        .filter(|contact| !contact.is_empty())
        .collect();
    let people = contacts::by_ids(&mut conn, &ids).await?;
    let people: HashMap<String, _> = people
        .into_iter()
        .map(|contact| (contact.id.to_string(), contact))
        .collect();
    let own = conversations::own_party(&mut conn, conversation.account).await?;
    let items = members.into_iter().filter_map(|(contact, is_admin)| {
        let is_me = contact.is_empty();
        let party = match is_me {
            true => own.clone(),
            false => people.get(&contact)?.party(),
        };
        Some(GroupMember {
            party,
            is_admin,
            is_me,
        })
    });
    Ok(GroupMembers {
        items: items.collect(),
        known_at,
    })
}
