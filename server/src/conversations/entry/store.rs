use super::NewRow;
use crate::platform::db::{Conn, few_sizes, numbered};
use sqlx::AssertSqlSafe;
use whahook_contract::{
    ids::{ConversationId, MessageId},
    received::{MediaReason, MediaState},
};

fn json(value: &impl serde::Serialize) -> sqlx::Result<String> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(error.into()))
}

/// What a message says, that stood there as one that could not be read.
///
/// # Errors
/// The database failed.
pub async fn fill(conn: &mut Conn, row: &NewRow) -> sqlx::Result<()> {
    let shown = &row.shown;
    let media = shown.content.media();
    let mentions = (!shown.mentions.is_empty()).then_some(&shown.mentions);
    sqlx::query(
        "UPDATE chat_messages SET content = $2, text = $3, quoted = $4, mentions = $5, \
         attachment = $6, media_state = $7, media_reason = $8, media_due = $9 WHERE id = $1",
    )
    .bind(shown.id.to_string())
    .bind(json(&shown.content)?)
    .bind(shown.content.words())
    .bind(shown.quoted.as_ref().map(json).transpose()?)
    .bind(mentions.map(json).transpose()?)
    .bind(&row.attachment)
    .bind(media.and_then(|it| it.state).map(MediaState::code))
    .bind(media.and_then(|it| it.reason).map(MediaReason::code))
    .bind(row.media_due.map(|due| due.timestamp_millis()))
    .execute(conn)
    .await
    .map(drop)
}

/// A message is none after all. Nobody is to read it any more, where it was unread.
///
/// # Errors
/// The database failed.
pub async fn withdraw(
    conn: &mut Conn,
    conversation: ConversationId,
    message: MessageId,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE conversations SET unread = unread - 1 WHERE id = $2 AND unread > \
         (SELECT COUNT(*) FROM chat_messages m JOIN chat_messages gone ON gone.id = $1 \
         WHERE m.conversation_id = $2 AND m.sender <> '' \
         AND m.content NOT LIKE '{\"type\":\"group_change\"%' \
         AND (m.at > gone.at OR (m.at = gone.at AND m.id > gone.id)))",
    )
    .bind(message.to_string())
    .bind(conversation.to_string())
    .execute(&mut *conn)
    .await?;
    sqlx::query("DELETE FROM chat_messages WHERE id = $1 AND conversation_id = $2")
        .bind(message.to_string())
        .bind(conversation.to_string())
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "UPDATE conversations SET last_message_id = (SELECT m.id FROM chat_messages m WHERE m.conversation_id = $1 \
         ORDER BY m.at DESC, m.id DESC LIMIT 1), \
         last_at = COALESCE((SELECT MAX(m.at) FROM chat_messages m \
         WHERE m.conversation_id = $1), 0) WHERE id = $1",
    )
    .bind(conversation.to_string())
    .execute(conn)
    .await
    .map(drop)
}

/// Put messages into their conversations, many in one statement. One that failed,
/// and was sent again, stands there already, and moves to its new time. One that
/// came back from the phone before stands there under another id, and stays; those
/// are returned.
///
/// # Errors
/// The database failed.
pub async fn insert(conn: &mut Conn, rows: &[NewRow]) -> sqlx::Result<Vec<MessageId>> {
    let mut under_another_id = Vec::new();
    for rows in few_sizes(rows) {
        // Nothing but numbers is put into it.
        let mut query = sqlx::query(AssertSqlSafe(format!(
            "INSERT INTO chat_messages (id, number, account_id, conversation_id, \
             whatsapp_message_id, sender, source, content, text, quoted, mentions, attachment, \
             at, received_at, media_state, media_reason, media_id, media_due, participant) VALUES {} \
             ON CONFLICT DO NOTHING",
            numbered(1, 19, rows.len())
        )));
        for NewRow {
            shown,
            number,
            sender,
            participant,
            attachment,
            media_due,
        } in rows
        {
            let media = shown.content.media();
            let mentions = (!shown.mentions.is_empty()).then_some(&shown.mentions);
            query = query
                .bind(shown.id.to_string())
                .bind(number)
                .bind(shown.account_id.to_string())
                .bind(shown.conversation_id.to_string())
                .bind(&shown.whatsapp_message_id)
                .bind(sender)
                .bind(shown.source.code())
                .bind(json(&shown.content)?)
                .bind(shown.content.words())
                .bind(shown.quoted.as_ref().map(json).transpose()?)
                .bind(mentions.map(json).transpose()?)
                .bind(attachment)
                .bind(shown.at.timestamp_millis())
                .bind(shown.received_at.timestamp_millis())
                .bind(media.and_then(|it| it.state).map(MediaState::code))
                .bind(media.and_then(|it| it.reason).map(MediaReason::code))
                .bind(media.and_then(|it| it.id).map(|id| id.to_string()))
                .bind(media_due.map(|due| due.timestamp_millis()))
                .bind(participant);
        }
        let inserted = query.execute(&mut *conn).await?.rows_affected();
        if inserted < rows.len() as u64 {
            for row in rows {
                if !moved(conn, row).await? {
                    under_another_id.push(row.shown.id);
                }
            }
        }
    }
    Ok(under_another_id)
}

/// Give a message that stands there its new time. `false`: it stands there under
/// another id.
async fn moved(conn: &mut Conn, row: &NewRow) -> sqlx::Result<bool> {
    let shown = &row.shown;
    let moved = sqlx::query("UPDATE chat_messages SET at = $2 WHERE id = $1")
        .bind(shown.id.to_string())
        .bind(shown.at.timestamp_millis())
        .execute(&mut *conn)
        .await?;
    if moved.rows_affected() > 0 {
        return Ok(true);
    }
    // What was kept out by anything else must not be lost.
    let _: String = sqlx::query_scalar(
        "SELECT id FROM chat_messages WHERE account_id = $1 AND whatsapp_message_id = $2 \
         AND conversation_id = $3 AND sender = $4",
    )
    .bind(shown.account_id.to_string())
    .bind(&shown.whatsapp_message_id)
    .bind(shown.conversation_id.to_string())
    .bind(&row.sender)
    .fetch_one(conn)
    .await?;
    Ok(false)
}
