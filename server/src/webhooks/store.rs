use super::model::{Health, Sealed, Webhook};
use crate::platform::{clock::from_ms, db::Conn};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::FromRow;
use whahook_contract::{
    Timestamp,
    contact::Party,
    ids::{AccountId, UserId, WebhookId},
};

#[derive(FromRow)]
struct Row {
    id: String,
    user_id: String,
    url: String,
    label: Option<String>,
    events: Option<String>,
    account_ids: Option<String>,
    header_names: String,
    headers: Option<String>,
    secret: String,
    previous_secret: Option<String>,
    previous_until: Option<i64>,
    enabled: i32,
    replies: i32,
    dead_at: Option<i64>,
    problem: Option<String>,
    failing_since: Option<i64>,
    failures: i64,
    not_before: i64,
    last_success_at: Option<i64>,
    created_at: i64,
}

impl TryFrom<Row> for Webhook {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.id.parse().map_err(unreadable)?,
            user_id: row.user_id.parse().map_err(unreadable)?,
            url: row.url,
            label: row.label,
            events: row.events.as_deref().map(read).transpose()?,
            account_ids: row.account_ids.as_deref().map(read).transpose()?,
            header_names: read(&row.header_names)?,
            sealed: Sealed {
                headers: row.headers,
                secret: row.secret,
                previous: row.previous_secret,
            },
            previous_until: row.previous_until.map(from_ms),
            enabled: row.enabled != 0,
            replies: row.replies != 0,
            created_at: from_ms(row.created_at),
            health: Health {
                dead_at: row.dead_at.map(from_ms),
                problem: row.problem,
                failing_since: row.failing_since.map(from_ms),
                failures: row.failures,
                not_before: Some(row.not_before).filter(|at| *at > 0).map(from_ms),
                last_success_at: row.last_success_at.map(from_ms),
            },
        })
    }
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}

fn read<T: DeserializeOwned>(json: &str) -> sqlx::Result<T> {
    serde_json::from_str(json).map_err(unreadable)
}

fn written(value: &impl Serialize) -> sqlx::Result<String> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

fn optional(value: Option<&impl Serialize>) -> sqlx::Result<Option<String>> {
    value.map(written).transpose()
}

fn ms(at: Option<Timestamp>) -> Option<i64> {
    at.map(|at| at.timestamp_millis())
}

pub async fn insert(conn: &mut Conn, webhook: &Webhook) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO webhooks (id, user_id, url, label, events, account_ids, header_names, \
         headers, secret, enabled, replies, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(webhook.id.to_string())
    .bind(webhook.user_id.to_string())
    .bind(webhook.url.as_str())
    .bind(webhook.label.as_deref())
    .bind(optional(webhook.events.as_ref())?)
    .bind(optional(webhook.account_ids.as_ref())?)
    .bind(written(&webhook.header_names)?)
    .bind(webhook.sealed.headers.as_deref())
    .bind(webhook.sealed.secret.as_str())
    .bind(i32::from(webhook.enabled))
    .bind(i32::from(webhook.replies))
    .bind(webhook.created_at.timestamp_millis())
    .execute(conn)
    .await
    .map(drop)
}

/// Everything that its owner can change.
pub async fn change(conn: &mut Conn, webhook: &Webhook) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE webhooks SET url = $2, label = $3, events = $4, account_ids = $5, \
         header_names = $6, headers = $7, secret = $8, previous_secret = $9, \
         previous_until = $10, replies = $11 WHERE id = $1",
    )
    .bind(webhook.id.to_string())
    .bind(webhook.url.as_str())
    .bind(webhook.label.as_deref())
    .bind(optional(webhook.events.as_ref())?)
    .bind(optional(webhook.account_ids.as_ref())?)
    .bind(written(&webhook.header_names)?)
    .bind(webhook.sealed.headers.as_deref())
    .bind(webhook.sealed.secret.as_str())
    .bind(webhook.sealed.previous.as_deref())
    .bind(ms(webhook.previous_until))
    .bind(i32::from(webhook.replies))
    .execute(&mut *conn)
    .await?;
    set_health(conn, webhook).await
}

/// How it goes, and whether it is on.
pub async fn set_health(conn: &mut Conn, webhook: &Webhook) -> sqlx::Result<()> {
    let health = &webhook.health;
    sqlx::query(
        "UPDATE webhooks SET enabled = $2, dead_at = $3, problem = $4, failing_since = $5, \
         failures = $6, not_before = $7, last_success_at = $8 WHERE id = $1",
    )
    .bind(webhook.id.to_string())
    .bind(i32::from(webhook.enabled))
    .bind(ms(health.dead_at))
    .bind(health.problem.as_deref())
    .bind(ms(health.failing_since))
    .bind(health.failures)
    .bind(ms(health.not_before).unwrap_or_default())
    .bind(ms(health.last_success_at))
    .execute(conn)
    .await
    .map(drop)
}

/// Its owner is to be told that it was turned off.
pub async fn tell_owner(conn: &mut Conn, id: WebhookId) -> sqlx::Result<()> {
    sqlx::query("UPDATE webhooks SET mail_due = 1, mail_attempts = 0, mail_at = 0 WHERE id = $1")
        .bind(id.to_string())
        .execute(conn)
        .await
        .map(drop)
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, url, label, events, account_ids, header_names, headers, secret, \
             previous_secret, previous_until, enabled, replies, dead_at, problem, failing_since, \
             failures, not_before, last_success_at, created_at FROM webhooks ",
            $rest
        )
    };
}

pub async fn find(conn: &mut Conn, owner: UserId, id: WebhookId) -> sqlx::Result<Option<Webhook>> {
    let row: Option<Row> = sqlx::query_as(select!("WHERE user_id = $1 AND id = $2"))
        .bind(owner.to_string())
        .bind(id.to_string())
        .fetch_optional(conn)
        .await?;
    row.map(Webhook::try_from).transpose()
}

/// The webhook, which nobody else changes until the transaction ends: nor what
/// belongs to it.
pub async fn lock(conn: &mut Conn, id: WebhookId) -> sqlx::Result<Option<Webhook>> {
    sqlx::query("UPDATE webhooks SET last_n = last_n WHERE id = $1")
        .bind(id.to_string())
        .execute(&mut *conn)
        .await?;
    let row: Option<Row> = sqlx::query_as(select!("WHERE id = $1"))
        .bind(id.to_string())
        .fetch_optional(conn)
        .await?;
    row.map(Webhook::try_from).transpose()
}

/// Newest first.
pub async fn list(
    conn: &mut Conn,
    owner: UserId,
    before: Option<WebhookId>,
    limit: i64,
) -> sqlx::Result<Vec<Webhook>> {
    let rows: Vec<Row> = sqlx::query_as(select!(
        "WHERE user_id = $1 AND (CAST($2 AS TEXT) IS NULL OR id < $2) ORDER BY id DESC LIMIT $3"
    ))
    .bind(owner.to_string())
    .bind(before.map(|id| id.to_string()))
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Webhook::try_from).collect()
}

/// Those that are on, of everybody.
pub async fn enabled(conn: &mut Conn) -> sqlx::Result<Vec<Webhook>> {
    let rows: Vec<Row> = sqlx::query_as(select!("WHERE enabled = 1"))
        .fetch_all(conn)
        .await?;
    rows.into_iter().map(Webhook::try_from).collect()
}

pub async fn count(conn: &mut Conn, owner: UserId) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT COUNT(*) FROM webhooks WHERE user_id = $1")
        .bind(owner.to_string())
        .fetch_one(conn)
        .await
}

pub async fn delete(conn: &mut Conn, id: WebhookId) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM webhooks WHERE id = $1")
        .bind(id.to_string())
        .execute(conn)
        .await
        .map(drop)
}

/// Accounts that it covers and that have no position begin at their newest event.
pub async fn begin_positions(conn: &mut Conn, webhook: &Webhook) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO webhook_positions (webhook_id, account_id, position) \
         SELECT CAST($1 AS TEXT), id, last_seq FROM accounts WHERE user_id = $2 \
         AND (CAST($3 AS TEXT) IS NULL OR $3 LIKE '%' || id || '%') \
         ON CONFLICT (webhook_id, account_id) DO NOTHING",
    )
    .bind(webhook.id.to_string())
    .bind(webhook.user_id.to_string())
    .bind(optional(webhook.account_ids.as_ref())?)
    .execute(conn)
    .await
    .map(drop)
}

/// Forgets accounts that it does not cover any more.
pub async fn end_positions(conn: &mut Conn, webhook: &Webhook) -> sqlx::Result<()> {
    let Some(kept) = optional(webhook.account_ids.as_ref())? else {
        return Ok(());
    };
    for statement in [
        "DELETE FROM webhook_positions WHERE webhook_id = $1 AND $2 NOT LIKE '%' || account_id || '%'",
        // What was sent too: whoever may see the webhook may see all of it.
        "DELETE FROM webhook_deliveries WHERE webhook_id = $1 \
         AND account_id IS NOT NULL AND $2 NOT LIKE '%' || account_id || '%'",
    ] {
        sqlx::query(statement)
            .bind(webhook.id.to_string())
            .bind(kept.as_str())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// The accounts whose ledgers go on behind its positions, each with its position:
/// first those that follow one, so that all have their turn.
pub async fn behind(
    conn: &mut Conn,
    webhook: &Webhook,
    served: Option<AccountId>,
    limit: i64,
) -> sqlx::Result<Vec<(AccountId, i64)>> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT accounts.id, COALESCE(webhook_positions.position, 0) FROM accounts \
         LEFT JOIN webhook_positions ON webhook_positions.account_id = accounts.id \
         AND webhook_positions.webhook_id = $1 \
         WHERE accounts.user_id = $2 AND accounts.last_seq > COALESCE(webhook_positions.position, 0) \
         AND (CAST($3 AS TEXT) IS NULL OR $3 LIKE '%' || accounts.id || '%') \
         ORDER BY CASE WHEN accounts.id > $5 THEN 0 ELSE 1 END, accounts.id LIMIT $4",
    )
    .bind(webhook.id.to_string())
    .bind(webhook.user_id.to_string())
    .bind(optional(webhook.account_ids.as_ref())?)
    .bind(limit)
    .bind(served.map(|account| account.to_string()).unwrap_or_default())
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(id, position)| Ok((id.parse().map_err(unreadable)?, position)))
        .collect()
}

pub async fn set_position(
    conn: &mut Conn,
    id: WebhookId,
    account: AccountId,
    position: i64,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO webhook_positions (webhook_id, account_id, position) VALUES ($1, $2, $3) \
         ON CONFLICT (webhook_id, account_id) DO UPDATE SET position = excluded.position",
    )
    .bind(id.to_string())
    .bind(account.to_string())
    .bind(position)
    .execute(conn)
    .await
    .map(drop)
}

/// Begins again behind a number, unless it is there or before already.
pub async fn rewind(
    conn: &mut Conn,
    id: WebhookId,
    account: AccountId,
    after: i64,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE webhook_positions SET position = $3 \
         WHERE webhook_id = $1 AND account_id = $2 AND position > $3",
    )
    .bind(id.to_string())
    .bind(account.to_string())
    .bind(after)
    .execute(conn)
    .await
    .map(drop)
}

/// The number of an account's oldest event that a webhook still needs; `None`:
/// none does.
///
/// # Errors
/// The database failed.
pub async fn needed_from(conn: &mut Conn, account: AccountId) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar(
        "SELECT MIN(seq) FROM (\
         SELECT webhook_positions.position + 1 AS seq FROM webhook_positions \
         JOIN webhooks ON webhooks.id = webhook_positions.webhook_id AND webhooks.enabled = 1 \
         WHERE webhook_positions.account_id = $1 \
         UNION ALL SELECT webhook_deliveries.seq FROM webhook_deliveries \
         JOIN webhooks ON webhooks.id = webhook_deliveries.webhook_id AND webhooks.enabled = 1 \
         WHERE webhook_deliveries.account_id = $1 AND webhook_deliveries.status = 'waiting'\
         ) AS needed",
    )
    .bind(account.to_string())
    .fetch_one(conn)
    .await
}

/// The webhooks that have something to do: deliveries that are due, or ledgers
/// that go on behind their positions.
pub async fn due(conn: &mut Conn, now: Timestamp) -> sqlx::Result<Vec<WebhookId>> {
    let ids: Vec<String> = sqlx::query_scalar(
        "SELECT id FROM webhooks WHERE enabled = 1 AND not_before <= $1 AND (\
         EXISTS (SELECT 1 FROM webhook_deliveries WHERE webhook_id = webhooks.id \
         AND status = 'waiting' AND head = 1 AND next_attempt_at <= $1 AND claimed_until <= $1) \
         OR EXISTS (SELECT 1 FROM accounts LEFT JOIN webhook_positions \
         ON webhook_positions.account_id = accounts.id \
         AND webhook_positions.webhook_id = webhooks.id \
         WHERE accounts.user_id = webhooks.user_id \
         AND (webhooks.account_ids IS NULL OR webhooks.account_ids LIKE '%' || accounts.id || '%') \
         AND accounts.last_seq > COALESCE(webhook_positions.position, 0)))",
    )
    .bind(now.timestamp_millis())
    .fetch_all(conn)
    .await?;
    ids.into_iter()
        .map(|id| id.parse().map_err(unreadable))
        .collect()
}

/// Whether somebody is another account here that a webhook answers for.
pub async fn answers(conn: &mut Conn, account: AccountId, somebody: &Party) -> sqlx::Result<bool> {
    let found: Option<i32> = sqlx::query_scalar(
        "SELECT 1 FROM accounts JOIN webhooks ON webhooks.user_id = accounts.user_id \
         AND webhooks.enabled = 1 AND webhooks.replies = 1 AND (webhooks.account_ids IS NULL \
         OR webhooks.account_ids LIKE '%' || accounts.id || '%') AND (webhooks.events IS NULL \
         OR webhooks.events LIKE '%\"message:received\"%') \
         WHERE accounts.id <> $1 AND (accounts.phone_number = $2 OR accounts.lid = $3) LIMIT 1",
    )
    .bind(account.to_string())
    .bind(somebody.phone_number.as_deref())
    .bind(somebody.lid.as_deref())
    .fetch_optional(conn)
    .await?;
    Ok(found.is_some())
}
