use crate::platform::{clock::from_ms, db::Conn};
use sqlx::FromRow;
use whahook_contract::{
    Timestamp,
    ids::{ConversationId, MediaId},
};

/// What is kept of the picture of a conversation's other side.
#[derive(Debug, Default)]
pub struct Kept {
    /// WhatsApp's id of the newest that is known.
    pub id: Option<String>,
    pub file: Option<MediaId>,
    /// When WhatsApp was last asked; `None`: there may be another by now.
    pub asked_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct Row {
    id: Option<String>,
    media_id: Option<String>,
    asked_at: Option<i64>,
}

pub async fn find(conn: &mut Conn, conversation: ConversationId) -> sqlx::Result<Kept> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT COALESCE(p.picture_id, c.picture_id) AS id, \
         COALESCE(p.picture_media_id, c.picture_media_id) AS media_id, \
         COALESCE(p.picture_at, c.picture_at) AS asked_at FROM conversations c \
         LEFT JOIN contacts p ON p.id = c.contact_id WHERE c.id = $1",
    )
    .bind(conversation.to_string())
    .fetch_optional(conn)
    .await?;
    Ok(row.map_or_else(Kept::default, |row| Kept {
        id: row.id,
        file: row.media_id.and_then(|id| id.parse().ok()),
        asked_at: row.asked_at.map(from_ms),
    }))
}

/// That is what WhatsApp answered.
pub async fn keep(conn: &mut Conn, conversation: ConversationId, kept: &Kept) -> sqlx::Result<()> {
    for statement in [
        "UPDATE contacts SET picture_id = $2, picture_media_id = $3, picture_at = $4 WHERE id = \
         (SELECT contact_id FROM conversations WHERE id = $1)",
        "UPDATE conversations SET picture_id = $2, picture_media_id = $3, picture_at = $4 \
         WHERE id = $1 AND contact_id IS NULL",
    ] {
        sqlx::query(statement)
            .bind(conversation.to_string())
            .bind(&kept.id)
            .bind(kept.file.map(|file| file.to_string()))
            .bind(kept.asked_at.map(|at| at.timestamp_millis()))
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// WhatsApp says that there is another, or none. `false`: that was known.
///
/// # Errors
/// The database failed.
pub async fn changed(
    conn: &mut Conn,
    conversation: ConversationId,
    id: Option<&str>,
) -> sqlx::Result<bool> {
    let before = find(conn, conversation).await?;
    if before.id.as_deref() == id {
        return Ok(false);
    }
    let now = Kept {
        id: id.map(ToOwned::to_owned),
        // It is shown until the new one is here, where that cannot be asked for.
        file: before.file.filter(|_| id.is_some()),
        asked_at: None,
    };
    keep(conn, conversation, &now).await?;
    Ok(true)
}
