use super::Settings;
use crate::platform::db::Conn;
use sqlx::FromRow;
use whahook_contract::{
    ids::AccountId,
    receiving::{FileKind, MediaDownload},
};

#[derive(FromRow)]
struct Row {
    media_download: Option<String>,
    media_kinds: Option<String>,
    media_max_bytes: Option<i64>,
    statuses: Option<i32>,
}

impl TryFrom<Row> for Settings {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        let kinds = row.media_kinds.as_deref();
        let kinds: Option<Vec<FileKind>> = kinds
            .map(serde_json::from_str)
            .transpose()
            .map_err(|error| sqlx::Error::Decode(error.into()))?;
        Ok(Self {
            media_download: row
                .media_download
                .as_deref()
                .and_then(MediaDownload::from_code),
            media_kinds: kinds,
            media_max_bytes: row
                .media_max_bytes
                .and_then(|bytes| u64::try_from(bytes).ok()),
            statuses: row.statuses.map(|value| value != 0),
        })
    }
}

pub async fn find(conn: &mut Conn, account: AccountId) -> sqlx::Result<Settings> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT media_download, media_kinds, media_max_bytes, \
         CAST(statuses AS INTEGER) AS statuses FROM accounts WHERE id = $1",
    )
    .bind(account.to_string())
    .fetch_optional(conn)
    .await?;
    row.map_or_else(|| Ok(Settings::default()), Settings::try_from)
}

pub async fn set(conn: &mut Conn, account: AccountId, settings: &Settings) -> sqlx::Result<()> {
    let kinds = settings.media_kinds.as_ref();
    let kinds = kinds.map(serde_json::to_string).transpose();
    let max = settings.media_max_bytes.map(i64::try_from).transpose();
    sqlx::query(
        "UPDATE accounts SET media_download = $2, media_kinds = $3, media_max_bytes = $4, \
         statuses = $5 WHERE id = $1",
    )
    .bind(account.to_string())
    .bind(settings.media_download.map(MediaDownload::code))
    .bind(kinds.map_err(|error| sqlx::Error::Encode(error.into()))?)
    .bind(max.map_err(|error| sqlx::Error::Encode(error.into()))?)
    .bind(settings.statuses.map(i32::from))
    .execute(conn)
    .await
    .map(drop)
}
