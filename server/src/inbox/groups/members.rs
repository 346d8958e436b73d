//! What is told of a group, written down with the message or answer that tells it.

use super::store;
use crate::{
    conversations,
    inbox::{
        batch::{Batch, Pending},
        place::{Place, Whose},
    },
    platform::db::Conn,
};
use whahook_contract::{
    contact::Party,
    event::Event,
    received::{ChatContent, GroupChangeKind},
};
use whahook_whatsapp::port::{Group, GroupChange, Member, Person};

/// A member as the database names them; empty for the account's own person.
struct Known {
    key: String,
    party: Party,
}

impl Batch<'_> {
    /// Something about the group is different: the line that says so in its
    /// conversation, with whom it is about.
    pub(in crate::inbox) async fn change_group(
        &mut self,
        tx: &mut Conn,
        whose: Whose,
        place: &Place,
        changed: &GroupChange,
        mut content: ChatContent,
        pending: &mut Pending,
    ) -> sqlx::Result<ChatContent> {
        let conversation = place.conversation;
        let (people, then) = match changed {
            GroupChange::Subject(subject) => {
                store::rename(tx, conversation, subject).await?;
                return Ok(content);
            }
            GroupChange::Description(_) => return Ok(content),
            GroupChange::Added(people) => (people, store::Then::In),
            GroupChange::Removed(people) => (people, store::Then::Out),
            GroupChange::Promoted(people) => (people, store::Then::Admin),
            GroupChange::Demoted(people) => (people, store::Then::Member),
        };
        if then == store::Then::In && people.iter().any(|member| member.is_self) {
            // Who else is in it may be others than when one was in it last.
            store::ask_again(tx, conversation).await?;
        }
        let mut known = Vec::with_capacity(people.len());
        for member in people {
            let member = self.know(tx, whose, member, pending).await?;
            store::change(tx, conversation, &member.key, then).await?;
            known.push(member);
        }
        if let ChatContent::GroupChange {
            change, members, ..
        } = &mut content
        {
            // Who does it to themselves comes, or goes.
            if matches!(known.as_slice(), [one] if one.key == place.sender_key()) {
                *change = match *change {
                    GroupChangeKind::Added => GroupChangeKind::Joined,
                    GroupChangeKind::Removed => GroupChangeKind::Left,
                    other => other,
                };
            }
            members.extend(known.into_iter().map(|member| member.party));
        }
        Ok(content)
    }

    /// What WhatsApp says of the group, now that it was asked.
    pub(in crate::inbox) async fn learn(
        &mut self,
        tx: &mut Conn,
        whose: Whose,
        place: &Place,
        group: &Group,
        pending: &mut Pending,
    ) -> sqlx::Result<Option<Event>> {
        let conversation = place.conversation;
        let mut members = Vec::with_capacity(group.members.len());
        let is_known = |member: &&Member| member.is_self || member.person != Person::default();
        for member in group.members.iter().filter(is_known) {
            let known = self.know(tx, whose, member, pending).await?;
            members.push((known.key, member.is_admin));
        }
        pending.flush(tx).await?;
        store::replace(tx, conversation, &members, self.now).await?;
        let Some(subject) = &group.subject else {
            return Ok(None);
        };
        if !store::rename(tx, conversation, subject).await? {
            return Ok(None);
        }
        let renamed = conversations::find_any(tx, conversation).await?;
        Ok(renamed.map(|renamed| renamed.changed(self.now)))
    }

    async fn know(
        &mut self,
        tx: &mut Conn,
        whose: Whose,
        member: &Member,
        pending: &mut Pending,
    ) -> sqlx::Result<Known> {
        if member.is_self || member.person == Person::default() {
            let Person { phone_number, lid } = member.person.clone();
            return Ok(Known {
                key: String::new(),
                party: Party {
                    jid: crate::contacts::jid(phone_number.as_deref(), lid.as_deref()),
                    phone_number,
                    lid,
                    name: None,
                },
            });
        }
        let met = self.meet(tx, whose, &member.person, None, pending).await?;
        Ok(Known {
            key: met.contact.id.to_string(),
            party: met.contact.party(),
        })
    }
}
