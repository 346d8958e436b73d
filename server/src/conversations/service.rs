use super::{
    Error,
    listing::{self, Selection},
    model::{Conversation, With},
    store,
    thread::{self, Order, Unread},
};
use crate::{App, contacts, events, http::auth::Principal, platform::db::Conn};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use whahook_contract::{
    conversation::{ConversationChanges, ConversationView},
    ids::{ConversationId, MessageId},
    received::ChatMessage,
};
use whahook_whatsapp::port::Link;

/// The newest messages that are told to be read; phones do not look further back
/// either.
const READ_AT_ONCE: i64 = 1_000;

/// The conversation, if it is of an account of the person's own and their key, if
/// they use one, covers it.
///
/// # Errors
/// There is none, or the database failed.
pub async fn own(
    conn: &mut Conn,
    principal: &Principal,
    id: ConversationId,
) -> Result<Conversation, Error> {
    let found = listing::find(conn, principal.user_id, id).await?;
    let found = found.filter(|found| principal.covers(found.account));
    found.ok_or(Error::NotFound(id))
}

/// A page of conversations, the newest first, each with what was last written in
/// it.
pub(super) async fn list(
    conn: &mut Conn,
    selection: &Selection,
    limit: i64,
) -> Result<Vec<ConversationView>, Error> {
    let found = listing::list(conn, selection, limit).await?;
    let mut last: BTreeMap<_, Vec<MessageId>> = BTreeMap::new();
    for conversation in &found {
        let ids = last.entry(conversation.account).or_default();
        ids.extend(conversation.last_message);
    }
    let mut messages = BTreeMap::new();
    for (account, ids) in last {
        let shown = thread::by_ids(conn, account, &ids).await?;
        messages.extend(shown.into_iter().map(|message| (message.id, message)));
    }
    let view = |conversation: &Conversation| {
        let last = conversation.last_message;
        conversation.view(last.and_then(|id| messages.remove(&id)))
    };
    Ok(found.iter().map(view).collect())
}

pub(super) async fn view(
    conn: &mut Conn,
    conversation: &Conversation,
) -> Result<ConversationView, Error> {
    let ids: Vec<MessageId> = conversation.last_message.into_iter().collect();
    let last = thread::by_ids(conn, conversation.account, &ids).await?;
    Ok(conversation.view(last.into_iter().next()))
}

pub(super) async fn messages(
    conn: &mut Conn,
    conversation: &Conversation,
    from: Option<MessageId>,
    order: Order,
    limit: i64,
) -> Result<Vec<ChatMessage>, Error> {
    let page = thread::page(
        conn,
        conversation.account,
        conversation.id,
        from,
        order,
        limit,
    );
    match (page.await?, from) {
        (Some(page), _) => Ok(page),
        (None, Some(id)) => Err(Error::NoSuchMessage(id)),
        (None, None) => Ok(Vec::new()),
    }
}

/// Change what a person may of a conversation.
pub(super) async fn change(
    app: &App,
    principal: &Principal,
    id: ConversationId,
    changes: ConversationChanges,
) -> Result<ConversationView, Error> {
    let seen = own(&mut *app.db.read().await?, principal, id).await?;
    let change = |before: &Conversation| Ok(before.with_changes(changes)?);
    update(app, principal, &seen, change).await
}

/// Nothing of it is unread any more, and who wrote it is told so, as far as the
/// account is connected.
pub(super) async fn read(
    app: &App,
    principal: &Principal,
    id: ConversationId,
) -> Result<ConversationView, Error> {
    let seen = own(&mut *app.db.read().await?, principal, id).await?;
    if seen.unread > 0 {
        let unread = {
            let mut conn = app.db.read().await?;
            let count = seen.unread.min(READ_AT_ONCE);
            thread::unread(&mut conn, id, count).await?
        };
        tell_senders(app, &seen, unread).await?;
    }
    let read = |before: &Conversation| {
        Ok(Conversation {
            // What came meanwhile was not read.
            unread: (before.unread - seen.unread).max(0),
            ..before.clone()
        })
    };
    update(app, principal, &seen, read).await
}

/// Change a conversation that was seen, as it is by now.
async fn update(
    app: &App,
    principal: &Principal,
    seen: &Conversation,
    change: impl FnOnce(&Conversation) -> Result<Conversation, Error>,
) -> Result<ConversationView, Error> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    // The ledger's counter is the account's lock: what was read before it may be
    // old by now.
    let (seq, user) = events::reserve(&mut tx, seen.account, 1).await?;
    let before = own(&mut tx, principal, seen.id).await?;
    let changed = change(&before)?;
    if changed == before {
        tx.rollback().await?;
        return view(&mut *app.db.read().await?, &before).await;
    }
    store::change(&mut tx, &changed).await?;
    let recorded = events::at(seq, user, now, changed.account, changed.changed(now));
    events::append(&mut tx, std::slice::from_ref(&recorded)).await?;
    tx.commit().await?;
    app.events.publish(recorded);
    view(&mut *app.db.read().await?, &changed).await
}

async fn tell_senders(
    app: &App,
    conversation: &Conversation,
    unread: Vec<Unread>,
) -> Result<(), Error> {
    let chat = conversation.jid();
    let mut told: BTreeMap<Option<String>, Vec<String>> = BTreeMap::new();
    let is_group = matches!(conversation.with, With::Group(_));
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    if is_group {
        let unnamed = unread.iter().filter(|it| it.participant.is_none());
        let unnamed: BTreeSet<String> = unnamed.map(|it| it.sender.clone()).collect();
        let unnamed: Vec<String> = unnamed.into_iter().collect();
        let mut conn = app.db.read().await?;
        let known = contacts::by_ids(&mut conn, &unnamed).await?;
        names.extend(known.iter().map(|it| (it.id.to_string(), it.party().jid)));
    }
    for message in unread {
        // WhatsApp wants to hear who wrote by the name that the message has.
        let author = message
            .participant
            .or_else(|| names.get(&message.sender).cloned());
        if is_group && author.is_none() {
            continue;
        }
        let author = author.filter(|_| is_group);
        let ids = told.entry(author).or_default();
        ids.push(message.whatsapp_message_id);
    }
    let tell = move |link: Arc<dyn Link>| async move {
        for (sender, ids) in told {
            link.mark_read(&chat, sender.as_deref(), &ids).await?;
        }
        Ok(())
    };
    if let Err(error) = app.sessions.with_link(conversation.account, tell).await {
        tracing::info!(%error, "That messages were read could not be told.");
    }
    Ok(())
}
