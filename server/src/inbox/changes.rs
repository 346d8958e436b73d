//! What changes a message that stands there already, and what is told of it.

use super::{model, place::Place};
use crate::{
    conversations::{self, By, Change, Changed},
    platform::db::Conn,
};
use whahook_contract::{Timestamp, event::Event};
use whahook_whatsapp::port::{Body, Chat, Incoming};

/// Nothing is told where it has been done before, or may not be.
pub async fn apply(
    tx: &mut Conn,
    message: &Incoming,
    place: &Place,
    now: Timestamp,
) -> sqlx::Result<Option<Event>> {
    let words;
    let (target, change) = match &message.body {
        Body::Reaction { to, emoji } => {
            words = model::text(emoji.clone());
            (to, Change::Reaction(&words))
        }
        Body::Edit { of, text } => {
            words = model::text(text.clone());
            (of, Change::Edit(&words))
        }
        Body::Vote { poll, options } => {
            words = String::new();
            (poll, Change::Vote(options))
        }
        Body::Delete { of, .. } => {
            words = String::new();
            (of, Change::Delete)
        }
        _ => return Ok(None),
    };
    let at = model::written_at(model::told_at(message.at), now);
    let by = By {
        sender: &place.sender_key(),
        whatsapp_message_id: &message.id,
        at,
        as_admin: matches!(message.chat, Chat::Group(_))
            && matches!(message.body, Body::Delete { as_admin: true, .. }),
    };
    let conversation_id = place.conversation;
    let changed = conversations::change(tx, conversation_id, target, change, &by).await?;
    let whatsapp_message_id = target.clone();
    let from = place.from(message);
    let from_me = message.author.is_self;
    Ok(changed.map(|changed| match changed {
        Changed::Reaction => Event::MessageReaction {
            conversation_id,
            whatsapp_message_id,
            from,
            from_me,
            emoji: words,
            at,
        },
        Changed::Vote(message_id, options) => Event::MessageVote {
            conversation_id,
            message_id,
            whatsapp_message_id,
            from,
            from_me,
            options,
            at,
        },
        Changed::Edit(message_id) => Event::MessageEdited {
            conversation_id,
            message_id,
            whatsapp_message_id,
            text: words,
            at,
        },
        Changed::Delete(message_id) => Event::MessageDeleted {
            conversation_id,
            message_id,
            whatsapp_message_id,
            from,
            at,
        },
    }))
}
