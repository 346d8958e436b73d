use super::model::File;
use crate::{
    accounts::only,
    platform::{clock::from_ms, db::Conn},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use sqlx::FromRow;
use whahook_contract::{
    Timestamp,
    ids::{AccountId, KeyId, MediaId, UserId},
};

#[derive(FromRow)]
struct Row {
    id: String,
    user_id: String,
    sha256: String,
    size: i64,
    mime_type: String,
    file_name: Option<String>,
    width: Option<i64>,
    height: Option<i64>,
    seconds: Option<i64>,
    waveform: Option<String>,
    thumbnail: Option<String>,
    used_at: i64,
}

fn unreadable(what: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("a file has an unreadable {what}").into())
}

impl TryFrom<Row> for File {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        let number = |value: Option<i64>| value.and_then(|value| u32::try_from(value).ok());
        Ok(Self {
            id: row.id.parse().map_err(|_| unreadable("id"))?,
            user: row.user_id.parse().map_err(|_| unreadable("user"))?,
            sha256: row.sha256,
            size: u64::try_from(row.size).map_err(|_| unreadable("size"))?,
            mime_type: row.mime_type,
            file_name: row.file_name,
            width: number(row.width),
            height: number(row.height),
            seconds: number(row.seconds),
            waveform: row.waveform.and_then(|text| hex::decode(text).ok()),
            thumbnail: row
                .thumbnail
                .and_then(|text| BASE64_STANDARD.decode(text).ok()),
            used_at: from_ms(row.used_at),
        })
    }
}

/// Put a file down. What is here already under its hash stays, with the newest
/// name.
pub async fn put(conn: &mut Conn, file: &File) -> sqlx::Result<File> {
    let at = file.used_at.timestamp_millis();
    let row: Row = sqlx::query_as(
        "INSERT INTO media (id, user_id, sha256, size, mime_type, file_name, width, height, \
         seconds, waveform, thumbnail, created_at, used_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12) \
         ON CONFLICT (user_id, sha256) DO UPDATE SET used_at = excluded.used_at, \
         file_name = COALESCE(excluded.file_name, media.file_name), \
         mime_type = excluded.mime_type RETURNING *",
    )
    .bind(file.id.to_string())
    .bind(file.user.to_string())
    .bind(&file.sha256)
    .bind(i64::try_from(file.size).map_err(|_| unreadable("size"))?)
    .bind(&file.mime_type)
    .bind(&file.file_name)
    .bind(file.width.map(i64::from))
    .bind(file.height.map(i64::from))
    .bind(file.seconds.map(i64::from))
    .bind(file.waveform.as_ref().map(hex::encode))
    .bind(
        file.thumbnail
            .as_ref()
            .map(|jpeg| BASE64_STANDARD.encode(jpeg)),
    )
    .bind(at)
    .fetch_one(conn)
    .await?;
    row.try_into()
}

/// How many bytes a user's files have together.
pub async fn size(conn: &mut Conn, user: UserId) -> sqlx::Result<u64> {
    let bytes: i64 = sqlx::query_scalar(
        "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM media WHERE user_id = $1",
    )
    .bind(user.to_string())
    .fetch_one(conn)
    .await?;
    u64::try_from(bytes).map_err(|_| unreadable("size"))
}

pub async fn find(conn: &mut Conn, id: MediaId) -> sqlx::Result<Option<File>> {
    let row: Option<Row> = sqlx::query_as("SELECT * FROM media WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(conn)
        .await?;
    row.map(File::try_from).transpose()
}

/// A person's own.
pub async fn find_own(conn: &mut Conn, user: UserId, id: MediaId) -> sqlx::Result<Option<File>> {
    let row: Option<Row> = sqlx::query_as("SELECT * FROM media WHERE id = $1 AND user_id = $2")
        .bind(id.to_string())
        .bind(user.to_string())
        .fetch_optional(conn)
        .await?;
    row.map(File::try_from).transpose()
}

/// A key has added a file.
pub async fn added_by(conn: &mut Conn, id: MediaId, key: KeyId) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO media_keys (media_id, key_id) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(id.to_string())
        .bind(key.to_string())
        .execute(conn)
        .await
        .map(drop)
}

/// Whether a message of these accounts has a file, or this key has added it.
pub async fn is_covered(
    conn: &mut Conn,
    id: MediaId,
    accounts: &[AccountId],
    key: KeyId,
) -> sqlx::Result<bool> {
    let found: Option<i32> = sqlx::query_scalar(
        "SELECT 1 FROM media WHERE id = $1 AND (\
         EXISTS (SELECT 1 FROM media_keys WHERE media_id = $1 AND key_id = $3) \
         OR EXISTS (SELECT 1 FROM chat_messages WHERE media_id = $1 \
         AND $2 LIKE '%' || account_id || '%') \
         OR EXISTS (SELECT 1 FROM outbox WHERE media_id = $1 \
         AND $2 LIKE '%' || account_id || '%') \
         OR EXISTS (SELECT 1 FROM bulks WHERE media_id = $1 \
         AND status IN ('running', 'paused') AND $2 LIKE '%' || account_id || '%'))",
    )
    .bind(id.to_string())
    .bind(only(Some(accounts)))
    .bind(key.to_string())
    .fetch_optional(conn)
    .await?;
    Ok(found.is_some())
}

/// What a user has already.
pub async fn find_same(conn: &mut Conn, user: UserId, sha256: &str) -> sqlx::Result<Option<File>> {
    let row: Option<Row> = sqlx::query_as("SELECT * FROM media WHERE user_id = $1 AND sha256 = $2")
        .bind(user.to_string())
        .bind(sha256)
        .fetch_optional(conn)
        .await?;
    row.map(File::try_from).transpose()
}

/// A message needs it. `false`: it is not here any more.
pub async fn used(conn: &mut Conn, id: MediaId, at: Timestamp) -> sqlx::Result<bool> {
    let done = sqlx::query("UPDATE media SET used_at = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(at.timestamp_millis())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Files that nothing needed since then, nor needs now.
pub async fn unneeded(conn: &mut Conn, since: Timestamp, limit: i64) -> sqlx::Result<Vec<MediaId>> {
    let ids: Vec<String> = sqlx::query_scalar(
        "SELECT id FROM media WHERE used_at < $1 \
         AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.media_id = media.id \
         AND outbox.status IN ('queued', 'sending')) \
         AND NOT EXISTS (SELECT 1 FROM bulks WHERE bulks.media_id = media.id \
         AND bulks.status IN ('running', 'paused')) ORDER BY used_at LIMIT $2",
    )
    .bind(since.timestamp_millis())
    .bind(limit)
    .fetch_all(conn)
    .await?;
    ids.iter()
        .map(|id| id.parse().map_err(|_| unreadable("id")))
        .collect()
}

/// Forget a file that nothing needed since then; its hash, if it was one.
pub async fn forget(
    conn: &mut Conn,
    id: MediaId,
    since: Timestamp,
) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar("DELETE FROM media WHERE id = $1 AND used_at < $2 RETURNING sha256")
        .bind(id.to_string())
        .bind(since.timestamp_millis())
        .fetch_optional(conn)
        .await
}

/// The hashes of all files whose hash begins with this.
pub async fn hashes(conn: &mut Conn, first: &str) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar("SELECT DISTINCT sha256 FROM media WHERE sha256 >= $1 AND sha256 < $2")
        .bind(first)
        // Behind every digit of a hash.
        .bind(format!("{first}g"))
        .fetch_all(conn)
        .await
}

/// Whether anybody has a file with this hash.
pub async fn is_kept(conn: &mut Conn, sha256: &str) -> sqlx::Result<bool> {
    let found: Option<i32> = sqlx::query_scalar("SELECT 1 FROM media WHERE sha256 = $1 LIMIT 1")
        .bind(sha256)
        .fetch_optional(conn)
        .await?;
    Ok(found.is_some())
}
