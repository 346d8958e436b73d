//! What was sent from here, as it stands in its conversation: from when it left
//! the queue on, whether it arrived there or failed.

use super::{
    Touch,
    changes::{self, By, Change},
    entry::{self, NewRow},
    place, store,
};
use crate::{
    contacts,
    events::{self, Recorded},
    outbox::Message,
    platform::{db::Conn, ids::Ids},
};
use std::collections::HashMap;
use whahook_contract::{
    Timestamp,
    contact::Party,
    event::Event,
    ids::{AccountId, ConversationId, UserId},
    message::{Kind, MessageStatus},
    received::{ChatContent, ChatMessage, Direction, QuotedMessage, Source},
};
use whahook_whatsapp::port::Person;

/// Messages of one account that have just left its queue. What was learnt of whom
/// they are for.
///
/// # Errors
/// The database failed.
pub async fn left_the_queue(
    tx: &mut Conn,
    ids: &Ids,
    messages: &[Message],
    now: Timestamp,
) -> sqlx::Result<Vec<Recorded>> {
    let Some((account, user)) = messages.first().map(|it| (it.account, it.user)) else {
        return Ok(Vec::new());
    };
    let mut told = Vec::new();
    let mut places = known_places(tx, account, messages).await?;
    for message in messages {
        if places.contains_key(&message.to.jid) {
            continue;
        }
        let learnt = told.len();
        let found = conversation(tx, ids, message, now, &mut told).await?;
        for event in &told[learnt..] {
            if let Event::ConversationMerged { from, into, .. } = event {
                let gone = places.values_mut().filter(|place| *place == from);
                gone.for_each(|place| *place = *into);
            }
        }
        places.insert(message.to.jid.clone(), found);
    }
    let mut rows = Vec::with_capacity(messages.len());
    let mut touched = HashMap::new();
    for message in messages {
        let Some(&conversation) = places.get(&message.to.jid) else {
            continue;
        };
        match ChatContent::sent(&message.content) {
            Some(content) => {
                let shown = shown(message, conversation, content, now);
                rows.push(NewRow::new(shown, String::new(), None));
            }
            None if message.status == MessageStatus::Failed => {}
            None => {
                // What it is about may have left the queue together with it.
                put(tx, user, &mut rows, &mut touched).await?;
                change(tx, conversation, message, now).await?;
            }
        }
    }
    put(tx, user, &mut rows, &mut touched).await?;
    let touched: Vec<Touch> = touched.into_values().collect();
    store::touch(tx, &touched).await?;
    events::record_all(tx, now, account, told).await
}

/// Conversations with people of whom nothing is new, in one look: by the address
/// that messages to them have.
async fn known_places(
    tx: &mut Conn,
    account: AccountId,
    messages: &[Message],
) -> sqlx::Result<HashMap<String, ConversationId>> {
    let both = |message: &Message| message.to.phone_number.clone().zip(message.to.lid.clone());
    let mut people: Vec<(String, String)> = messages.iter().filter_map(both).collect();
    people.sort_unstable();
    people.dedup();
    let known = store::with_people(tx, account, &people).await?;
    let place = |message: &Message| {
        let conversation = known.get(&both(message)?)?;
        Some((message.to.jid.clone(), *conversation))
    };
    Ok(messages.iter().filter_map(place).collect())
}

async fn put(
    tx: &mut Conn,
    user: UserId,
    rows: &mut Vec<NewRow>,
    touched: &mut HashMap<ConversationId, Touch>,
) -> sqlx::Result<()> {
    let under_another_id = entry::insert(tx, rows).await?;
    for NewRow { shown, .. } in rows.drain(..) {
        if !under_another_id.contains(&shown.id) {
            let conversation = shown.conversation_id;
            let touch = touched.entry(conversation);
            touch
                .or_insert_with(|| Touch::of(conversation, shown.account_id, user))
                .add(&shown, false);
        }
    }
    Ok(())
}

async fn conversation(
    tx: &mut Conn,
    ids: &Ids,
    message: &Message,
    now: Timestamp,
    told: &mut Vec<Event>,
) -> sqlx::Result<ConversationId> {
    let to = &message.to;
    let person = Person {
        phone_number: to.phone_number.clone(),
        lid: to.lid.clone(),
    };
    if person == Person::default() {
        return place::of_group(tx, ids, message.account, message.user, &to.jid, now).await;
    }
    let meeting = contacts::meet(tx, ids, message.account, &person, None, now).await?;
    told.extend(place::learn(tx, message.account, &meeting, now).await?);
    let contact = meeting.contact.id;
    place::with(tx, ids, message.account, message.user, contact, now).await
}

fn shown(
    message: &Message,
    conversation: ConversationId,
    content: ChatContent,
    now: Timestamp,
) -> ChatMessage {
    let quoted = |reply: &whahook_contract::message::MessageRef| {
        Some(QuotedMessage {
            whatsapp_message_id: reply.whatsapp_message_id.clone()?,
            from: reply.from.clone(),
            text: reply.text.clone(),
        })
    };
    ChatMessage {
        id: message.id,
        account_id: message.account,
        conversation_id: conversation,
        chat: None,
        direction: Direction::Out,
        source: Source::Api,
        whatsapp_message_id: message.whatsapp_message_id.clone(),
        from: Party::default(),
        content,
        quoted: message.content.reply_to.as_ref().and_then(quoted),
        mentions: message.content.mentions.clone(),
        reactions: Vec::new(),
        status: None,
        at: now,
        received_at: now,
        edited_at: None,
    }
}

/// A reaction, an edit or a deletion that went out.
async fn change(
    tx: &mut Conn,
    conversation: ConversationId,
    message: &Message,
    at: Timestamp,
) -> sqlx::Result<()> {
    let (target, change) = match &message.content.kind {
        Kind::Reaction { message, emoji } => (message, Change::Reaction(emoji)),
        Kind::Edit { message, text } => (message, Change::Edit(text)),
        Kind::Delete { message } => (message, Change::Delete),
        _ => return Ok(()),
    };
    let Some(target) = &target.whatsapp_message_id else {
        return Ok(());
    };
    let by = By {
        sender: "",
        whatsapp_message_id: &message.whatsapp_message_id,
        at,
        // WhatsApp has taken it.
        as_admin: message.to.phone_number.is_none() && message.to.lid.is_none(),
    };
    // The outbox tells of it already.
    changes::change(tx, conversation, target, change, &by).await?;
    Ok(())
}
