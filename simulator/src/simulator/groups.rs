//! Groups, as people make and change them.

use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;

use super::{Control, Error};
use crate::http::views::GroupView;
use crate::number::PhoneNumber;
use crate::recipient::GroupId;
use crate::state::groups::{Addressing, Group, MemberChanges};

/// Who comes, who goes, who becomes an admin and who no longer is one.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct GroupChanges {
    pub add: Vec<String>,
    pub remove: Vec<String>,
    pub promote: Vec<String>,
    pub demote: Vec<String>,
}

impl Control {
    /// Makes a group; all numbers must be phones.
    pub async fn make_group(
        &self,
        subject: &str,
        owner: &str,
        participants: &[String],
        addressing: Addressing,
    ) -> Result<GroupView, Error> {
        let owner = self.account(owner)?.number.clone();
        let members = self.numbers(participants)?;
        let subject = subject.to_owned();
        let group = self
            .network
            .make_group(subject, &owner, members, addressing);
        self.network.store.durable().await?;
        Ok(GroupView::of(&self.network, &group))
    }

    pub fn groups(&self) -> Vec<GroupView> {
        let groups = self.network.groups();
        let views = groups.iter().map(|g| GroupView::of(&self.network, g));
        views.collect()
    }

    pub fn group(&self, jid: &str) -> Result<GroupView, Error> {
        Ok(GroupView::of(&self.network, &*self.found_group(jid)?))
    }

    /// The owner takes people into the group and out of it.
    pub async fn change_members(
        &self,
        jid: &str,
        add: &[String],
        remove: &[String],
    ) -> Result<GroupView, Error> {
        let changes = GroupChanges {
            add: add.to_vec(),
            remove: remove.to_vec(),
            ..Default::default()
        };
        self.change_group(jid, None, &changes).await
    }

    /// Changes who is in the group. With nobody named it is the owner's doing.
    pub async fn change_group(
        &self,
        jid: &str,
        by: Option<&str>,
        changes: &GroupChanges,
    ) -> Result<GroupView, Error> {
        let group = self.found_group(jid)?;
        let by = self.author(&group, by)?;
        let changes = MemberChanges {
            add: self.numbers(&changes.add)?,
            remove: self.numbers(&changes.remove)?,
            promote: self.numbers(&changes.promote)?,
            demote: self.numbers(&changes.demote)?,
        };
        self.network.change_members(&group, &by, &changes);
        self.network.store.durable().await?;
        Ok(GroupView::of(&self.network, &group))
    }

    /// Gives the group another name.
    pub async fn rename_group(
        &self,
        jid: &str,
        by: Option<&str>,
        subject: &str,
    ) -> Result<GroupView, Error> {
        let group = self.found_group(jid)?;
        let by = self.author(&group, by)?;
        self.network.rename_group(&group, &by, subject);
        self.network.store.durable().await?;
        Ok(GroupView::of(&self.network, &group))
    }

    /// Gives the group another picture; with nothing, none.
    pub async fn set_group_picture(
        &self,
        jid: &str,
        by: Option<&str>,
        bytes: Option<Bytes>,
    ) -> Result<GroupView, Error> {
        let group = self.found_group(jid)?;
        let by = self.author(&group, by)?;
        let picture = bytes.map(|bytes| self.kept_picture(bytes)).transpose()?;
        self.network.set_group_picture(&group, &by, picture);
        self.network.store.durable().await?;
        Ok(GroupView::of(&self.network, &group))
    }

    fn author(&self, group: &Group, by: Option<&str>) -> Result<PhoneNumber, Error> {
        let number = match by {
            Some(number) => self.account(number)?.number.clone(),
            None => return Ok(group.record().owner),
        };
        if group.has(&number) {
            return Ok(number);
        }
        let group = group.id.clone();
        Err(Error::NotAMember { number, group })
    }

    fn found_group(&self, jid: &str) -> Result<Arc<Group>, Error> {
        let id = GroupId::new(jid.trim_end_matches("@g.us"));
        let group = self.network.group(&id);
        group.ok_or(Error::UnknownGroup(id))
    }

    fn numbers(&self, numbers: &[String]) -> Result<Vec<PhoneNumber>, Error> {
        let numbers = numbers.iter();
        numbers
            .map(|number| Ok(self.account(number)?.number.clone()))
            .collect()
    }
}
