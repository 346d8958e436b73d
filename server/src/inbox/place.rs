//! Who writes, and in which conversation it stands.

use super::{
    batch::{Batch, Pending},
    model,
};
use crate::{
    contacts::{self, Contact},
    conversations,
    platform::db::Conn,
};
use std::collections::HashMap;
use whahook_contract::{
    contact::Party,
    ids::{AccountId, ConversationId, UserId},
    message::Recipient,
};
use whahook_whatsapp::port::{Chat, Incoming, Person};

/// As many people and groups are remembered; those after them are looked up in
/// the database again.
const KNOWN_MAX: usize = 20_000;

/// People and groups of whom nothing needs to be written down.
#[derive(Default)]
pub struct Known {
    people: HashMap<(AccountId, String), Met>,
    groups: HashMap<(AccountId, String), ConversationId>,
}

#[derive(Clone)]
pub struct Met {
    pub contact: Contact,
    conversation: Option<ConversationId>,
}

impl Known {
    pub fn forget(&mut self) {
        self.people.clear();
        self.groups.clear();
    }

    fn make_room(&mut self) {
        if self.people.len() + self.groups.len() >= KNOWN_MAX {
            self.forget();
        }
    }
}

fn key(account: AccountId, person: &Person) -> (AccountId, String) {
    let name = person.lid.as_ref().or(person.phone_number.as_ref());
    (account, name.cloned().unwrap_or_default())
}

/// Whose account it is.
#[derive(Clone, Copy)]
pub struct Whose {
    pub account: AccountId,
    pub user: UserId,
}

/// Where a message stands, and who wrote it.
pub struct Place {
    pub conversation: ConversationId,
    /// Where an answer goes to.
    pub chat: Recipient,
    /// `None`: the account's own person.
    pub sender: Option<Contact>,
}

impl Place {
    /// As the database names who wrote it.
    pub fn sender_key(&self) -> String {
        let sender = self.sender.as_ref();
        sender.map(|it| it.id.to_string()).unwrap_or_default()
    }

    pub fn from(&self, message: &Incoming) -> Party {
        match &self.sender {
            Some(sender) => sender.party(),
            None => {
                let Person { phone_number, lid } = message.author.person.clone();
                Party {
                    jid: contacts::jid(phone_number.as_deref(), lid.as_deref()),
                    phone_number,
                    lid,
                    name: message.author.push_name.clone(),
                }
            }
        }
    }
}

impl Batch<'_> {
    pub(super) async fn place(
        &mut self,
        tx: &mut Conn,
        whose: Whose,
        message: &Incoming,
        pending: &mut Pending,
    ) -> sqlx::Result<Place> {
        let author = &message.author;
        let name = author.push_name.as_deref().filter(|_| !author.is_self);
        let name = name.map(|name| model::text(name.to_owned()));
        let name = name.as_deref();
        match &message.chat {
            Chat::Person(person) => {
                let met = self.meet(tx, whose, person, name, pending).await?;
                let conversation = match met.conversation {
                    Some(conversation) => conversation,
                    None => {
                        let contact = met.contact.id;
                        let open = conversations::with(
                            tx,
                            self.ids,
                            whose.account,
                            whose.user,
                            contact,
                            self.now,
                        );
                        let conversation = open.await?;
                        let key = key(whose.account, person);
                        if let Some(known) = self.known.people.get_mut(&key) {
                            known.conversation = Some(conversation);
                        }
                        conversation
                    }
                };
                let Party {
                    phone_number,
                    lid,
                    jid,
                    ..
                } = met.contact.party();
                Ok(Place {
                    conversation,
                    chat: Recipient {
                        phone_number,
                        lid,
                        jid,
                    },
                    sender: (!author.is_self).then_some(met.contact),
                })
            }
            Chat::Group(_) | Chat::Status => {
                let jid = match &message.chat {
                    Chat::Group(jid) => jid.as_str(),
                    _ => conversations::STATUS,
                };
                let nobody = author.person == Person::default();
                let sender = if author.is_self || nobody {
                    None
                } else {
                    let met = self.meet(tx, whose, &author.person, name, pending).await?;
                    Some(met.contact)
                };
                let key = (whose.account, jid.to_owned());
                let conversation = match self.known.groups.get(&key) {
                    Some(conversation) => *conversation,
                    None => {
                        let open = conversations::of_group(
                            tx,
                            self.ids,
                            whose.account,
                            whose.user,
                            jid,
                            self.now,
                        );
                        let conversation = open.await?;
                        self.known.make_room();
                        self.known.groups.insert(key, conversation);
                        conversation
                    }
                };
                Ok(Place {
                    conversation,
                    chat: Recipient {
                        phone_number: None,
                        lid: None,
                        jid: jid.to_owned(),
                    },
                    sender,
                })
            }
        }
    }

    pub(super) async fn meet(
        &mut self,
        tx: &mut Conn,
        whose: Whose,
        person: &Person,
        name: Option<&str>,
        pending: &mut Pending,
    ) -> sqlx::Result<Met> {
        let key = key(whose.account, person);
        if let Some(met) = self.known.people.get(&key)
            && met.contact.is(person, name)
        {
            return Ok(met.clone());
        }
        let meeting = contacts::meet(tx, self.ids, whose.account, person, name, self.now);
        let meeting = meeting.await?;
        if !meeting.changed.is_empty() {
            // What is about to be written must be there to be moved, and counted.
            pending.flush(tx).await?;
            let learnt = conversations::learn(tx, whose.account, &meeting, self.now).await?;
            pending.told.extend(learnt);
        }
        if meeting.same.is_some() {
            self.known.forget();
        }
        let contact = meeting.contact;
        let before = self.known.people.get(&key);
        let met = Met {
            conversation: before
                .filter(|before| before.contact.id == contact.id)
                .and_then(|before| before.conversation),
            contact,
        };
        self.known.make_room();
        self.known.people.insert(key, met.clone());
        Ok(met)
    }
}
