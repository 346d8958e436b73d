//! Groups, as people make and change them.

use std::sync::Arc;

use super::{Control, Error};
use crate::http::views::GroupView;
use crate::number::PhoneNumber;
use crate::recipient::GroupId;
use crate::state::groups::{Addressing, Group};

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

    pub async fn change_members(
        &self,
        jid: &str,
        add: &[String],
        remove: &[String],
    ) -> Result<GroupView, Error> {
        let group = self.found_group(jid)?;
        let (add, remove) = (self.numbers(add)?, self.numbers(remove)?);
        self.network.change_members(&group, &add, &remove);
        self.network.store.durable().await?;
        Ok(GroupView::of(&self.network, &group))
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
