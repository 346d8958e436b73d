//! Which conversation something belongs to.

use super::{listing, model::Conversation, store};
use crate::{
    contacts::{self, Meeting, SamePerson},
    platform::{db::Conn, ids::Ids},
};
use whahook_contract::{
    Timestamp,
    event::Event,
    ids::{AccountId, ContactId, ConversationId, UserId},
};
use whahook_whatsapp::port::Person;

/// The conversation with a contact; a new one where there is none.
///
/// # Errors
/// The database failed.
pub async fn with(
    tx: &mut Conn,
    ids: &Ids,
    account: AccountId,
    user: UserId,
    contact: ContactId,
    now: Timestamp,
) -> sqlx::Result<ConversationId> {
    if let Some(found) = store::with(tx, account, contact).await? {
        return Ok(found);
    }
    let id = ConversationId(ids.uuid());
    store::open(tx, id, account, user, Some(contact), None, now).await?;
    Ok(id)
}

/// The conversation of a group; a new one where there is none.
///
/// # Errors
/// The database failed.
pub async fn of_group(
    tx: &mut Conn,
    ids: &Ids,
    account: AccountId,
    user: UserId,
    group: &str,
    now: Timestamp,
) -> sqlx::Result<ConversationId> {
    if let Some(found) = store::of_group(tx, account, group).await? {
        return Ok(found);
    }
    let id = ConversationId(ids.uuid());
    store::open(tx, id, account, user, None, Some(group), now).await?;
    Ok(id)
}

/// Whom a conversation is with.
#[derive(Debug, Clone, Copy)]
pub enum Side<'a> {
    Contact(ContactId),
    Group(&'a str),
}

/// The conversation with somebody, if there is one.
///
/// # Errors
/// The database failed.
pub async fn existing(
    conn: &mut Conn,
    account: AccountId,
    side: Side<'_>,
) -> sqlx::Result<Option<ConversationId>> {
    match side {
        Side::Contact(contact) => store::with(conn, account, contact).await,
        Side::Group(jid) => store::of_group(conn, account, jid).await,
    }
}

/// What was learnt of a contact, in its conversation: what is to be told of it.
///
/// # Errors
/// The database failed.
pub async fn learn(
    tx: &mut Conn,
    account: AccountId,
    meeting: &Meeting,
    at: Timestamp,
) -> sqlx::Result<Vec<Event>> {
    let mut told = Vec::new();
    if let Some(same) = meeting.same {
        told.extend(merge(tx, account, same, at).await?);
    }
    for contact in &meeting.changed {
        if let Some(id) = store::with(tx, account, *contact).await?
            && let Some(conversation) = listing::find_any(tx, id).await?
        {
            told.push(conversation.changed(at));
        }
    }
    Ok(told)
}

/// Two contacts are one person: what one of them wrote is the other's.
async fn merge(
    tx: &mut Conn,
    account: AccountId,
    SamePerson { stays, goes }: SamePerson,
    at: Timestamp,
) -> sqlx::Result<Option<Event>> {
    store::rename_sender(tx, account, stays, goes).await?;
    let Some(from) = store::with(tx, account, goes).await? else {
        return Ok(None);
    };
    let Some(into) = store::with(tx, account, stays).await? else {
        store::belongs_to(tx, from, stays).await?;
        return Ok(None);
    };
    let both = listing::find_any(tx, from).await?;
    let both = both.zip(listing::find_any(tx, into).await?);
    if let Some((younger, older)) = both {
        store::pour(tx, from, &older.joined(younger)).await?;
    }
    Ok(Some(Event::ConversationMerged { from, into, at }))
}

/// The conversation with whom a message is for, if there is one.
///
/// # Errors
/// The database failed.
pub async fn of(
    conn: &mut Conn,
    account: AccountId,
    person: &Person,
    jid: &str,
) -> sqlx::Result<Option<ConversationId>> {
    if *person == Person::default() {
        return store::of_group(conn, account, jid).await;
    }
    match contacts::find_by_name(conn, account, person).await? {
        Some(contact) => store::with(conn, account, contact.id).await,
        None => Ok(None),
    }
}

/// The account's own person read these of WhatsApp's ids on another device: what
/// came before them is read as well. The conversations that are changed by it.
///
/// # Errors
/// The database failed.
pub async fn read_elsewhere(
    tx: &mut Conn,
    account: AccountId,
    message_ids: &[String],
) -> sqlx::Result<Vec<Conversation>> {
    let mut changed = Vec::new();
    for (id, left) in store::left_unread(tx, account, message_ids).await? {
        let Some(before) = listing::find_any(tx, id).await? else {
            continue;
        };
        let unread = before.unread.min(left);
        if unread != before.unread {
            let now = Conversation { unread, ..before };
            store::change(tx, &now).await?;
            changed.push(now);
        }
    }
    Ok(changed)
}
