use super::model::Account;
use crate::{
    platform::{clock::from_ms, db::Conn},
    sessions,
};
use sqlx::FromRow;
use whahook_contract::{
    account::ReachOutTimelock,
    ids::{AccountId, UserId},
    session::{Reason, Status},
};

#[derive(FromRow)]
struct Row {
    id: String,
    user_id: String,
    label: String,
    status: String,
    reason: Option<String>,
    detail: Option<String>,
    since: i64,
    next_attempt_at: Option<i64>,
    phone_number: Option<String>,
    lid: Option<String>,
    push_name: Option<String>,
    created_at: i64,
    last_activity_at: Option<i64>,
    warning: Option<String>,
    warning_since: Option<i64>,
    warning_until: Option<i64>,
    queue_paused_at: Option<i64>,
    reach_out_since: Option<i64>,
    reach_out_until: Option<i64>,
}

fn unreadable(what: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(format!("an account has an unknown {what}").into())
}

impl TryFrom<Row> for Account {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.id.parse().map_err(|_| unreadable("id"))?,
            user_id: row.user_id.parse().map_err(|_| unreadable("user"))?,
            label: row.label,
            status: Status::from_code(&row.status).ok_or_else(|| unreadable("status"))?,
            reason: row
                .reason
                .map(|code| Reason::from_code(&code).ok_or_else(|| unreadable("reason")))
                .transpose()?,
            detail: row.detail,
            since: from_ms(row.since),
            next_attempt_at: row.next_attempt_at.map(from_ms),
            phone_number: row.phone_number,
            lid: row.lid,
            push_name: row.push_name,
            created_at: from_ms(row.created_at),
            last_activity_at: row.last_activity_at.map(from_ms),
            warning: sessions::warning(
                row.warning.as_deref(),
                row.warning_since,
                row.warning_until,
            ),
            queue_paused_at: row.queue_paused_at.map(from_ms),
            reach_out_timelock: row.reach_out_since.zip(row.reach_out_until).map(
                |(since, until)| ReachOutTimelock {
                    since: from_ms(since),
                    until: from_ms(until),
                },
            ),
        })
    }
}

pub async fn insert(conn: &mut Conn, account: &Account) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO accounts (id, user_id, label, status, reason, since, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(account.id.to_string())
    .bind(account.user_id.to_string())
    .bind(account.label.as_str())
    .bind(account.status.code())
    .bind(account.reason.map(Reason::code))
    .bind(account.since.timestamp_millis())
    .bind(account.created_at.timestamp_millis())
    .execute(conn)
    .await
    .map(drop)
}

pub async fn find(conn: &mut Conn, owner: UserId, id: AccountId) -> sqlx::Result<Option<Account>> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, user_id, label, status, reason, detail, since, next_attempt_at, \
         phone_number, lid, push_name, created_at, last_activity_at, warning, warning_since, \
         warning_until, queue_paused_at, reach_out_since, reach_out_until \
         FROM accounts WHERE user_id = $1 AND id = $2",
    )
    .bind(owner.to_string())
    .bind(id.to_string())
    .fetch_optional(conn)
    .await?;
    row.map(Account::try_from).transpose()
}

pub async fn owner(conn: &mut Conn, id: AccountId) -> sqlx::Result<Option<UserId>> {
    let user: Option<String> = sqlx::query_scalar("SELECT user_id FROM accounts WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(conn)
        .await?;
    user.map(|user| user.parse().map_err(|_| unreadable("user")))
        .transpose()
}

/// Oldest first; those after `after`, and of `only` where that is given.
pub async fn list(
    conn: &mut Conn,
    owner: UserId,
    only: Option<&[AccountId]>,
    after: Option<AccountId>,
    limit: i64,
) -> sqlx::Result<Vec<Account>> {
    // The ids of `only` go in as one text: an id stands in it or does not.
    let only = only.map(|ids| {
        ids.iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(",")
    });
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, user_id, label, status, reason, detail, since, next_attempt_at, \
         phone_number, lid, push_name, created_at, last_activity_at, warning, warning_since, \
         warning_until, queue_paused_at, reach_out_since, reach_out_until \
         FROM accounts WHERE user_id = $1 AND id > $2 \
         AND (CAST($3 AS TEXT) IS NULL OR $3 LIKE '%' || id || '%') ORDER BY id LIMIT $4",
    )
    .bind(owner.to_string())
    .bind(after.map(|id| id.to_string()).unwrap_or_default())
    .bind(only)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Account::try_from).collect()
}

pub async fn rename(conn: &mut Conn, id: AccountId, label: &str) -> sqlx::Result<()> {
    sqlx::query("UPDATE accounts SET label = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(label)
        .execute(conn)
        .await
        .map(drop)
}

pub async fn delete(conn: &mut Conn, id: AccountId) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM accounts WHERE id = $1")
        .bind(id.to_string())
        .execute(conn)
        .await
        .map(drop)
}
