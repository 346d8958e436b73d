use super::state::State;
use crate::platform::{clock::from_ms, db::Conn};
use sqlx::FromRow;
use whahook_contract::{
    Timestamp,
    ids::{AccountId, SessionId, UserId},
    session::{Reason, SessionView, Status, Warning, WarningCode},
};
use whahook_whatsapp::port::{Identity, Person};

#[derive(FromRow)]
struct Row {
    id: String,
    user_id: String,
    status: String,
    reason: Option<String>,
    detail: Option<String>,
    since: i64,
    next_attempt_at: Option<i64>,
    linked: i32,
    phone_number: Option<String>,
    lid: Option<String>,
    warning: Option<String>,
    warning_since: Option<i64>,
    warning_until: Option<i64>,
    phone_seen_at: Option<i64>,
}

/// What the database knows of a session.
#[derive(Debug, Clone)]
pub struct Stored {
    pub view: SessionView,
    pub linked: bool,
    pub phone_seen_at: Option<Timestamp>,
}

/// What is known of the linked phone, besides whose it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Phone {
    pub seen_at: Option<Timestamp>,
    pub warning: Option<Warning>,
}

fn unreadable(what: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("an account has an unknown {what}").into())
}

/// The warning that an account's row holds, if it holds one.
#[must_use]
pub fn warning(code: Option<&str>, since: Option<i64>, until: Option<i64>) -> Option<Warning> {
    Some(Warning {
        code: WarningCode::from_code(code?)?,
        since: from_ms(since?),
        until: from_ms(until?),
    })
}

impl TryFrom<Row> for Stored {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        let account: AccountId = row.id.parse().map_err(|_| unreadable("id"))?;
        let user = row.user_id.parse().map_err(|_| unreadable("user"))?;
        Ok(Self {
            view: SessionView {
                session_id: SessionId::new(user, account),
                account_id: account,
                status: Status::from_code(&row.status).ok_or_else(|| unreadable("status"))?,
                reason: row.reason.as_deref().and_then(Reason::from_code),
                detail: row.detail,
                phone_number: row.phone_number,
                lid: row.lid,
                since: from_ms(row.since),
                next_attempt_at: row.next_attempt_at.map(from_ms),
                qr_expires_at: None,
                warning: warning(row.warning.as_deref(), row.warning_since, row.warning_until),
            },
            linked: row.linked != 0,
            phone_seen_at: row.phone_seen_at.map(from_ms),
        })
    }
}

pub async fn find(conn: &mut Conn, account: AccountId) -> sqlx::Result<Option<Stored>> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, user_id, status, reason, detail, since, next_attempt_at, linked, phone_number, \
         lid, warning, warning_since, warning_until, phone_seen_at FROM accounts WHERE id = $1",
    )
    .bind(account.to_string())
    .fetch_optional(conn)
    .await?;
    row.map(Stored::try_from).transpose()
}

/// Whether an account is shown as online whenever it is connected.
pub async fn is_shown_online(conn: &mut Conn, account: AccountId) -> sqlx::Result<bool> {
    let shown: Option<i32> =
        sqlx::query_scalar("SELECT 1 FROM accounts WHERE id = $1 AND shown_online = 1")
            .bind(account.to_string())
            .fetch_optional(conn)
            .await?;
    Ok(shown.is_some())
}

pub async fn set_shown_online(
    conn: &mut Conn,
    account: AccountId,
    online: bool,
) -> sqlx::Result<()> {
    sqlx::query("UPDATE accounts SET shown_online = $2 WHERE id = $1")
        .bind(account.to_string())
        .bind(i32::from(online))
        .execute(conn)
        .await
        .map(drop)
}

/// Every session that is linked or in the middle of something, the recently
/// active first.
pub async fn unfinished(conn: &mut Conn) -> sqlx::Result<Vec<Stored>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, user_id, status, reason, detail, since, next_attempt_at, linked, phone_number, \
         lid, warning, warning_since, warning_until, phone_seen_at FROM accounts WHERE linked = 1 \
         OR status IN ('initializing', 'qr', 'connecting', 'reconnecting', 'ready') \
         ORDER BY COALESCE(last_activity_at, 0) DESC",
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Stored::try_from).collect()
}

/// A server has just started: whatever an earlier one was connected to, this
/// one is not yet. The event follows from each session as it comes back.
pub async fn none_is_connected(conn: &mut Conn, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE accounts SET status = 'connecting', reason = 'server_restart', detail = NULL, \
         since = $1, next_attempt_at = NULL \
         WHERE linked = 1 AND status IN ('ready', 'connecting', 'reconnecting')",
    )
    .bind(now.timestamp_millis())
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn set_state(
    conn: &mut Conn,
    account: AccountId,
    state: &State,
    since: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE accounts SET status = $2, reason = $3, detail = $4, since = $5, \
         next_attempt_at = $6 WHERE id = $1",
    )
    .bind(account.to_string())
    .bind(state.status().code())
    .bind(state.reason().map(Reason::code))
    .bind(state.detail())
    .bind(since.timestamp_millis())
    .bind(state.next_attempt_at().map(|at| at.timestamp_millis()))
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether there is a device, and whose; what is not known stays as it was.
pub async fn set_device(
    conn: &mut Conn,
    account: AccountId,
    linked: bool,
    identity: &Identity,
    phone: &Phone,
) -> sqlx::Result<()> {
    let warning = phone.warning;
    sqlx::query(
        "UPDATE accounts SET linked = $2, phone_number = COALESCE($3, phone_number), \
         lid = COALESCE($4, lid), push_name = COALESCE($5, push_name), phone_seen_at = $6, \
         warning = $7, warning_since = $8, warning_until = $9 WHERE id = $1",
    )
    .bind(account.to_string())
    .bind(i32::from(linked))
    .bind(&identity.person.phone_number)
    .bind(&identity.person.lid)
    .bind(&identity.push_name)
    .bind(phone.seen_at.map(|at| at.timestamp_millis()))
    .bind(warning.map(|warning| warning.code.code()))
    .bind(warning.map(|warning| warning.since.timestamp_millis()))
    .bind(warning.map(|warning| warning.until.timestamp_millis()))
    .execute(conn)
    .await?;
    Ok(())
}

/// Give the account its number, unless another account of the same user is
/// linked to it: then that one's label, and nothing is changed. Other users'
/// accounts are none of this user's business. The caller holds the user's lock.
pub async fn claim_number(
    conn: &mut Conn,
    session: SessionId,
    person: &Person,
) -> sqlx::Result<Option<String>> {
    let holder: Option<String> = sqlx::query_scalar(
        "SELECT label FROM accounts WHERE user_id = $1 AND id <> $2 AND linked = 1 \
         AND (phone_number = $3 OR lid = $4) LIMIT 1",
    )
    .bind(session.user.to_string())
    .bind(session.account.to_string())
    .bind(&person.phone_number)
    .bind(&person.lid)
    .fetch_optional(&mut *conn)
    .await?;
    if holder.is_none() {
        sqlx::query(
            "UPDATE accounts SET linked = 1, phone_number = COALESCE($2, phone_number), \
             lid = COALESCE($3, lid) WHERE id = $1",
        )
        .bind(session.account.to_string())
        .bind(&person.phone_number)
        .bind(&person.lid)
        .execute(conn)
        .await?;
    }
    Ok(holder)
}

/// How many accounts [`counted`] would name.
pub async fn count(conn: &mut Conn, user: Option<UserId>) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "SELECT COUNT(*) FROM accounts WHERE (CAST($1 AS TEXT) IS NULL OR user_id = $1) \
         AND (linked = 1 OR status IN ('initializing', 'qr', 'connecting', 'reconnecting', 'ready'))",
    )
    .bind(user.map(|user| user.to_string()))
    .fetch_one(conn)
    .await
}

/// The accounts whose sessions count for a limit: those that are linked and
/// those that are being linked; of one user or of all.
pub async fn counted(conn: &mut Conn, user: Option<UserId>) -> sqlx::Result<Vec<AccountId>> {
    let ids: Vec<String> = sqlx::query_scalar(
        "SELECT id FROM accounts WHERE (CAST($1 AS TEXT) IS NULL OR user_id = $1) \
         AND (linked = 1 OR status IN ('initializing', 'qr', 'connecting', 'reconnecting', 'ready'))",
    )
    .bind(user.map(|user| user.to_string()))
    .fetch_all(conn)
    .await?;
    Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
}

pub async fn set_activity(conn: &mut Conn, account: AccountId, at: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE accounts SET last_activity_at = $2 WHERE id = $1")
        .bind(account.to_string())
        .bind(at.timestamp_millis())
        .execute(conn)
        .await?;
    Ok(())
}
