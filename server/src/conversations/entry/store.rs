use super::NewRow;
use crate::platform::db::{Conn, ROWS_AT_ONCE, numbered};
use sqlx::AssertSqlSafe;
use whahook_contract::received::{MediaReason, MediaState};

fn json(value: &impl serde::Serialize) -> sqlx::Result<String> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(error.into()))
}

/// Put messages into their conversations, many in one statement. One that failed,
/// and was sent again, stands there already.
///
/// # Errors
/// The database failed.
pub async fn insert(conn: &mut Conn, rows: &[NewRow]) -> sqlx::Result<()> {
    for rows in rows.chunks(ROWS_AT_ONCE) {
        // Nothing but numbers is put into it.
        let mut query = sqlx::query(AssertSqlSafe(format!(
            "INSERT INTO chat_messages (id, number, account_id, conversation_id, \
             whatsapp_message_id, sender, source, content, text, quoted, mentions, attachment, \
             at, received_at, media_state, media_reason, media_id, media_due) VALUES {} \
             ON CONFLICT (id) DO UPDATE SET at = excluded.at",
            numbered(1, 18, rows.len())
        )));
        for NewRow {
            shown,
            number,
            sender,
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
                .bind(media_due.map(|due| due.timestamp_millis()));
        }
        query.execute(&mut *conn).await?;
    }
    Ok(())
}
