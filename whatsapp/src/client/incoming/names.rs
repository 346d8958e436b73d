//! Who is who.

use crate::{client::events, port::Person};
use whatsapp_rust::{Client, Jid};

/// Somebody who knows the other name of people.
pub trait Names: Sync {
    /// Number and LID of whom one of them is known.
    fn look_up(&self, name: &Jid) -> impl Future<Output = Option<Person>> + Send;

    /// Those of the account itself: number and LID.
    fn own(&self) -> [Option<Jid>; 2];
}

impl Names for Client {
    async fn look_up(&self, name: &Jid) -> Option<Person> {
        let entry = self.get_lid_pn_entry(name).await.ok()??;
        Some(Person {
            phone_number: Some(format!("+{}", entry.phone_number)),
            lid: Some(format!("{}@lid", entry.lid)),
        })
    }

    fn own(&self) -> [Option<Jid>; 2] {
        [self.pn(), self.lid()]
    }
}

/// Number and LID of a person, of whom some names are at hand.
pub async fn known(names: &impl Names, at_hand: &[Option<&Jid>]) -> Person {
    let mut number = None;
    let mut lid = None;
    for name in at_hand.iter().flatten() {
        if events::is_number(name) {
            number = Some(*name);
        } else if events::is_lid(name) {
            lid = Some(*name);
        }
    }
    let person = events::person(number, lid);
    if (person.phone_number.is_none() || person.lid.is_none())
        && let Some(name) = number.or(lid)
        && let Some(known) = names.look_up(name).await
    {
        return known;
    }
    person
}
