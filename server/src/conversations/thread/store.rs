use super::{Order, direction, file::Here};
use crate::platform::{
    clock::from_ms,
    db::{Conn, numbered},
};
use sqlx::{AssertSqlSafe, FromRow};
use whahook_contract::{
    contact::Party,
    ids::{AccountId, ConversationId, MessageId},
    message::MessageStatus,
    received::{ChatContent, ChatMessage, MediaReason, MediaState, Source},
};

#[derive(FromRow)]
pub struct Row {
    id: String,
    account_id: String,
    pub conversation_id: String,
    pub whatsapp_message_id: String,
    pub sender: String,
    source: String,
    pub content: String,
    quoted: Option<String>,
    mentions: Option<String>,
    at: i64,
    received_at: i64,
    edited_at: Option<i64>,
    status: Option<String>,
    media_state: Option<String>,
    media_reason: Option<String>,
    offered: i32,
    file_id: Option<String>,
    file_type: Option<String>,
    file_size: Option<i64>,
}

fn unreadable(what: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("a message of a conversation has an unknown {what}").into())
}

impl Row {
    pub fn message(self, who: &impl Fn(&str) -> Party) -> sqlx::Result<ChatMessage> {
        let conversation = self.conversation_id.parse();
        let source = Source::from_code(&self.source).ok_or_else(|| unreadable("source"))?;
        let quoted = self
            .quoted
            .map(|json| serde_json::from_str(&json))
            .transpose();
        let mentions = self
            .mentions
            .map(|json| serde_json::from_str(&json))
            .transpose();
        let mut content: ChatContent =
            serde_json::from_str(&self.content).map_err(|_| unreadable("content"))?;
        if let Some(media) = content.media_mut() {
            let file = self.file_id.map(|id| id.parse()).transpose();
            let here = Here {
                offered: self.offered != 0,
                state: self.media_state.as_deref().and_then(MediaState::from_code),
                reason: self
                    .media_reason
                    .as_deref()
                    .and_then(MediaReason::from_code),
                file: file.map_err(|_| unreadable("file"))?,
                mime_type: self.file_type,
                size: self.file_size.and_then(|size| u64::try_from(size).ok()),
            };
            here.say(media);
        }
        Ok(ChatMessage {
            id: self.id.parse().map_err(|_| unreadable("id"))?,
            account_id: self.account_id.parse().map_err(|_| unreadable("account"))?,
            conversation_id: conversation.map_err(|_| unreadable("conversation"))?,
            chat: None,
            direction: direction(source),
            source,
            whatsapp_message_id: self.whatsapp_message_id,
            from: who(&self.sender),
            content,
            quoted: quoted.map_err(|_| unreadable("quote"))?,
            mentions: mentions
                .map_err(|_| unreadable("mention"))?
                .unwrap_or_default(),
            reactions: Vec::new(),
            status: self.status.as_deref().and_then(MessageStatus::from_code),
            at: from_ms(self.at),
            received_at: from_ms(self.received_at),
            edited_at: self.edited_at.map(from_ms),
        })
    }
}

/// Every statement reads the same of a message; the rest says which.
macro_rules! messages {
    ($which:literal) => {
        concat!(
            "SELECT m.id, m.account_id, m.conversation_id, m.whatsapp_message_id, m.sender, \
             m.source, m.content, m.quoted, m.mentions, m.at, m.received_at, m.edited_at, \
             o.status, m.media_state, m.media_reason, \
             CASE WHEN m.attachment IS NULL THEN 0 ELSE 1 END AS offered, \
             f.id AS file_id, f.mime_type AS file_type, f.size AS file_size \
             FROM chat_messages m LEFT JOIN outbox o ON o.id = m.id \
             LEFT JOIN media f ON f.id = m.media_id ",
            $which
        )
    };
}

/// When a message of the conversation was written, in milliseconds.
pub async fn place(
    conn: &mut Conn,
    conversation: ConversationId,
    id: MessageId,
) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar("SELECT at FROM chat_messages WHERE id = $1 AND conversation_id = $2")
        .bind(id.to_string())
        .bind(conversation.to_string())
        .fetch_optional(conn)
        .await
}

pub async fn page(
    conn: &mut Conn,
    conversation: ConversationId,
    from: Option<(i64, MessageId)>,
    order: Order,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    let (statement, start) = match order {
        Order::Newest => (
            messages!(
                "WHERE m.conversation_id = $1 AND (m.at, m.id) < ($2, $3) \
                 ORDER BY m.at DESC, m.id DESC LIMIT $4"
            ),
            i64::MAX,
        ),
        Order::Oldest => (
            messages!(
                "WHERE m.conversation_id = $1 AND (m.at, m.id) > ($2, $3) \
                 ORDER BY m.at, m.id LIMIT $4"
            ),
            i64::MIN,
        ),
    };
    sqlx::query_as(statement)
        .bind(conversation.to_string())
        .bind(from.map_or(start, |(at, _)| at))
        .bind(from.map(|(_, id)| id.to_string()).unwrap_or_default())
        .bind(limit)
        .fetch_all(conn)
        .await
}

pub async fn by_ids(conn: &mut Conn, ids: &[MessageId]) -> sqlx::Result<Vec<Row>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    // Nothing but numbers is put into it.
    let mut query = sqlx::query_as(AssertSqlSafe(format!(
        "{}{}",
        messages!("WHERE m.id IN "),
        numbered(1, 1, ids.len())
    )));
    for id in ids {
        query = query.bind(id.to_string());
    }
    query.fetch_all(conn).await
}

#[derive(FromRow)]
pub struct Reaction {
    pub conversation_id: String,
    pub target: String,
    pub sender: String,
    pub emoji: String,
    pub at: i64,
}

pub async fn reactions(
    conn: &mut Conn,
    conversation: &str,
    targets: &[&str],
) -> sqlx::Result<Vec<Reaction>> {
    // Nothing but numbers is put into it.
    let mut query = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT conversation_id, target, sender, emoji, at FROM chat_reactions \
         WHERE conversation_id = $1 AND emoji <> '' AND target IN {} ORDER BY at, sender",
        numbered(2, 1, targets.len())
    )))
    .bind(conversation);
    for target in targets {
        query = query.bind(*target);
    }
    query.fetch_all(conn).await
}

#[derive(FromRow)]
pub struct Vote {
    pub conversation_id: String,
    pub target: String,
    pub sender: String,
    pub options: String,
    pub at: i64,
}

pub async fn votes(
    conn: &mut Conn,
    conversation: &str,
    targets: &[&str],
) -> sqlx::Result<Vec<Vote>> {
    // Nothing but numbers is put into it.
    let mut query = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT conversation_id, target, sender, options, at FROM chat_votes \
         WHERE conversation_id = $1 AND target IN {} ORDER BY at, sender",
        numbered(2, 1, targets.len())
    )))
    .bind(conversation);
    for target in targets {
        query = query.bind(*target);
    }
    query.fetch_all(conn).await
}

/// The account's own person.
pub async fn own(conn: &mut Conn, account: AccountId) -> sqlx::Result<Party> {
    let found: Option<(Option<String>, Option<String>, Option<String>)> =
        sqlx::query_as("SELECT phone_number, lid, push_name FROM accounts WHERE id = $1")
            .bind(account.to_string())
            .fetch_optional(conn)
            .await?;
    let (phone_number, lid, name) = found.unwrap_or_default();
    Ok(Party {
        jid: crate::contacts::jid(phone_number.as_deref(), lid.as_deref()),
        phone_number,
        lid,
        name,
    })
}

/// A message that nobody has read yet.
#[derive(FromRow)]
pub struct Unread {
    /// The contact who wrote it.
    pub sender: String,
    /// By which JID it names them, where the chat is not theirs.
    pub participant: Option<String>,
    pub whatsapp_message_id: String,
}

/// The newest that came in. A call that was missed counts, but is no message; a
/// change of a group is neither.
pub async fn unread(
    conn: &mut Conn,
    conversation: ConversationId,
    count: i64,
) -> sqlx::Result<Vec<Unread>> {
    sqlx::query_as(
        "SELECT sender, participant, whatsapp_message_id FROM \
         (SELECT sender, participant, whatsapp_message_id, content FROM chat_messages \
         WHERE conversation_id = $1 AND sender <> '' \
         AND content NOT LIKE '{\"type\":\"group_change\"%' \
         ORDER BY at DESC, id DESC LIMIT $2) AS newest \
         WHERE content NOT LIKE '{\"type\":\"missed_call\"%'",
    )
    .bind(conversation.to_string())
    .bind(count)
    .fetch_all(conn)
    .await
}
