use super::Plan;
use crate::platform::db::Conn;
use sqlx::FromRow;
use whahook_contract::{
    Timestamp,
    ids::{AccountId, MediaId, MessageId, UserId},
    received::{ChatContent, MediaReason, MediaState},
};
use whahook_whatsapp::port::RemoteFile;

/// A file that is to be fetched.
pub struct Due {
    pub message: MessageId,
    pub account: AccountId,
    pub user: UserId,
    pub content: ChatContent,
    /// `None`: the message does not say where it is.
    pub file: Option<RemoteFile>,
    pub attempts: i64,
}

#[derive(FromRow)]
struct Row {
    id: String,
    account_id: String,
    user_id: String,
    content: String,
    attachment: Option<String>,
    media_attempts: i64,
}

fn unreadable(what: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("a file of a message has an unknown {what}").into())
}

impl TryFrom<Row> for Due {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        let file = row.attachment.map(|json| serde_json::from_str(&json));
        Ok(Self {
            message: row.id.parse().map_err(|_| unreadable("message"))?,
            account: row.account_id.parse().map_err(|_| unreadable("account"))?,
            user: row.user_id.parse().map_err(|_| unreadable("user"))?,
            content: serde_json::from_str(&row.content).map_err(|_| unreadable("content"))?,
            file: file.transpose().map_err(|_| unreadable("place"))?,
            attempts: row.media_attempts,
        })
    }
}

/// Accounts that are connected and have files to fetch.
pub async fn accounts(conn: &mut Conn, now: Timestamp) -> sqlx::Result<Vec<AccountId>> {
    let ids: Vec<String> = sqlx::query_scalar(
        "SELECT a.id FROM accounts a WHERE a.status = 'ready' AND EXISTS \
         (SELECT 1 FROM chat_messages m WHERE m.account_id = a.id AND m.media_due <= $1)",
    )
    .bind(now.timestamp_millis())
    .fetch_all(conn)
    .await?;
    ids.iter()
        .map(|id| id.parse().map_err(|_| unreadable("account")))
        .collect()
}

/// What an account is to fetch next.
pub async fn due(
    conn: &mut Conn,
    account: AccountId,
    now: Timestamp,
    limit: i64,
) -> sqlx::Result<Vec<Due>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT m.id, m.account_id, c.user_id, m.content, m.attachment, \
         m.media_attempts FROM chat_messages m JOIN conversations c ON c.id = m.conversation_id \
         WHERE m.account_id = $1 AND m.media_due <= $2 ORDER BY m.media_due, m.id LIMIT $3",
    )
    .bind(account.to_string())
    .bind(now.timestamp_millis())
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Due::try_from).collect()
}

/// Where a file lies at WhatsApp, as far as the message says.
pub async fn attachment(conn: &mut Conn, message: MessageId) -> sqlx::Result<Option<RemoteFile>> {
    let found: Option<Option<String>> =
        sqlx::query_scalar("SELECT attachment FROM chat_messages WHERE id = $1")
            .bind(message.to_string())
            .fetch_optional(conn)
            .await?;
    let file = found.flatten().map(|json| serde_json::from_str(&json));
    file.transpose().map_err(|_| unreadable("place"))
}

/// Fetch it, from the first attempt on.
pub async fn ask(conn: &mut Conn, message: MessageId, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE chat_messages SET media_state = $2, media_reason = NULL, media_attempts = 0, \
         media_due = $3 WHERE id = $1",
    )
    .bind(message.to_string())
    .bind(MediaState::Pending.code())
    .bind(now.timestamp_millis())
    .execute(conn)
    .await
    .map(drop)
}

/// Try again then; so many attempts came to nothing.
pub async fn again(
    conn: &mut Conn,
    message: MessageId,
    attempts: i64,
    due: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE chat_messages SET media_attempts = $2, media_due = $3 \
         WHERE id = $1 AND media_due IS NOT NULL",
    )
    .bind(message.to_string())
    .bind(attempts)
    .bind(due.timestamp_millis())
    .execute(conn)
    .await
    .map(drop)
}

/// That is how it ended. `false`: nobody waits for it any more.
pub async fn settle(
    conn: &mut Conn,
    message: MessageId,
    plan: Plan,
    media: Option<MediaId>,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE chat_messages SET media_state = $2, media_reason = $3, media_id = $4, \
         media_due = NULL WHERE id = $1 AND media_due IS NOT NULL",
    )
    .bind(message.to_string())
    .bind(plan.state.code())
    .bind(plan.reason.map(MediaReason::code))
    .bind(media.map(|media| media.to_string()))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// The message has no file any more.
pub async fn forget(conn: &mut Conn, message: MessageId) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE chat_messages SET media_state = NULL, media_reason = NULL, media_due = NULL \
         WHERE id = $1",
    )
    .bind(message.to_string())
    .execute(conn)
    .await
    .map(drop)
}
