//! The messages that others refer to: quoted, reacted to, changed, taken back.

use super::Error;
use crate::{
    outbox::{
        model::{Message, Place, weight},
        recipient, store,
    },
    platform::db::Conn,
};
use phonenumber::country;
use whahook_contract::{
    ids::MessageId,
    message::{Content, Kind, MessageRef, MessageStatus, Recipient},
};

/// What is done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Quote,
    React,
    Edit,
    Delete,
}

/// Find out which messages are meant. What is not sent yet is not overtaken:
/// the message gets no higher priority than what it refers to.
///
/// # Errors
/// There is none such, or this cannot be done to it; or the database failed.
pub async fn resolve(
    tx: &mut Conn,
    message: &mut Message,
    country: Option<country::Id>,
) -> Result<(), Error> {
    let mut content = std::mem::replace(&mut message.content, Content::text(String::new()));
    let (field, deed, target) = match &mut content.kind {
        Kind::Reaction { message, .. } => ("message", Deed::React, Some(message)),
        Kind::Edit { message, .. } => ("message", Deed::Edit, Some(message)),
        Kind::Delete { message } => ("message", Deed::Delete, Some(message)),
        _ => ("reply_to", Deed::Quote, content.reply_to.as_mut()),
    };
    if let Some(target) = target {
        let found = find(tx, message, target).await?;
        match found {
            Some(known) => {
                fits(deed, &known, message).map_err(|error| error.within(field))?;
                *target = reference(&target.id, &known);
                if is_ahead(&known) && weight(known.priority) < weight(message.priority) {
                    message.priority = known.priority;
                }
            }
            None => unknown(tx, message, deed, target, country)
                .await
                .map_err(|error| error.within(field))?,
        }
    }
    message.content = content;
    Ok(())
}

async fn find(
    tx: &mut Conn,
    message: &Message,
    target: &MessageRef,
) -> sqlx::Result<Option<Message>> {
    let account = message.account;
    if let Ok(id) = target.id.parse() {
        let found = store::find(tx, id).await?;
        return Ok(found.filter(|found| found.account == account));
    }
    store::find_by_whatsapp_id(tx, account, &target.id).await
}

/// Not sent yet, and in a line.
const fn is_ahead(known: &Message) -> bool {
    matches!(known.status, MessageStatus::Queued | MessageStatus::Sending)
}

fn fits(deed: Deed, known: &Message, message: &Message) -> Result<(), Error> {
    let wrong = |why: &str| Err(Error::invalid("id", format!("the message {why}")));
    if !same_chat(&known.to, &message.to) {
        return wrong("is of another chat");
    }
    match known.status {
        MessageStatus::Failed => return wrong("has failed: nobody has it"),
        MessageStatus::Cancelled => return wrong("was cancelled: nobody has it"),
        MessageStatus::Queued if matches!(known.place, Place::Asleep | Place::Held) => {
            return wrong("waits for its own time: nobody has it yet");
        }
        MessageStatus::Queued if deed == Deed::Delete => {
            return wrong("has not been sent yet: `DELETE /api/messages/{id}` takes it back");
        }
        _ => {}
    }
    match (&known.content.kind, deed) {
        (Kind::Reaction { .. } | Kind::Edit { .. } | Kind::Delete { .. }, _) => {
            wrong("is a reaction, an edit or a deletion itself; refer to the one that it was for")
        }
        (
            Kind::Text { .. }
            | Kind::Image { .. }
            | Kind::Video { .. }
            | Kind::Gif { .. }
            | Kind::Document { .. },
            Deed::Edit,
        ) => Ok(()),
        (_, Deed::Edit) => wrong("has neither text nor caption that could be edited"),
        _ => Ok(()),
    }
}

fn same_chat(one: &Recipient, other: &Recipient) -> bool {
    let same = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
    one.jid == other.jid
        || same(&one.lid, &other.lid)
        || same(&one.phone_number, &other.phone_number)
}

/// What is known of it.
fn reference(id: &str, known: &Message) -> MessageRef {
    let kind = &known.content.kind;
    let said = match kind {
        Kind::Location(location) => location.name.clone(),
        Kind::Contact { contacts } => contacts.first().map(|contact| contact.name.clone()),
        Kind::Poll(poll) => Some(poll.question.clone()),
        _ => kind.words().map(ToOwned::to_owned),
    };
    MessageRef {
        id: id.to_owned(),
        from: None,
        text: said,
        whatsapp_message_id: Some(known.whatsapp_message_id.clone()),
        from_me: Some(true),
        kind: Some(kind.content_type()),
    }
}

/// Of a message that did not go out from here, what was given has to do.
async fn unknown(
    tx: &mut Conn,
    message: &Message,
    deed: Deed,
    target: &mut MessageRef,
    country: Option<country::Id>,
) -> Result<(), Error> {
    if target.id.parse::<MessageId>().is_ok() {
        return Err(Error::invalid(
            "id",
            "there is no such message of this account; give WhatsApp's id of one that did not go \
             out from here",
        ));
    }
    let group = message.to.jid.ends_with("@g.us");
    let mut from_me = false;
    if let Some(from) = &target.from {
        let author = recipient::parse(from, country).map_err(|error| error.at("from"))?;
        let own = store::own_recipient(tx, message.account).await?;
        from_me = own.is_some_and(|own| same_chat(&own, &author));
        if !from_me && !group && !same_chat(&author, &message.to) {
            return Err(Error::invalid(
                "from",
                "`from` must be one of the two in this chat",
            ));
        }
        target.from = (group && !from_me).then_some(author.jid);
    } else if group {
        return Err(Error::invalid(
            "from",
            "this message is not known here: say in `from` who wrote it",
        ));
    }
    match deed {
        Deed::Edit if !from_me => Err(Error::invalid(
            "id",
            "no message of this account: only its own can be edited",
        )),
        Deed::Delete if !from_me && !group => Err(Error::invalid(
            "id",
            "no message of this account: only its own can be deleted, or in groups, by an admin, \
             those of others",
        )),
        _ => {
            target.whatsapp_message_id = Some(target.id.clone());
            target.from_me = Some(from_me);
            Ok(())
        }
    }
}
