//! What changes a message that stands there already.

mod store;

use super::thread::chosen;
use crate::platform::db::Conn;
use whahook_contract::{
    Timestamp,
    ids::{ConversationId, MessageId},
    received::ChatContent,
};

/// Who changes it, and by which message.
pub struct By<'a> {
    /// The contact; empty for the account's own person.
    pub sender: &'a str,
    /// WhatsApp's id of the message that changes the other.
    pub whatsapp_message_id: &'a str,
    pub at: Timestamp,
    /// Admins of a group take back what others wrote; WhatsApp knows who they are.
    pub as_admin: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<'a> {
    /// An empty emoji takes it back.
    Reaction(&'a str),
    /// Hashes of the options that were chosen.
    Vote(&'a [String]),
    Edit(&'a str),
    Delete,
}

/// What was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    Reaction,
    /// Of this message; what was chosen, in words.
    Vote(MessageId, Vec<String>),
    Edit(MessageId),
    Delete(MessageId),
}

/// Change the message of a conversation that has WhatsApp's id `target`. `None`:
/// it was changed before, or that may not be.
///
/// # Errors
/// The database failed.
pub async fn change(
    tx: &mut Conn,
    conversation: ConversationId,
    target: &str,
    change: Change<'_>,
    by: &By<'_>,
) -> sqlx::Result<Option<Changed>> {
    if let Change::Reaction(emoji) = change {
        // What it is about may come later.
        let is_new = store::react(tx, conversation, target, by, emoji).await?;
        return Ok(is_new.then_some(Changed::Reaction));
    }
    let Some(mut found) = store::find(tx, conversation, target).await? else {
        return Ok(None);
    };
    match change {
        Change::Reaction(_) => Ok(None),
        Change::Vote(hashes) => {
            let ChatContent::Poll { options, .. } = &found.content else {
                return Ok(None);
            };
            let chosen = chosen(options, hashes);
            let is_new = store::vote(tx, conversation, target, by, hashes).await?;
            Ok(is_new.then_some(Changed::Vote(found.id, chosen)))
        }
        Change::Edit(text) => {
            let is_old = found.edit.as_deref() == Some(by.whatsapp_message_id)
                || found.edited_at.is_some_and(|edited| edited > by.at);
            // Nobody edits what another wrote.
            if is_old || found.sender != by.sender {
                return Ok(None);
            }
            // What it becomes part of is not there yet: it is told with it.
            let waits = found.content == ChatContent::Waiting;
            if !waits && !found.content.set_words(text.to_owned()) {
                return Ok(None);
            }
            let words = match waits {
                true => Some(text),
                false => found.content.words(),
            };
            store::edit(tx, &found, words, by.whatsapp_message_id, by.at).await?;
            Ok((!waits).then_some(Changed::Edit(found.id)))
        }
        Change::Delete => {
            let may = found.sender == by.sender || by.as_admin;
            if !may || matches!(found.content, ChatContent::Deleted { .. }) {
                return Ok(None);
            }
            found.content = ChatContent::Deleted { deleted_at: by.at };
            store::delete(tx, &found).await?;
            Ok(Some(Changed::Delete(found.id)))
        }
    }
}
