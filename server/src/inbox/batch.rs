//! One transaction's worth of what came in, in few statements.

use super::{
    Delivery, changes,
    files::{self, Plan},
    model, settings, store,
};
use crate::{
    contacts::{self, Contact, SamePerson},
    conversations::{self, NewRow, Touch},
    events::{self, Recorded},
    platform::{db::Conn, ids::Ids},
};
use std::collections::{BTreeMap, HashMap, HashSet, hash_map::Entry};
use whahook_contract::{
    Timestamp,
    contact::Party,
    ids::{AccountId, ConversationId, MessageId, UserId},
    message::Recipient,
    received::{ChatContent, ChatMessage, Direction, Source},
    receiving::AppliedReceiving,
};
use whahook_whatsapp::port::{Body, Chat, Incoming, Person};

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

pub struct Batch<'a> {
    pub ids: &'a Ids,
    pub now: Timestamp,
    pub known: &'a mut Known,
    pub receiving: &'a AppliedReceiving,
    pub settings: HashMap<AccountId, AppliedReceiving>,
}

/// What is to be written at the end.
#[derive(Default)]
pub struct Pending {
    rows: Vec<NewRow>,
    touched: HashMap<ConversationId, Touch>,
}

impl Pending {
    fn add(&mut self, row: NewRow, user: UserId, chat: &Chat) {
        let unread = row.shown.direction == Direction::In
            && *chat != Chat::Status
            && model::counts(&row.shown.content);
        self.put(row, user, unread);
    }

    pub fn put(&mut self, row: NewRow, user: UserId, unread: bool) {
        let shown = &row.shown;
        let conversation = shown.conversation_id;
        let touch = self.touched.entry(conversation);
        touch
            .or_insert_with(|| Touch::of(conversation, shown.account_id, user))
            .add(shown, unread);
        self.rows.push(row);
    }

    pub async fn flush(&mut self, tx: &mut Conn) -> sqlx::Result<()> {
        conversations::insert(tx, &self.rows).await?;
        let touched: Vec<Touch> = self.touched.drain().map(|(_, touch)| touch).collect();
        conversations::touch(tx, &touched).await?;
        self.rows.clear();
        Ok(())
    }
}

impl Batch<'_> {
    pub async fn write(
        mut self,
        tx: &mut Conn,
        deliveries: &[Delivery],
    ) -> sqlx::Result<Vec<Recorded>> {
        let mut by_account: BTreeMap<AccountId, Vec<&Incoming>> = BTreeMap::new();
        for delivery in deliveries {
            let account = delivery.session.account;
            if delivery.history.is_some() {
                continue;
            }
            let mut messages: Vec<&Incoming> = delivery.messages.iter().collect();
            if messages.iter().any(|it| it.chat == Chat::Status)
                && !self.settings(tx, account).await?.statuses
            {
                messages.retain(|it| it.chat != Chat::Status);
            }
            by_account.entry(account).or_default().extend(messages);
        }
        let mut seen = store::seen(tx, &by_account).await?;
        let mut pending = Pending::default();
        let mut recorded = Vec::new();
        let mut late = Vec::new();
        for (account, messages) in by_account {
            // What has been here, and what changes other messages, is looked at
            // one by one, behind what it may be about.
            let (mut new, mut others) = (Vec::new(), Vec::new());
            for message in messages {
                let is_new = seen.insert((account, message.id.clone()));
                match model::content(&message.body).filter(|_| is_new) {
                    Some(content) => new.push((message, content)),
                    None => others.push(message),
                }
            }
            let count = i64::try_from(new.len()).unwrap_or(i64::MAX);
            let (mut seq, user) = events::reserve(tx, account, count).await?;
            let whose = Whose { account, user };
            for (message, content) in new {
                let place = self.place(tx, whose, message, &mut pending).await?;
                let row = self.row(tx, whose, message, content, &place, &mut pending);
                let row = row.await?;
                let event = model::told(row.shown.clone());
                pending.add(row, whose.user, &message.chat);
                recorded.push(events::at(seq, user, self.now, account, event));
                seq += 1;
            }
            late.extend(others.into_iter().map(|message| (whose, message)));
        }
        pending.flush(tx).await?;
        events::append(tx, &recorded).await?;
        for (whose, message) in late {
            recorded.extend(self.look_at(tx, whose, message).await?);
        }
        for delivery in deliveries {
            if let Some(piece) = &delivery.history {
                recorded.extend(self.take_history(tx, delivery.session, piece).await?);
            }
        }
        for delivery in deliveries.iter().filter(|it| !it.read.is_empty()) {
            let account = delivery.session.account;
            for changed in conversations::read_elsewhere(tx, account, &delivery.read).await? {
                let event = changed.changed(self.now);
                recorded.push(events::record(tx, self.now, account, &event).await?);
            }
        }
        Ok(recorded)
    }

    /// One that may have been here, or changes another message.
    async fn look_at(
        &mut self,
        tx: &mut Conn,
        whose: Whose,
        message: &Incoming,
    ) -> sqlx::Result<Option<Recorded>> {
        let mut pending = Pending::default();
        if let Body::Picture(id) = &message.body {
            let shown = self.show_picture(tx, whose, message, id.as_deref()).await?;
            return match shown {
                Some(event) => {
                    let recorded = events::record(tx, self.now, whose.account, &event).await?;
                    Ok(Some(recorded))
                }
                None => Ok(None),
            };
        }
        let place = self.place(tx, whose, message, &mut pending).await?;
        let (conversation, sender) = (place.conversation, place.sender_key());
        let here = store::here(tx, whose.account, &message.id, conversation, &sender).await?;
        let event = if let Some(content) = model::content(&message.body) {
            let waits = here.as_ref().is_some_and(|here| here.waits);
            let says_more = !matches!(message.body, Body::Waiting);
            if here.is_some() && !(waits && says_more) {
                return Ok(None);
            }
            let row = self.row(tx, whose, message, content, &place, &mut pending);
            let mut row = row.await?;
            match here {
                Some(here) => {
                    row.shown.id = here.id;
                    row.shown.at = here.at;
                    pending.flush(tx).await?;
                    conversations::fill(tx, &row).await?;
                    Some(model::told(row.shown))
                }
                None => {
                    let event = model::told(row.shown.clone());
                    pending.add(row, whose.user, &message.chat);
                    pending.flush(tx).await?;
                    Some(event)
                }
            }
        } else if let Body::Group(group) = &message.body {
            self.learn(tx, whose, &place, group, &mut pending).await?
        } else {
            if let Some(here) = here.filter(|here| here.waits) {
                // It only changes another message.
                conversations::withdraw(tx, conversation, here.id).await?;
            }
            changes::apply(tx, message, &place, self.now).await?
        };
        match event {
            Some(event) => {
                let recorded = events::record(tx, self.now, whose.account, &event).await?;
                Ok(Some(recorded))
            }
            None => Ok(None),
        }
    }

    /// As it is to stand in its conversation.
    pub(super) async fn row(
        &mut self,
        tx: &mut Conn,
        whose: Whose,
        message: &Incoming,
        mut content: ChatContent,
        place: &Place,
        pending: &mut Pending,
    ) -> sqlx::Result<NewRow> {
        let mut attachment = None;
        let mut media_due = None;
        if let Body::Media(attached) = &message.body {
            let plan = files::plan(attached, self.settings(tx, whose.account).await?);
            if let Some(media) = content.media_mut() {
                media.state = Some(plan.state);
                media.reason = plan.reason;
            }
            media_due = (plan == Plan::PENDING).then_some(self.now);
            let json = serde_json::to_string(&attached.file);
            attachment = Some(json.map_err(|error| sqlx::Error::Encode(error.into()))?);
        }
        if let Body::GroupChange(change) = &message.body {
            content = self
                .change_group(tx, whose, place, change, content, pending)
                .await?;
        }
        let id = self.ids.uuid();
        let (direction, source) = match message.author.is_self {
            true => (Direction::Out, Source::Phone),
            false => (Direction::In, Source::Contact),
        };
        let at = model::written_at(message.at.into(), self.now);
        let shown = ChatMessage {
            id: MessageId(id),
            account_id: whose.account,
            conversation_id: place.conversation,
            chat: Some(place.chat.clone()),
            direction,
            source,
            whatsapp_message_id: message.id.clone(),
            from: place.from(message),
            content,
            quoted: message.quote.as_ref().map(model::quoted),
            mentions: message.mentions.clone(),
            reactions: Vec::new(),
            status: None,
            at,
            received_at: self.now,
            edited_at: None,
        };
        Ok(NewRow {
            media_due,
            ..NewRow::new(shown, place.sender_key(), attachment)
        })
    }

    /// How an account receives; read once for all that waits.
    pub(super) async fn settings(
        &mut self,
        tx: &mut Conn,
        account: AccountId,
    ) -> sqlx::Result<&AppliedReceiving> {
        match self.settings.entry(account) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(unknown) => {
                let found = settings::applies(tx, account, self.receiving).await?;
                Ok(unknown.insert(found))
            }
        }
    }

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
        let (contact, same) = meeting.await?;
        if let Some(SamePerson { stays, goes }) = same {
            // What is about to be written must be there to be moved.
            pending.flush(tx).await?;
            conversations::merge(tx, whose.account, stays, goes).await?;
            self.known.forget();
        }
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

/// What has been here, or came twice together.
pub type Seen = HashSet<(AccountId, String)>;
