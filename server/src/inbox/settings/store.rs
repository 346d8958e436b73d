use super::Settings;
use crate::platform::{clock::from_ms, db::Conn};
use sqlx::FromRow;
use whahook_contract::{
    Timestamp,
    ids::AccountId,
    receiving::{FileKind, HistoryProgress, HistoryState, MediaDownload},
};

#[derive(FromRow)]
struct Row {
    media_download: Option<String>,
    media_kinds: Option<String>,
    media_max_bytes: Option<i64>,
    statuses: Option<i32>,
    history_days: Option<i64>,
    history_messages: Option<i64>,
}

impl TryFrom<Row> for Settings {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        let number = |value: Option<i64>| value.and_then(|value| u32::try_from(value).ok());
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
            history_days: number(row.history_days),
            history_messages: number(row.history_messages),
        })
    }
}

pub async fn find(conn: &mut Conn, account: AccountId) -> sqlx::Result<Settings> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT media_download, media_kinds, media_max_bytes, \
         CAST(statuses AS INTEGER) AS statuses, history_days, history_messages FROM accounts WHERE id = $1",
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
         statuses = $5, history_days = $6, history_messages = $7 WHERE id = $1",
    )
    .bind(account.to_string())
    .bind(settings.media_download.map(MediaDownload::code))
    .bind(kinds.map_err(|error| sqlx::Error::Encode(error.into()))?)
    .bind(max.map_err(|error| sqlx::Error::Encode(error.into()))?)
    .bind(settings.statuses.map(i32::from))
    .bind(settings.history_days.map(i64::from))
    .bind(settings.history_messages.map(i64::from))
    .execute(conn)
    .await
    .map(drop)
}

type HistoryRow = (Option<String>, Option<i64>, Option<i64>, Option<i64>);

fn progress(row: HistoryRow) -> Option<HistoryProgress> {
    let (state, percent, count, at) = row;
    Some(HistoryProgress {
        state: HistoryState::from_code(&state?)?,
        percent: u32::try_from(percent?).ok()?,
        messages: count?,
        at: from_ms(at?),
    })
}

/// How far the history of an account is; `None`: none was taken yet.
pub async fn history(conn: &mut Conn, account: AccountId) -> sqlx::Result<Option<HistoryProgress>> {
    let row: Option<HistoryRow> = sqlx::query_as(
        "SELECT history_state, history_percent, history_count, history_at FROM accounts \
         WHERE id = $1",
    )
    .bind(account.to_string())
    .fetch_optional(conn)
    .await?;
    Ok(row.and_then(progress))
}

/// So many more messages of the history came; how far it is now. `begins`: they
/// are the first.
///
/// # Errors
/// The database failed.
pub async fn history_came(
    conn: &mut Conn,
    account: AccountId,
    more: i64,
    percent: Option<u32>,
    begins: bool,
    now: Timestamp,
) -> sqlx::Result<Option<HistoryProgress>> {
    let row: Option<HistoryRow> = sqlx::query_as(
        "UPDATE accounts SET history_count = CASE WHEN $5 = 1 THEN $2 \
         ELSE COALESCE(history_count, 0) + $2 END, \
         history_percent = CASE WHEN $3 > COALESCE(history_percent, 0) THEN $3 \
         WHEN $5 = 1 THEN CASE WHEN $3 > 0 THEN $3 ELSE 0 END \
         ELSE COALESCE(history_percent, 0) END, \
         history_state = CASE WHEN $3 >= 100 THEN 'finished' WHEN $5 = 1 OR \
         history_state IS NULL THEN 'running' ELSE history_state END, history_at = $4 \
         WHERE id = $1 RETURNING history_state, history_percent, history_count, history_at",
    )
    .bind(account.to_string())
    .bind(more)
    .bind(percent.map_or(-1, i64::from))
    .bind(now.timestamp_millis())
    .bind(i64::from(begins))
    .fetch_optional(conn)
    .await?;
    Ok(row.and_then(progress))
}
