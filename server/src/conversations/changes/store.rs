use super::By;
use crate::platform::{clock::from_ms, db::Conn};
use sqlx::FromRow;
use whahook_contract::{
    Timestamp,
    ids::{ConversationId, MessageId},
    received::ChatContent,
};

fn json(value: &impl serde::Serialize) -> sqlx::Result<String> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(error.into()))
}

fn unreadable(what: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("a conversation has an unknown {what}").into())
}

/// A message that something happens to.
pub struct Target {
    pub id: MessageId,
    pub sender: String,
    pub content: ChatContent,
    pub edited_at: Option<Timestamp>,
    /// WhatsApp's id of the newest edit.
    pub edit: Option<String>,
}

#[derive(FromRow)]
struct Row {
    id: String,
    sender: String,
    content: String,
    edited_at: Option<i64>,
    edit_id: Option<String>,
}

/// The message of a conversation with WhatsApp's id.
pub async fn find(
    conn: &mut Conn,
    conversation: ConversationId,
    whatsapp_message_id: &str,
) -> sqlx::Result<Option<Target>> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT m.id, m.sender, m.content, m.edited_at, m.edit_id FROM conversations c \
         JOIN chat_messages m ON m.account_id = c.account_id AND m.whatsapp_message_id = $2 \
         AND m.conversation_id = c.id WHERE c.id = $1 ORDER BY m.at LIMIT 1",
    )
    .bind(conversation.to_string())
    .bind(whatsapp_message_id)
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(Target {
            id: row.id.parse().map_err(|_| unreadable("id"))?,
            sender: row.sender,
            content: serde_json::from_str(&row.content).map_err(|_| unreadable("content"))?,
            edited_at: row.edited_at.map(from_ms),
            edit: row.edit_id,
        })
    })
    .transpose()
}

pub async fn edit(
    conn: &mut Conn,
    target: &Target,
    words: Option<&str>,
    edit: &str,
    at: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE chat_messages SET content = $2, text = $3, edited_at = $4, edit_id = $5 \
         WHERE id = $1",
    )
    .bind(target.id.to_string())
    .bind(json(&target.content)?)
    .bind(words)
    .bind(at.timestamp_millis())
    .bind(edit)
    .execute(conn)
    .await
    .map(drop)
}

/// Nothing of what it said is kept.
pub async fn delete(conn: &mut Conn, target: &Target) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE chat_messages SET content = $2, text = NULL, quoted = NULL, mentions = NULL, \
         attachment = NULL, media_state = NULL, media_reason = NULL, media_id = NULL, \
         media_due = NULL WHERE id = $1",
    )
    .bind(target.id.to_string())
    .bind(json(&target.content)?)
    .execute(conn)
    .await
    .map(drop)
}

/// What somebody thinks of a message now. `false`: that was known, or is older.
pub async fn react(
    conn: &mut Conn,
    conversation: ConversationId,
    target: &str,
    by: &By<'_>,
    emoji: &str,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "INSERT INTO chat_reactions (conversation_id, target, sender, whatsapp_message_id, emoji, at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (conversation_id, target, sender) DO UPDATE \
         SET whatsapp_message_id = excluded.whatsapp_message_id, emoji = excluded.emoji, \
         at = excluded.at WHERE excluded.at >= chat_reactions.at \
         AND excluded.whatsapp_message_id <> chat_reactions.whatsapp_message_id",
    )
    .bind(conversation.to_string())
    .bind(target)
    .bind(by.sender)
    .bind(by.whatsapp_message_id)
    .bind(emoji)
    .bind(by.at.timestamp_millis())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// What somebody chose in a poll. `false`: that was known, or is older.
pub async fn vote(
    conn: &mut Conn,
    conversation: ConversationId,
    target: &str,
    by: &By<'_>,
    options: &[String],
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "INSERT INTO chat_votes (conversation_id, target, sender, whatsapp_message_id, options, at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (conversation_id, target, sender) DO UPDATE \
         SET whatsapp_message_id = excluded.whatsapp_message_id, options = excluded.options, \
         at = excluded.at WHERE excluded.at >= chat_votes.at \
         AND excluded.whatsapp_message_id <> chat_votes.whatsapp_message_id",
    )
    .bind(conversation.to_string())
    .bind(target)
    .bind(by.sender)
    .bind(by.whatsapp_message_id)
    .bind(json(&options)?)
    .bind(by.at.timestamp_millis())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}
