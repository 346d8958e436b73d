//! The messages of a conversation, as people see them.

mod file;
mod store;

pub use store::{Unread, own, unread};

use crate::{
    contacts::{self, Contact},
    platform::db::Conn,
};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};
use store::Row;
use whahook_contract::{
    contact::Party,
    ids::{AccountId, ConversationId, MessageId},
    received::{ChatContent, ChatMessage, Direction, ReactionView, Source, VoteView},
};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// From the newest, or from the cursor, back in time.
    #[default]
    Newest,
    /// From the oldest, or from the cursor, forth in time.
    Oldest,
}

/// A page of a conversation, in its order. `None`: the message that it
/// is to begin after is not there.
pub async fn page(
    conn: &mut Conn,
    account: AccountId,
    conversation: ConversationId,
    from: Option<MessageId>,
    order: Order,
    limit: i64,
) -> sqlx::Result<Option<Vec<ChatMessage>>> {
    let from = match from {
        Some(id) => match store::place(conn, conversation, id).await? {
            Some(at) => Some((at, id)),
            None => return Ok(None),
        },
        None => None,
    };
    let rows = store::page(conn, conversation, from, order, limit).await?;
    Ok(Some(shown(conn, account, rows).await?))
}

/// Messages by their ids, in no order.
pub async fn by_ids(
    conn: &mut Conn,
    account: AccountId,
    ids: &[MessageId],
) -> sqlx::Result<Vec<ChatMessage>> {
    let rows = store::by_ids(conn, ids).await?;
    shown(conn, account, rows).await
}

/// A message by its id, in whichever conversation of the account.
///
/// # Errors
/// The database failed.
pub async fn message(
    conn: &mut Conn,
    account: AccountId,
    id: MessageId,
) -> sqlx::Result<Option<ChatMessage>> {
    let found = by_ids(conn, account, &[id]).await?;
    Ok(found
        .into_iter()
        .next()
        .filter(|it| it.account_id == account))
}

/// With who wrote them, and what others think of them.
async fn shown(
    conn: &mut Conn,
    account: AccountId,
    rows: Vec<Row>,
) -> sqlx::Result<Vec<ChatMessage>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let targets: Vec<&str> = rows
        .iter()
        .map(|row| row.whatsapp_message_id.as_str())
        .collect();
    let conversations: BTreeSet<&str> = rows.iter().map(|it| it.conversation_id.as_str()).collect();
    let has_poll = rows.iter().any(|row| row.content.contains("\"poll\""));
    let mut reactions = Vec::new();
    let mut votes = Vec::new();
    for conversation in conversations {
        reactions.extend(store::reactions(conn, conversation, &targets).await?);
        if has_poll {
            votes.extend(store::votes(conn, conversation, &targets).await?);
        }
    }
    let names = rows.iter().map(|row| &row.sender);
    let names = names.chain(reactions.iter().map(|it| &it.sender));
    let names: BTreeSet<&String> = names.chain(votes.iter().map(|it| &it.sender)).collect();
    let names: Vec<String> = names
        .into_iter()
        .filter(|id| !id.is_empty())
        .cloned()
        .collect();
    let people = contacts::by_ids(conn, &names).await?;
    let people: HashMap<String, Contact> = people
        .into_iter()
        .map(|contact| (contact.id.to_string(), contact))
        .collect();
    let own = own(conn, account).await?;
    let who = |sender: &str| match people.get(sender) {
        Some(contact) => contact.party(),
        None if sender.is_empty() => own.clone(),
        None => Party::default(),
    };
    rows.into_iter()
        .map(|row| {
            let mut message = row.message(&who)?;
            let is_of = |conversation: &str, target: &str| {
                target == message.whatsapp_message_id
                    && conversation == message.conversation_id.to_string()
            };
            let of = reactions
                .iter()
                .filter(|it| is_of(&it.conversation_id, &it.target));
            let of: Vec<ReactionView> = of.map(|it| it.view(&who)).collect();
            let chosen: Vec<_> = votes
                .iter()
                .filter(|it| is_of(&it.conversation_id, &it.target))
                .collect();
            message.reactions = of;
            if let ChatContent::Poll { options, votes, .. } = &mut message.content {
                for vote in chosen {
                    votes.extend(vote.view(&who, options)?);
                }
            }
            Ok(message)
        })
        .collect()
}

/// The options that were chosen. A vote names them by the hashes of their words.
pub fn chosen(all: &[String], hashes: &[String]) -> Vec<String> {
    let is_chosen = |option: &&String| {
        let hash = hex::encode(Sha256::digest(option.as_bytes()));
        hashes.contains(&hash)
    };
    all.iter().filter(is_chosen).cloned().collect()
}

const fn direction(source: Source) -> Direction {
    match source {
        Source::Contact => Direction::In,
        Source::Phone | Source::Api => Direction::Out,
    }
}

impl store::Reaction {
    fn view(&self, who: &impl Fn(&str) -> Party) -> ReactionView {
        ReactionView {
            from: who(&self.sender),
            from_me: self.sender.is_empty(),
            emoji: self.emoji.clone(),
            at: crate::platform::clock::from_ms(self.at),
        }
    }
}

impl store::Vote {
    fn view(&self, who: &impl Fn(&str) -> Party, all: &[String]) -> sqlx::Result<Option<VoteView>> {
        let hashes: Vec<String> = serde_json::from_str(&self.options)
            .map_err(|error| sqlx::Error::Decode(error.into()))?;
        let options = chosen(all, &hashes);
        Ok((!options.is_empty()).then(|| VoteView {
            from: who(&self.sender),
            from_me: self.sender.is_empty(),
            options,
            at: crate::platform::clock::from_ms(self.at),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_is_found_by_its_hash() {
        let all = ["Yes", "No"].map(ToOwned::to_owned);
        let no = hex::encode(Sha256::digest(b"No"));
        assert_eq!(chosen(&all, &[no]), ["No"]);
        assert!(chosen(&all, &[]).is_empty());
    }
}
