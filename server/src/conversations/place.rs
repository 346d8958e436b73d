//! Which conversation something belongs to.

use super::{listing, model::Conversation, store};
use crate::platform::{db::Conn, ids::Ids};
use whahook_contract::{
    Timestamp,
    ids::{AccountId, ContactId, ConversationId, UserId},
};

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

/// Two contacts are one person: what one of them wrote is the other's.
///
/// # Errors
/// The database failed.
pub async fn merge(
    tx: &mut Conn,
    account: AccountId,
    stays: ContactId,
    goes: ContactId,
) -> sqlx::Result<()> {
    store::rename_sender(tx, account, stays, goes).await?;
    let Some(from) = store::with(tx, account, goes).await? else {
        return Ok(());
    };
    match store::with(tx, account, stays).await? {
        None => store::belongs_to(tx, from, stays).await,
        Some(to) => store::pour(tx, from, to).await,
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
