use super::Ended;
use crate::{
    notices::model::Owner,
    platform::{clock::from_ms, db::Conn},
};
use sqlx::FromRow;
use url::Url;
use whahook_contract::{Timestamp, ids::WebhookId, settings::Language};

pub async fn is_any_due(conn: &mut Conn, now: Timestamp) -> sqlx::Result<bool> {
    let found: Option<i32> =
        sqlx::query_scalar("SELECT 1 FROM webhooks WHERE mail_due = 1 AND mail_at <= $1 LIMIT 1")
            .bind(now.timestamp_millis())
            .fetch_optional(conn)
            .await?;
    Ok(found.is_some())
}

#[derive(FromRow)]
struct Row {
    id: String,
    label: Option<String>,
    url: String,
    problem: Option<String>,
    dead_at: Option<i64>,
    mail_attempts: i64,
    name: String,
    email: String,
    email_alerts: i32,
    language: Option<String>,
}

/// Takes one, so that nobody else does until then.
pub async fn claim(
    conn: &mut Conn,
    now: Timestamp,
    until: Timestamp,
) -> sqlx::Result<Option<Ended>> {
    let id: Option<String> = sqlx::query_scalar(
        "UPDATE webhooks SET mail_at = $2, mail_attempts = mail_attempts + 1 WHERE id = (\
         SELECT id FROM webhooks WHERE mail_due = 1 AND mail_at <= $1 ORDER BY mail_at LIMIT 1) \
         AND mail_at <= $1 RETURNING id",
    )
    .bind(now.timestamp_millis())
    .bind(until.timestamp_millis())
    .fetch_optional(&mut *conn)
    .await?;
    let Some(id) = id else {
        return Ok(None);
    };
    let row: Row = sqlx::query_as(
        "SELECT webhooks.id, webhooks.label, webhooks.url, webhooks.problem, webhooks.dead_at, \
         webhooks.mail_attempts, users.name, users.email, users.email_alerts, users.language \
         FROM webhooks JOIN users ON users.id = webhooks.user_id WHERE webhooks.id = $1",
    )
    .bind(id)
    .fetch_one(conn)
    .await?;
    let url: Option<Url> = row.url.parse().ok();
    Ok(Some(Ended {
        id: row
            .id
            .parse()
            .map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
        label: row.label,
        // The rest of an address may hold a secret of its receiver.
        host: url
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_default(),
        problem: row.problem,
        at: row.dead_at.map_or(now, from_ms),
        attempts: row.mail_attempts,
        owner: Owner {
            name: row.name,
            email: row.email,
            wants_mail: row.email_alerts != 0,
            language: row
                .language
                .as_deref()
                .and_then(Language::from_code)
                .unwrap_or(Language::English),
        },
    }))
}

/// It was told, or is to be told again at that time.
pub async fn told(conn: &mut Conn, id: WebhookId, again: Option<Timestamp>) -> sqlx::Result<()> {
    sqlx::query("UPDATE webhooks SET mail_due = $2, mail_at = $3 WHERE id = $1")
        .bind(id.to_string())
        .bind(i32::from(again.is_some()))
        .bind(again.map_or(0, |at| at.timestamp_millis()))
        .execute(conn)
        .await
        .map(drop)
}
