//! One transaction's worth of what came in, in few statements.

use super::{
    Delivery, changes,
    files::{self, Plan},
    model,
    place::{Known, Place, Whose},
    settings, store,
};
use crate::{
    conversations::{self, NewRow, Touch},
    events::{self, Recorded},
    platform::{db::Conn, ids::Ids},
};
use std::collections::{BTreeMap, HashMap, HashSet, hash_map::Entry};
use whahook_contract::{
    Timestamp,
    event::Event,
    ids::{AccountId, ConversationId, MessageId, UserId},
    received::{ChatContent, ChatMessage, Direction, Source},
    receiving::AppliedReceiving,
};
use whahook_whatsapp::port::{Body, Chat, Incoming};

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
    /// What is to be told, in this order.
    pub told: Vec<Event>,
    /// Conversations that were put aside, and are not any more.
    back: Vec<(AccountId, ConversationId)>,
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
        for back in conversations::touch(tx, &touched).await? {
            let mut rows = self.rows.iter().map(|row| &row.shown);
            if let Some(message) = rows.find(|it| it.conversation_id == back) {
                self.back.push((message.account_id, back));
            }
        }
        self.rows.clear();
        Ok(())
    }

    /// Tells of conversations that are not put aside any more.
    async fn tell_of_back(&mut self, tx: &mut Conn, now: Timestamp) -> sqlx::Result<Vec<Recorded>> {
        let mut recorded = Vec::new();
        for (account, id) in self.back.drain(..) {
            if let Some(back) = conversations::find_any(tx, id).await? {
                recorded.push(events::record(tx, now, account, &back.changed(now)).await?);
            }
        }
        Ok(recorded)
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
        let mut fresh = Vec::new();
        let mut recorded = Vec::new();
        for (account, messages) in by_account {
            let mut whose = None;
            let mut new = Vec::new();
            for message in messages {
                let is_new = seen.insert((account, message.id.clone()));
                if let Some(content) = model::content(&message.body).filter(|_| is_new) {
                    new.push((message, content));
                    continue;
                }
                // What has been here, and what changes other messages, is looked at
                // by itself, behind what came before it.
                let whose = match whose {
                    Some(whose) if new.is_empty() => whose,
                    _ => {
                        let new = std::mem::take(&mut new);
                        let adding = self.add(tx, account, new, &mut pending, &mut fresh);
                        *whose.insert(adding.await?)
                    }
                };
                recorded.extend(self.write_down(tx, &mut pending, &mut fresh).await?);
                recorded.extend(self.look_at(tx, whose, message).await?);
            }
            if whose.is_none() || !new.is_empty() {
                self.add(tx, account, new, &mut pending, &mut fresh).await?;
            }
        }
        recorded.extend(self.write_down(tx, &mut pending, &mut fresh).await?);
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

    /// Puts new messages of an account with what waits to be written.
    async fn add(
        &mut self,
        tx: &mut Conn,
        account: AccountId,
        new: Vec<(&Incoming, ChatContent)>,
        pending: &mut Pending,
        fresh: &mut Vec<Recorded>,
    ) -> sqlx::Result<Whose> {
        let count = new.len();
        let (first, user) = events::reserve(tx, account, as_number(count)).await?;
        let whose = Whose { account, user };
        for (message, content) in new {
            let place = self.place(tx, whose, message, pending).await?;
            let row = self.row(tx, whose, message, content, &place, pending);
            let row = row.await?;
            pending.told.push(model::told(row.shown.clone()));
            pending.add(row, user, &message.chat);
        }
        let told = std::mem::take(&mut pending.told);
        if told.len() > count {
            // What was learnt of people. Nobody else takes numbers meanwhile.
            events::reserve(tx, account, as_number(told.len() - count)).await?;
        }
        let numbered = (first..).zip(told);
        fresh.extend(numbered.map(|(seq, event)| events::at(seq, user, self.now, account, event)));
        Ok(whose)
    }

    async fn write_down(
        &self,
        tx: &mut Conn,
        pending: &mut Pending,
        fresh: &mut Vec<Recorded>,
    ) -> sqlx::Result<Vec<Recorded>> {
        pending.flush(tx).await?;
        events::append(tx, fresh).await?;
        let mut recorded = std::mem::take(fresh);
        recorded.extend(pending.tell_of_back(tx, self.now).await?);
        Ok(recorded)
    }

    /// One that may have been here, or changes another message.
    async fn look_at(
        &mut self,
        tx: &mut Conn,
        whose: Whose,
        message: &Incoming,
    ) -> sqlx::Result<Vec<Recorded>> {
        let mut pending = Pending::default();
        if let Body::Picture(id) = &message.body {
            let shown = self.show_picture(tx, whose, message, id.as_deref()).await?;
            pending.told.extend(shown);
        } else {
            self.judge(tx, whose, message, &mut pending).await?;
        }
        pending.flush(tx).await?;
        let told = std::mem::take(&mut pending.told);
        let mut recorded = events::record_all(tx, self.now, whose.account, told).await?;
        recorded.extend(pending.tell_of_back(tx, self.now).await?);
        Ok(recorded)
    }

    async fn judge(
        &mut self,
        tx: &mut Conn,
        whose: Whose,
        message: &Incoming,
        pending: &mut Pending,
    ) -> sqlx::Result<()> {
        let place = self.place(tx, whose, message, pending).await?;
        let (conversation, sender) = (place.conversation, place.sender_key());
        let here = store::here(tx, whose.account, &message.id, conversation, &sender).await?;
        if let Some(content) = model::content(&message.body) {
            let waits = here.as_ref().is_some_and(|here| here.waits);
            let says_more = !matches!(message.body, Body::Waiting);
            if here.is_some() && !(waits && says_more) {
                return Ok(());
            }
            let row = self.row(tx, whose, message, content, &place, pending);
            let mut row = row.await?;
            if let Some(here) = here {
                row.shown.id = here.id;
                row.shown.at = here.at;
                if let Some((words, at)) = here.edit
                    && row.shown.content.set_words(words)
                {
                    row.shown.edited_at = Some(at);
                }
                pending.flush(tx).await?;
                conversations::fill(tx, &row).await?;
                pending.told.push(model::told(row.shown));
            } else {
                pending.told.push(model::told(row.shown.clone()));
                pending.add(row, whose.user, &message.chat);
            }
            return Ok(());
        }
        if let Body::Group(group) = &message.body {
            let learnt = self.learn(tx, whose, &place, group, pending).await?;
            pending.told.extend(learnt);
            return Ok(());
        }
        if let Some(here) = here.filter(|here| here.waits) {
            // It only changes another message.
            conversations::withdraw(tx, conversation, here.id).await?;
            pending.told.push(Event::MessageDeleted {
                conversation_id: conversation,
                message_id: here.id,
                whatsapp_message_id: message.id.clone(),
                from: place.from(message),
                at: self.now,
            });
        }
        let changed = changes::apply(tx, message, &place, self.now).await?;
        pending.told.extend(changed);
        Ok(())
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
        let at = model::written_at(model::told_at(message.at), self.now);
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
            participant: message.author.jid.clone(),
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
}

fn as_number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// What has been here, or came twice together.
pub type Seen = HashSet<(AccountId, String)>;
