use super::model::{Incident, Kind, Owner, Patience, Told, What};
use crate::platform::{clock::from_ms, db::Conn};
use sqlx::FromRow;
use whahook_contract::{
    Timestamp,
    activity::ActivityView,
    ids::AccountId,
    session::{Reason, Status},
    settings::Language,
};

fn unreadable(what: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(format!("an incident has an unknown {what}").into())
}

/// The kind of the account's incident that lasts.
pub async fn lasting(conn: &mut Conn, account: AccountId) -> sqlx::Result<Option<Kind>> {
    let kind: Option<String> =
        sqlx::query_scalar("SELECT kind FROM incidents WHERE account_id = $1 AND ended_at IS NULL")
            .bind(account.to_string())
            .fetch_optional(conn)
            .await?;
    kind.map(|code| Kind::from_code(&code).ok_or_else(|| unreadable("kind")))
        .transpose()
}

/// Ids are made of the account and the event that began it: nothing else has
/// to be carried here.
pub async fn begin(
    conn: &mut Conn,
    account: AccountId,
    kind: Kind,
    entry: &ActivityView,
    now: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO incidents (id, account_id, kind, reason, began_at, noticed_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(format!("{account}.{}", entry.id))
    .bind(account.to_string())
    .bind(kind.code())
    .bind(entry.reason.map(Reason::code))
    .bind(entry.at.timestamp_millis())
    .bind(now.timestamp_millis())
    .execute(conn)
    .await
    .map(drop)
}

pub async fn end(conn: &mut Conn, account: AccountId, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE incidents SET ended_at = $2, attempts = 0, next_attempt_at = 0 \
         WHERE account_id = $1 AND ended_at IS NULL",
    )
    .bind(account.to_string())
    .bind(now.timestamp_millis())
    .execute(conn)
    .await
    .map(drop)
}

/// It is over, and nobody needs to be told.
pub async fn forget(conn: &mut Conn, account: AccountId, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE incidents SET ended_at = COALESCE(ended_at, $2), told = 'all' \
         WHERE account_id = $1 AND told <> 'all'",
    )
    .bind(account.to_string())
    .bind(now.timestamp_millis())
    .execute(conn)
    .await
    .map(drop)
}

/// An incident of which people have heard, and of whose end they have not, goes
/// on: a connection that holds for a moment only is none. Whether there is one.
pub async fn goes_on(conn: &mut Conn, account: AccountId) -> sqlx::Result<bool> {
    let gone_on = sqlx::query(
        "UPDATE incidents SET ended_at = NULL \
         WHERE account_id = $1 AND told = 'loss' AND handing IS NULL AND ended_at IS NOT NULL",
    )
    .bind(account.to_string())
    .execute(conn)
    .await?;
    Ok(gone_on.rows_affected() > 0)
}

/// What [`claim`] takes and [`is_any_due`] looks for, as of `$1`: incidents whose
/// loss began before `$2`, or whose end has held since `$3`.
macro_rules! due {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " FROM incidents WHERE told <> 'all' AND next_attempt_at <= $1 \
             AND claimed_until <= $1 AND ((ended_at IS NULL AND told = 'nothing' \
             AND (kind = 'unlinked' OR noticed_at <= $2)) OR ended_at <= $3) ",
            $after
        )
    };
}

/// Take the incident that has waited longest for a mail, so that nobody else
/// does until `until`: its id.
pub async fn claim(
    conn: &mut Conn,
    patience: &Patience,
    until: Timestamp,
) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar(due!(
        "UPDATE incidents SET claimed_until = $4, attempts = attempts + 1 WHERE id = (SELECT id",
        "ORDER BY next_attempt_at, noticed_at, id LIMIT 1) AND claimed_until <= $1 RETURNING id"
    ))
    .bind(patience.now.timestamp_millis())
    .bind(patience.lost_before.timestamp_millis())
    .bind(patience.back_before.timestamp_millis())
    .bind(until.timestamp_millis())
    .fetch_optional(conn)
    .await
}

/// Whether [`claim`] would find one; does not write.
pub async fn is_any_due(conn: &mut Conn, patience: &Patience) -> sqlx::Result<bool> {
    let found: Option<i32> = sqlx::query_scalar(due!("SELECT 1", "LIMIT 1"))
        .bind(patience.now.timestamp_millis())
        .bind(patience.lost_before.timestamp_millis())
        .bind(patience.back_before.timestamp_millis())
        .fetch_optional(conn)
        .await?;
    Ok(found.is_some())
}

#[derive(FromRow)]
struct Row {
    id: String,
    account_id: String,
    kind: String,
    reason: Option<String>,
    began_at: i64,
    noticed_at: i64,
    ended_at: Option<i64>,
    told: String,
    handing: Option<String>,
    attempts: i64,
    label: String,
    phone_number: Option<String>,
    status: String,
    status_reason: Option<String>,
    retry_at: Option<i64>,
    name: String,
    email: String,
    email_alerts: i32,
    language: Option<String>,
}

impl TryFrom<Row> for Incident {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.id,
            account: row.account_id.parse().map_err(|_| unreadable("account"))?,
            kind: Kind::from_code(&row.kind).ok_or_else(|| unreadable("kind"))?,
            reason: row.reason.as_deref().and_then(Reason::from_code),
            began_at: from_ms(row.began_at),
            noticed_at: from_ms(row.noticed_at),
            ended_at: row.ended_at.map(from_ms),
            told: Told::from_code(&row.told).ok_or_else(|| unreadable("state"))?,
            handing: row.handing.as_deref().and_then(What::from_code),
            attempts: row.attempts,
            label: row.label,
            phone_number: row.phone_number,
            status: Status::from_code(&row.status).ok_or_else(|| unreadable("status"))?,
            status_reason: row.status_reason.as_deref().and_then(Reason::from_code),
            next_attempt_at: row.retry_at.map(from_ms),
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
        })
    }
}

pub async fn find(conn: &mut Conn, id: &str) -> sqlx::Result<Option<Incident>> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT incidents.id, incidents.account_id, incidents.kind, incidents.reason, \
         incidents.began_at, incidents.noticed_at, incidents.ended_at, incidents.told, \
         incidents.handing, incidents.attempts, accounts.label, accounts.phone_number, \
         accounts.status, accounts.reason AS status_reason, accounts.next_attempt_at AS retry_at, \
         users.name, users.email, users.email_alerts, users.language \
         FROM incidents JOIN accounts ON accounts.id = incidents.account_id \
         JOIN users ON users.id = accounts.user_id WHERE incidents.id = $1",
    )
    .bind(id)
    .fetch_optional(conn)
    .await?;
    row.map(Incident::try_from).transpose()
}

/// The mail is on its way to the mail server from here on. `false`: meanwhile
/// there is something else to tell, or nothing.
pub async fn hand_over(conn: &mut Conn, id: &str, what: What) -> sqlx::Result<bool> {
    let marked = sqlx::query(
        "UPDATE incidents SET handing = $2 WHERE id = $1 AND told <> 'all' \
         AND (ended_at IS NOT NULL) = ($2 = 'return')",
    )
    .bind(id)
    .bind(what.code())
    .execute(conn)
    .await?;
    Ok(marked.rows_affected() > 0)
}

/// So much has been told; nobody claims it until there is more.
pub async fn told(conn: &mut Conn, id: &str, told: Told) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE incidents SET told = $2, handing = NULL, attempts = 0, next_attempt_at = 0, \
         claimed_until = 0 WHERE id = $1",
    )
    .bind(id)
    .bind(told.code())
    .execute(conn)
    .await
    .map(drop)
}

/// It was not told; again at that time.
pub async fn again(conn: &mut Conn, id: &str, at: Timestamp) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE incidents SET handing = NULL, next_attempt_at = $2, claimed_until = 0 \
         WHERE id = $1",
    )
    .bind(id)
    .bind(at.timestamp_millis())
    .execute(conn)
    .await
    .map(drop)
}
