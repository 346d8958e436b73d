use super::model::Key;
use crate::platform::{clock::from_ms, db::Conn};
use sqlx::FromRow;
use whahook_contract::ids::{KeyId, UserId};

#[derive(FromRow)]
struct Row {
    id: String,
    user_id: String,
    name: String,
    prefix: String,
    scopes: String,
    account_ids: Option<String>,
    created_at: i64,
    last_used_at: Option<i64>,
    expires_at: Option<i64>,
}

impl TryFrom<Row> for Key {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.id.parse().map_err(unreadable)?,
            user_id: row.user_id.parse().map_err(unreadable)?,
            name: row.name,
            prefix: row.prefix,
            scopes: serde_json::from_str(&row.scopes).map_err(unreadable)?,
            account_ids: row
                .account_ids
                .map(|ids| serde_json::from_str(&ids).map_err(unreadable))
                .transpose()?,
            created_at: from_ms(row.created_at),
            last_used_at: row.last_used_at.map(from_ms),
            expires_at: row.expires_at.map(from_ms),
        })
    }
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}

pub async fn insert(conn: &mut Conn, key: &Key, key_hash: &str) -> sqlx::Result<()> {
    let json = |error| sqlx::Error::Encode(Box::new(error));
    let account_ids = key
        .account_ids
        .as_ref()
        .map(serde_json::to_string)
        .transpose()
        .map_err(json)?;
    sqlx::query(
        "INSERT INTO api_keys (id, user_id, name, prefix, key_hash, scopes, account_ids, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(key.id.to_string())
    .bind(key.user_id.to_string())
    .bind(key.name.as_str())
    .bind(key.prefix.as_str())
    .bind(key_hash)
    .bind(serde_json::to_string(&key.scopes).map_err(json)?)
    .bind(account_ids)
    .bind(key.created_at.timestamp_millis())
    .bind(key.expires_at.map(|at| at.timestamp_millis()))
    .execute(conn)
    .await
    .map(drop)
}

pub async fn find_by_hash(conn: &mut Conn, key_hash: &str) -> sqlx::Result<Option<Key>> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, user_id, name, prefix, scopes, account_ids, created_at, last_used_at, expires_at \
         FROM api_keys WHERE key_hash = $1",
    )
    .bind(key_hash)
    .fetch_optional(conn)
    .await?;
    row.map(Key::try_from).transpose()
}

/// Newest first; those older than `before`.
pub async fn list(
    conn: &mut Conn,
    owner: UserId,
    before: Option<KeyId>,
    limit: i64,
) -> sqlx::Result<Vec<Key>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, user_id, name, prefix, scopes, account_ids, created_at, last_used_at, expires_at \
         FROM api_keys WHERE user_id = $1 AND (CAST($2 AS TEXT) IS NULL OR id < $2) \
         ORDER BY id DESC LIMIT $3",
    )
    .bind(owner.to_string())
    .bind(before.map(|id| id.to_string()))
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Key::try_from).collect()
}

pub async fn used(conn: &mut Conn, id: KeyId, now: i64) -> sqlx::Result<()> {
    sqlx::query("UPDATE api_keys SET last_used_at = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(now)
        .execute(conn)
        .await
        .map(drop)
}

/// Whether there was one.
pub async fn delete(conn: &mut Conn, owner: UserId, id: KeyId) -> sqlx::Result<bool> {
    sqlx::query("DELETE FROM api_keys WHERE user_id = $1 AND id = $2")
        .bind(owner.to_string())
        .bind(id.to_string())
        .execute(conn)
        .await
        .map(|done| done.rows_affected() > 0)
}

pub async fn name(conn: &mut Conn, id: KeyId) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar("SELECT name FROM api_keys WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(conn)
        .await
}

/// Those that expired after one instant and not after another (milliseconds).
pub async fn expired(conn: &mut Conn, after: i64, until: i64) -> sqlx::Result<Vec<KeyId>> {
    let ids: Vec<String> =
        sqlx::query_scalar("SELECT id FROM api_keys WHERE expires_at > $1 AND expires_at <= $2")
            .bind(after)
            .bind(until)
            .fetch_all(conn)
            .await?;
    let ids = ids.iter().map(|id| id.parse().map_err(unreadable));
    ids.collect()
}
