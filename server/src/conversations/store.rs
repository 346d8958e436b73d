use super::model::Conversation;
use crate::platform::db::{Conn, few_sizes, numbered};
use sqlx::AssertSqlSafe;
use std::collections::{BTreeMap, HashMap};
use whahook_contract::{
    Timestamp,
    ids::{AccountId, ContactId, ConversationId, MessageId, UserId},
    received::ChatMessage,
};

fn unreadable(what: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("a conversation has an unknown {what}").into())
}

fn id(found: Option<String>) -> sqlx::Result<Option<ConversationId>> {
    let parsed = found.map(|id| id.parse()).transpose();
    parsed.map_err(|_| unreadable("id"))
}

pub async fn with(
    conn: &mut Conn,
    account: AccountId,
    contact: ContactId,
) -> sqlx::Result<Option<ConversationId>> {
    let found = sqlx::query_scalar(
        "SELECT id FROM conversations WHERE account_id = $1 AND contact_id = $2",
    )
    .bind(account.to_string())
    .bind(contact.to_string())
    .fetch_optional(conn);
    id(found.await?)
}

/// The conversations with these people, where both number and LID are known to be
/// one contact's.
pub async fn with_people(
    conn: &mut Conn,
    account: AccountId,
    people: &[(String, String)],
) -> sqlx::Result<HashMap<(String, String), ConversationId>> {
    let mut found = HashMap::with_capacity(people.len());
    for people in few_sizes(people) {
        // Nothing but numbers is put into it.
        let mut query = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT asked.column1, asked.column2, v.id FROM (VALUES {}) AS asked \
             CROSS JOIN contacts AS c CROSS JOIN conversations AS v \
             WHERE c.account_id = $1 AND c.phone_number = asked.column1 \
             AND c.lid = asked.column2 AND v.account_id = $1 AND v.contact_id = c.id",
            numbered(2, 2, people.len())
        )))
        .bind(account.to_string());
        for (phone_number, lid) in people {
            query = query.bind(phone_number).bind(lid);
        }
        let rows: Vec<(String, String, String)> = query.fetch_all(&mut *conn).await?;
        for (phone_number, lid, conversation) in rows {
            let conversation = conversation.parse().map_err(|_| unreadable("id"))?;
            found.insert((phone_number, lid), conversation);
        }
    }
    Ok(found)
}

pub async fn of_group(
    conn: &mut Conn,
    account: AccountId,
    group: &str,
) -> sqlx::Result<Option<ConversationId>> {
    let found =
        sqlx::query_scalar("SELECT id FROM conversations WHERE account_id = $1 AND group_jid = $2")
            .bind(account.to_string())
            .bind(group)
            .fetch_optional(conn);
    id(found.await?)
}

pub async fn open(
    conn: &mut Conn,
    id: ConversationId,
    account: AccountId,
    user: UserId,
    contact: Option<ContactId>,
    group: Option<&str>,
    now: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO conversations (id, account_id, user_id, contact_id, group_jid, last_at, \
         created_at) VALUES ($1, $2, $3, $4, $5, 0, $6)",
    )
    .bind(id.to_string())
    .bind(account.to_string())
    .bind(user.to_string())
    .bind(contact.map(|contact| contact.to_string()))
    .bind(group)
    .bind(now.timestamp_millis())
    .execute(conn)
    .await
    .map(drop)
}

/// What new messages do to their conversation.
pub struct Touch {
    conversation: ConversationId,
    account: AccountId,
    user: UserId,
    unread: i64,
    last: Option<(i64, MessageId)>,
}

impl Touch {
    #[must_use]
    pub const fn of(conversation: ConversationId, account: AccountId, user: UserId) -> Self {
        Self {
            conversation,
            account,
            user,
            unread: 0,
            last: None,
        }
    }

    /// A message, and whether it is to be read.
    pub fn add(&mut self, message: &ChatMessage, unread: bool) {
        self.unread += i64::from(unread);
        self.last = self
            .last
            .max(Some((message.at.timestamp_millis(), message.id)));
    }
}

/// Say of conversations that messages came, many in one statement. Those that were
/// put aside, and are not any more.
///
/// # Errors
/// The database failed.
pub async fn touch(conn: &mut Conn, touched: &[Touch]) -> sqlx::Result<Vec<ConversationId>> {
    let mut back = Vec::new();
    for touched in few_sizes(touched) {
        // They are there: this is an update of many in one statement. Nothing but
        // numbers is put into it.
        let mut query = sqlx::query_as(AssertSqlSafe(format!(
            "INSERT INTO conversations (id, account_id, user_id, unread, last_at, last_message_id, \
             created_at) VALUES {} ON CONFLICT (id) DO UPDATE SET \
             unread = conversations.unread + excluded.unread, \
             last_message_id = CASE WHEN excluded.last_at >= conversations.last_at \
             THEN excluded.last_message_id ELSE conversations.last_message_id END, \
             last_at = CASE WHEN excluded.last_at >= conversations.last_at \
             THEN excluded.last_at ELSE conversations.last_at END \
             RETURNING id, CAST(archived AS INTEGER)",
            numbered(1, 7, touched.len())
        )));
        for touch in touched {
            let last = touch.last.map(|(at, _)| at).unwrap_or_default();
            query = query
                .bind(touch.conversation.to_string())
                .bind(touch.account.to_string())
                .bind(touch.user.to_string())
                .bind(touch.unread)
                .bind(last)
                .bind(touch.last.map(|(_, id)| id.to_string()))
                .bind(last);
        }
        let rows: Vec<(String, i32)> = query.fetch_all(&mut *conn).await?;
        for (id, _) in rows.into_iter().filter(|(_, archived)| *archived != 0) {
            let id: ConversationId = id.parse().map_err(|_| unreadable("id"))?;
            let is_new = |it: &Touch| it.conversation == id && it.unread > 0;
            if touched.iter().any(is_new) {
                sqlx::query("UPDATE conversations SET archived = 0 WHERE id = $1")
                    .bind(id.to_string())
                    .execute(&mut *conn)
                    .await?;
                back.push(id);
            }
        }
    }
    Ok(back)
}

/// How many messages stand in a conversation.
///
/// # Errors
/// The database failed.
pub async fn count(conn: &mut Conn, conversation: ConversationId) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT COUNT(*) FROM chat_messages WHERE conversation_id = $1")
        .bind(conversation.to_string())
        .fetch_one(conn)
        .await
}

/// When the first message of these milliseconds was written; the end is not among
/// them.
///
/// # Errors
/// The database failed.
pub async fn first_between(
    conn: &mut Conn,
    conversation: ConversationId,
    begin: i64,
    end: i64,
) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar(
        "SELECT MIN(at) FROM chat_messages WHERE conversation_id = $1 AND at >= $2 AND at < $3",
    )
    .bind(conversation.to_string())
    .bind(begin)
    .bind(end)
    .fetch_one(conn)
    .await
}

/// One contact is another from now on.
pub async fn rename_sender(
    conn: &mut Conn,
    account: AccountId,
    stays: ContactId,
    goes: ContactId,
) -> sqlx::Result<()> {
    for statement in [
        "UPDATE chat_messages SET sender = $2 WHERE account_id = $1 AND sender = $3 \
         AND NOT EXISTS (SELECT 1 FROM chat_messages o WHERE o.account_id = $1 AND o.sender = $2 \
         AND o.conversation_id = chat_messages.conversation_id \
         AND o.whatsapp_message_id = chat_messages.whatsapp_message_id)",
        "DELETE FROM chat_messages WHERE account_id = $1 AND sender = $3 AND sender <> $2",
        "UPDATE chat_reactions SET sender = $2 WHERE sender = $3 AND conversation_id IN \
         (SELECT id FROM conversations WHERE account_id = $1) \
         AND NOT EXISTS (SELECT 1 FROM chat_reactions o WHERE o.sender = $2 \
         AND o.conversation_id = chat_reactions.conversation_id AND o.target = chat_reactions.target)",
        "UPDATE chat_votes SET sender = $2 WHERE sender = $3 AND conversation_id IN \
         (SELECT id FROM conversations WHERE account_id = $1) \
         AND NOT EXISTS (SELECT 1 FROM chat_votes o WHERE o.sender = $2 \
         AND o.conversation_id = chat_votes.conversation_id AND o.target = chat_votes.target)",
        "UPDATE group_members SET contact_id = $2 WHERE contact_id = $3 AND conversation_id IN \
         (SELECT id FROM conversations WHERE account_id = $1) \
         AND NOT EXISTS (SELECT 1 FROM group_members o WHERE o.contact_id = $2 \
         AND o.conversation_id = group_members.conversation_id)",
        "DELETE FROM group_members WHERE contact_id = $3 AND contact_id <> $2 \
         AND conversation_id IN (SELECT id FROM conversations WHERE account_id = $1)",
    ] {
        sqlx::query(statement)
            .bind(account.to_string())
            .bind(stays.to_string())
            .bind(goes.to_string())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// A conversation is with this contact from now on.
pub async fn belongs_to(
    conn: &mut Conn,
    conversation: ConversationId,
    contact: ContactId,
) -> sqlx::Result<()> {
    sqlx::query("UPDATE conversations SET contact_id = $2 WHERE id = $1")
        .bind(conversation.to_string())
        .bind(contact.to_string())
        .execute(conn)
        .await
        .map(drop)
}

/// All of a conversation goes into another; what both have, once.
pub async fn pour(conn: &mut Conn, from: ConversationId, into: &Conversation) -> sqlx::Result<()> {
    for statement in [
        "UPDATE chat_messages SET conversation_id = $2 WHERE conversation_id = $1 \
         AND NOT EXISTS (SELECT 1 FROM chat_messages o WHERE o.account_id = chat_messages.account_id \
         AND o.conversation_id = $2 AND o.sender = chat_messages.sender \
         AND o.whatsapp_message_id = chat_messages.whatsapp_message_id)",
        "UPDATE chat_reactions SET conversation_id = $2 WHERE conversation_id = $1 \
         AND NOT EXISTS (SELECT 1 FROM chat_reactions o WHERE o.conversation_id = $2 \
         AND o.sender = chat_reactions.sender AND o.target = chat_reactions.target)",
        "UPDATE chat_votes SET conversation_id = $2 WHERE conversation_id = $1 \
         AND NOT EXISTS (SELECT 1 FROM chat_votes o WHERE o.conversation_id = $2 \
         AND o.sender = chat_votes.sender AND o.target = chat_votes.target)",
        "UPDATE conversations SET last_message_id = \
         (SELECT m.id FROM chat_messages m WHERE m.conversation_id = $2 \
         ORDER BY m.at DESC, m.id DESC LIMIT 1), \
         last_at = COALESCE((SELECT MAX(m.at) FROM chat_messages m \
         WHERE m.conversation_id = $2), last_at) WHERE id = $2 AND id <> $1",
    ] {
        sqlx::query(statement)
            .bind(from.to_string())
            .bind(into.id.to_string())
            .execute(&mut *conn)
            .await?;
    }
    change(conn, into).await?;
    sqlx::query("DELETE FROM conversations WHERE id = $1")
        .bind(from.to_string())
        .execute(conn)
        .await
        .map(drop)
}

/// What a person changes about a conversation.
pub async fn change(conn: &mut Conn, conversation: &Conversation) -> sqlx::Result<()> {
    let labels = serde_json::to_string(&conversation.labels);
    sqlx::query(
        "UPDATE conversations SET archived = $2, note = $3, labels = $4, unread = $5, name = $6 \
         WHERE id = $1",
    )
    .bind(conversation.id.to_string())
    .bind(i32::from(conversation.archived))
    .bind(&conversation.note)
    .bind(labels.map_err(|error| sqlx::Error::Encode(error.into()))?)
    .bind(conversation.unread)
    .bind(&conversation.name)
    .execute(conn)
    .await
    .map(drop)
}

/// The conversations of messages that were read, and how many came in behind the
/// newest of them.
pub async fn left_unread(
    conn: &mut Conn,
    account: AccountId,
    message_ids: &[String],
) -> sqlx::Result<BTreeMap<ConversationId, i64>> {
    let mut left: BTreeMap<ConversationId, i64> = BTreeMap::new();
    for ids in few_sizes(message_ids) {
        // Nothing but numbers is put into it.
        let mut query = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT r.conversation_id, (SELECT COUNT(*) FROM chat_messages m \
             WHERE m.conversation_id = r.conversation_id AND m.sender <> '' AND m.at > r.at \
             AND m.content NOT LIKE '{{\"type\":\"group_change\"%') \
             FROM (SELECT conversation_id, MAX(at) AS at FROM chat_messages \
             WHERE account_id = $1 AND sender <> '' AND whatsapp_message_id IN {} \
             GROUP BY conversation_id) r",
            numbered(2, 1, ids.len())
        )))
        .bind(account.to_string());
        for id in ids {
            query = query.bind(id);
        }
        let rows: Vec<(String, i64)> = query.fetch_all(&mut *conn).await?;
        for (conversation, count) in rows {
            let conversation = conversation.parse().map_err(|_| unreadable("id"))?;
            let behind = left.entry(conversation).or_insert(count);
            *behind = count.min(*behind);
        }
    }
    Ok(left)
}
