//! Groups: who is in them, and how their members are named.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Server};

use super::Network;
use super::account::{Account, Picture};
use super::persist::{Change, Kind, Store};
use crate::number::PhoneNumber;
use crate::platform;
use crate::recipient::GroupId;
use crate::stanza::notification;

/// Whether stanzas of the group name people by number or by LID. WhatsApp makes
/// new groups with LIDs; older ones go on with numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Addressing {
    Pn,
    #[default]
    Lid,
}

impl Addressing {
    pub fn server(self) -> Server {
        match self {
            Self::Pn => Server::Pn,
            Self::Lid => Server::Lid,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pn => "pn",
            Self::Lid => "lid",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Member,
    Admin,
    SuperAdmin,
}

/// Who comes, who goes, and who may do more or less from now on.
#[derive(Debug, Clone, Default)]
pub struct MemberChanges {
    pub add: Vec<PhoneNumber>,
    pub remove: Vec<PhoneNumber>,
    pub promote: Vec<PhoneNumber>,
    pub demote: Vec<PhoneNumber>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    pub subject: String,
    pub addressing: Addressing,
    pub owner: PhoneNumber,
    /// Seconds since the epoch.
    pub created_at: i64,
    pub members: BTreeMap<PhoneNumber, Role>,
    #[serde(default)]
    pub picture: Option<Picture>,
}

pub struct Group {
    pub id: GroupId,
    pub addressing: Addressing,
    record: RwLock<Record>,
}

impl Group {
    pub fn new(id: GroupId, record: Record) -> Self {
        Self {
            id,
            addressing: record.addressing,
            record: RwLock::new(record),
        }
    }

    pub fn save(&self, store: &Store) {
        let record = self.record.read();
        let key = self.id.user().to_owned();
        store.submit(vec![Change::put_json(Kind::Group, key, &*record)]);
    }

    pub fn record(&self) -> Record {
        self.record.read().clone()
    }

    pub fn members(&self) -> Vec<PhoneNumber> {
        self.record.read().members.keys().cloned().collect()
    }

    pub fn has(&self, number: &PhoneNumber) -> bool {
        self.record.read().members.contains_key(number)
    }

    pub fn size(&self) -> usize {
        self.record.read().members.len()
    }

    pub fn is_admin(&self, number: &PhoneNumber) -> bool {
        let role = self.record.read().members.get(number).copied();
        matches!(role, Some(Role::Admin | Role::SuperAdmin))
    }

    /// Changes the record and stores it.
    pub fn update(&self, store: &Store, change: impl FnOnce(&mut Record)) {
        change(&mut self.record.write());
        self.save(store);
    }

    /// How the group names a device of the account.
    pub fn jid_of(&self, account: &Account, device: u16) -> Jid {
        account.jid(self.addressing.server(), device)
    }

    /// Says by whom a stanza of the group is.
    pub fn by(&self, builder: NodeBuilder, account: &Account, device: u16) -> NodeBuilder {
        let builder = builder.attr("participant", self.jid_of(account, device));
        match self.addressing {
            Addressing::Pn => builder.attr("participant_lid", account.jid(Server::Lid, device)),
            Addressing::Lid => builder.attr("participant_pn", account.jid(Server::Pn, device)),
        }
    }
}

impl Network {
    /// Makes a group and tells its members.
    pub fn make_group(
        &self,
        subject: String,
        owner: &PhoneNumber,
        members: Vec<PhoneNumber>,
        addressing: Addressing,
    ) -> Arc<Group> {
        let mut members: BTreeMap<_, _> = members.into_iter().map(|n| (n, Role::Member)).collect();
        members.insert(owner.clone(), Role::SuperAdmin);
        let record = Record {
            subject,
            addressing,
            owner: owner.clone(),
            created_at: platform::now_secs(),
            members,
            picture: None,
        };
        let group = Arc::new(Group::new(fresh_id(), record));
        group.save(&self.store);
        self.insert_group(Arc::clone(&group));
        notification::group_made(self, &group);
        group
    }

    /// Somebody gives the group another name, and all are told.
    pub fn rename_group(&self, group: &Group, by: &PhoneNumber, subject: &str) {
        group.update(&self.store, |record| {
            subject.clone_into(&mut record.subject);
        });
        notification::group_renamed(self, group, by);
    }

    /// Somebody gives the group another picture, or none, and all are told.
    pub fn set_group_picture(&self, group: &Group, by: &PhoneNumber, picture: Option<Picture>) {
        group.update(&self.store, |record| record.picture = picture);
        notification::group_picture_changed(self, group, by);
    }

    /// Somebody takes people into the group and out of it, makes admins of them
    /// and members again; everyone concerned is told.
    pub fn change_members(&self, group: &Group, by: &PhoneNumber, changes: &MemberChanges) {
        let MemberChanges {
            add,
            remove,
            promote,
            demote,
        } = changes;
        let before = group.members();
        group.update(&self.store, |record| {
            for number in add {
                let role = record.members.entry(number.clone());
                role.or_insert(Role::Member);
            }
            record.members.retain(|number, _| !remove.contains(number));
            for (numbers, becomes) in [(promote, Role::Admin), (demote, Role::Member)] {
                for number in numbers {
                    if let Some(role) = record.members.get_mut(number) {
                        *role = becomes;
                    }
                }
            }
        });
        for (tag, changed) in [
            ("add", add),
            ("remove", remove),
            ("promote", promote),
            ("demote", demote),
        ] {
            if !changed.is_empty() {
                notification::members_changed(self, group, by, tag, changed, &before);
            }
        }
        if !remove.is_empty() {
            // Those who left must not read what is written from now on.
            for account in group.members().iter().filter_map(|n| self.account(n)) {
                let mut phone = account.phone.lock();
                phone.renew_sender_key(&group.id);
                phone.save(&self.store);
            }
        }
    }
}

/// As WhatsApp names groups: this prefix, then twelve digits.
fn fresh_id() -> GroupId {
    let n = u64::from(platform::random_u32()) << 16 | u64::from(platform::random_u32() & 0xffff);
    GroupId::new(&format!("120363{:012}", n % 1_000_000_000_000))
}
