//! Groups: what changes about them, and what WhatsApp says of them.

use super::names::{Names, known};
use crate::{
    client::{events, people::iq_error},
    port::{Author, Body, Chat, Group, GroupChange, Incoming, LinkError, Member},
};
use whatsapp_rust::{
    Client, GroupError, IqError, Jid,
    types::events::GroupUpdate,
    wacore::stanza::groups::{GroupNotificationAction, GroupParticipantInfo},
};

/// WhatsApp's refusals to tell of a group that one is not in, or that is gone.
const NOT_IN_IT: [u16; 3] = [401, 403, 404];

pub async fn change(names: &impl Names, update: &GroupUpdate) -> Option<Incoming> {
    let change = match &update.action {
        GroupNotificationAction::Subject { subject, .. } => GroupChange::Subject(subject.clone()),
        GroupNotificationAction::Description { description, .. } => {
            GroupChange::Description(description.clone())
        }
        GroupNotificationAction::Add { participants, .. } => {
            GroupChange::Added(people(names, participants).await)
        }
        GroupNotificationAction::Remove { participants, .. } => {
            GroupChange::Removed(people(names, participants).await)
        }
        GroupNotificationAction::Promote { participants } => {
            GroupChange::Promoted(people(names, participants).await)
        }
        GroupNotificationAction::Demote { participants } => {
            GroupChange::Demoted(people(names, participants).await)
        }
        _ => return None,
    };
    let by = update.participant.as_ref();
    // A notification may tell of several changes.
    let id = update.notification_id.as_ref()?;
    Some(Incoming {
        id: format!("{id}.{}", update.action_index),
        chat: Chat::Group(update.group_jid.to_non_ad().to_string()),
        author: Author {
            person: known(names, &[by, update.participant_pn.as_ref()]).await,
            push_name: update.notify.clone().filter(|name| !name.is_empty()),
            is_self: by.is_some_and(|by| is_self(names, by)),
            jid: None,
        },
        at: update.timestamp.into(),
        body: Body::GroupChange(change),
        quote: None,
        mentions: Vec::new(),
    })
}

async fn people(names: &impl Names, participants: &[GroupParticipantInfo]) -> Vec<Member> {
    let mut people = Vec::with_capacity(participants.len());
    for member in participants {
        let at_hand = [
            Some(&member.jid),
            member.phone_number.as_ref(),
            member.lid.as_ref(),
        ];
        people.push(Member {
            person: known(names, &at_hand).await,
            is_admin: false,
            is_self: is_self(names, &member.jid),
        });
    }
    people
}

fn is_self(names: &impl Names, who: &Jid) -> bool {
    names.own().iter().flatten().any(|own| own.user == who.user)
}

/// What WhatsApp says of a group. `None`: this account is not in it.
pub async fn group(client: &Client, jid: &Jid) -> Result<Option<Group>, LinkError> {
    let found = match client.groups().get_metadata(jid).await {
        Ok(found) => found,
        Err(GroupError::Iq(IqError::ServerError { code, .. })) if NOT_IN_IT.contains(&code) => {
            return Ok(None);
        }
        Err(GroupError::Iq(error)) => return Err(iq_error(&error)),
        Err(error) => return Err(LinkError::Failed(error.to_string())),
    };
    let members = found.participants.iter().map(|member| {
        let names = [
            Some(&member.jid),
            member.phone_number.as_ref(),
            member.lid.as_ref(),
        ];
        let named = |is: fn(&Jid) -> bool| names.into_iter().flatten().find(|jid| is(jid));
        Member {
            person: events::person(named(events::is_number), named(events::is_lid)),
            is_admin: member.is_admin(),
            is_self: is_self(client, &member.jid),
        }
    });
    Ok(Some(Group {
        subject: Some(found.subject.clone()).filter(|subject| !subject.is_empty()),
        members: members.collect(),
    }))
}
