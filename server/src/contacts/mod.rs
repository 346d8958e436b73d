//! People on the other side. One contact is one person, also when WhatsApp names
//! them by LID first and by number later.

pub mod pictures;
mod store;

pub use store::{by_ids, find_by_name};

use crate::platform::{db::Conn, ids::Ids};
use whahook_contract::{
    Timestamp,
    contact::Party,
    ids::{AccountId, ContactId},
};
use whahook_whatsapp::port::Person;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    pub id: ContactId,
    /// `+` and digits.
    pub phone_number: Option<String>,
    /// `…@lid`
    pub lid: Option<String>,
    /// As they call themselves.
    pub name: Option<String>,
}

impl Contact {
    pub fn party(&self) -> Party {
        Party {
            phone_number: self.phone_number.clone(),
            lid: self.lid.clone(),
            jid: jid(self.phone_number.as_deref(), self.lid.as_deref()),
            name: self.name.clone(),
        }
    }

    /// Whether nothing about them is new.
    pub fn is(&self, person: &Person, name: Option<&str>) -> bool {
        let known = |told: &Option<String>, known: &Option<String>| told.is_none() || told == known;
        known(&person.phone_number, &self.phone_number)
            && known(&person.lid, &self.lid)
            && name.is_none_or(|name| self.name.as_deref() == Some(name))
    }
}

/// The address of a person; by the number where it is known.
pub fn jid(phone_number: Option<&str>, lid: Option<&str>) -> String {
    match (phone_number, lid) {
        (Some(number), _) => format!("{}@s.whatsapp.net", number.trim_start_matches('+')),
        (None, Some(lid)) => lid.to_owned(),
        (None, None) => String::new(),
    }
}

/// Two contacts that turned out to be one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SamePerson {
    pub stays: ContactId,
    pub goes: ContactId,
}

/// A contact as it is by now, and what that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    pub contact: Contact,
    pub same: Option<SamePerson>,
    /// Of those that were known before: whose name, number or LID is another.
    pub changed: Vec<ContactId>,
}

/// The contact of a person, with what is new about them written down.
///
/// # Errors
/// The database failed.
pub async fn meet(
    tx: &mut Conn,
    ids: &Ids,
    account: AccountId,
    person: &Person,
    name: Option<&str>,
    now: Timestamp,
) -> sqlx::Result<Meeting> {
    let mut changed = Vec::new();
    let known = store::find(tx, account, person).await?;
    let by_lid = known
        .iter()
        .find(|it| person.lid.is_some() && it.lid == person.lid)
        .cloned();
    let by_number = known
        .iter()
        .find(|it| person.phone_number.is_some() && it.phone_number == person.phone_number)
        .cloned();
    let mut same = None;
    let found = match (by_lid, by_number) {
        (Some(one), Some(other)) if one.id == other.id => Some(one),
        (Some(one), Some(other)) => {
            if other.lid.is_none() {
                // Known by number first, and then by LID: one person. Who was
                // known first stays.
                let (stays, goes) = if one.id < other.id {
                    (one, other)
                } else {
                    (other, one)
                };
                store::remove(tx, goes.id).await?;
                same = Some(SamePerson {
                    stays: stays.id,
                    goes: goes.id,
                });
                Some(Contact {
                    name: stays.name.or(goes.name),
                    ..stays
                })
            } else {
                // The number has been given to somebody else.
                store::forget_number(tx, other.id).await?;
                changed.push(other.id);
                Some(one)
            }
        }
        (Some(one), None) => Some(one),
        (None, Some(other)) if other.lid.is_some() && person.lid.is_some() => {
            store::forget_number(tx, other.id).await?;
            changed.push(other.id);
            None
        }
        (None, found) => found,
    };
    let contact = match found {
        Some(before) => {
            let told = |told: &Option<String>, known: &Option<String>| {
                told.clone().or_else(|| known.clone())
            };
            let now = Contact {
                id: before.id,
                phone_number: told(&person.phone_number, &before.phone_number),
                lid: told(&person.lid, &before.lid),
                name: name.map(ToOwned::to_owned).or_else(|| before.name.clone()),
            };
            if now != before || same.is_some() {
                store::update(tx, &now).await?;
                changed.push(now.id);
            }
            now
        }
        None => {
            let contact = Contact {
                id: ContactId(ids.uuid()),
                phone_number: person.phone_number.clone(),
                lid: person.lid.clone(),
                name: name.map(ToOwned::to_owned),
            };
            store::insert(tx, account, &contact, now).await?;
            contact
        }
    };
    Ok(Meeting {
        contact,
        same,
        changed,
    })
}
