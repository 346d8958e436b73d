use super::{
    model::{Counts, Lasting},
    uptime::Stretch,
};
use crate::platform::{clock::from_ms, db::Conn};
use sqlx::FromRow;
use whahook_contract::{
    Timestamp,
    activity::{ActivityKind, ActivityView, By, Origin},
    ids::AccountId,
    session::{Reason, Status},
};

fn unreadable(what: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(format!("an account's activity has an unknown {what}").into())
}

fn by(kind: Option<&str>, name: Option<String>) -> Option<By> {
    Some(By {
        kind: Origin::from_code(kind?)?,
        name,
    })
}

#[derive(FromRow)]
struct Row {
    seq: i64,
    kind: String,
    at: i64,
    ended_at: Option<i64>,
    status: Option<String>,
    reason: Option<String>,
    detail: Option<String>,
    label: Option<String>,
    by_kind: Option<String>,
    by_name: Option<String>,
}

impl Row {
    fn kind(&self) -> sqlx::Result<ActivityKind> {
        ActivityKind::from_code(&self.kind).ok_or_else(|| unreadable("kind"))
    }

    fn view(self) -> sqlx::Result<ActivityView> {
        let kind = self.kind()?;
        let lasts = matches!(kind, ActivityKind::Session | ActivityKind::Linked);
        Ok(ActivityView {
            id: self.seq,
            kind,
            at: from_ms(self.at),
            status: self.status.as_deref().and_then(Status::from_code),
            reason: self.reason.as_deref().and_then(Reason::from_code),
            detail: self.detail,
            label: self.label,
            lasted_s: self
                .ended_at
                .filter(|_| lasts)
                .map(|ended_at| (ended_at - self.at) / 1_000),
            by: by(self.by_kind.as_deref(), self.by_name),
        })
    }
}

/// What an account's next entry follows on.
pub struct Before {
    pub lasting: Option<Lasting>,
    pub linked: bool,
    pub last_activity_at: Option<Timestamp>,
}

pub async fn before(conn: &mut Conn, account: AccountId) -> sqlx::Result<Before> {
    let (linked, seen): (i32, Option<i64>) =
        sqlx::query_as("SELECT linked, last_activity_at FROM accounts WHERE id = $1")
            .bind(account.to_string())
            .fetch_one(&mut *conn)
            .await?;
    let row: Option<Row> = sqlx::query_as(
        "SELECT seq, kind, at, ended_at, status, reason, detail, label, by_kind, by_name \
         FROM activity WHERE account_id = $1 AND counts IS NOT NULL AND ended_at IS NULL",
    )
    .bind(account.to_string())
    .fetch_optional(conn)
    .await?;
    let lasting = row
        .map(|row| {
            Ok::<_, sqlx::Error>(Lasting {
                seq: row.seq,
                kind: row.kind()?,
                at: from_ms(row.at),
                status: row.status.as_deref().and_then(Status::from_code),
                reason: row.reason.as_deref().and_then(Reason::from_code),
                by: by(row.by_kind.as_deref(), row.by_name),
            })
        })
        .transpose()?;
    Ok(Before {
        lasting,
        linked: linked != 0,
        last_activity_at: seen.map(from_ms),
    })
}

pub async fn end(conn: &mut Conn, account: AccountId, seq: i64, at: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE activity SET ended_at = $3 WHERE account_id = $1 AND seq = $2")
        .bind(account.to_string())
        .bind(seq)
        .bind(at.timestamp_millis())
        .execute(conn)
        .await
        .map(drop)
}

pub async fn further(
    conn: &mut Conn,
    account: AccountId,
    seq: i64,
    status: Status,
) -> sqlx::Result<()> {
    sqlx::query("UPDATE activity SET status = $3 WHERE account_id = $1 AND seq = $2")
        .bind(account.to_string())
        .bind(seq)
        .bind(status.code())
        .execute(conn)
        .await
        .map(drop)
}

/// The server ends now, and with it what it knows of the sessions: this was the
/// last sign of life of those that are ready.
pub async fn last_seen(conn: &mut Conn, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE accounts SET last_activity_at = $1 WHERE status = 'ready'")
        .bind(now.timestamp_millis())
        .execute(conn)
        .await
        .map(drop)
}

/// An entry is kept as it is shown, with what its time counts as.
pub async fn begin(
    conn: &mut Conn,
    account: AccountId,
    entry: &ActivityView,
    counts: Option<Counts>,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO activity (account_id, seq, kind, at, counts, status, reason, detail, label, \
         by_kind, by_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(account.to_string())
    .bind(entry.id)
    .bind(entry.kind.code())
    .bind(entry.at.timestamp_millis())
    .bind(counts.map(Counts::code))
    .bind(entry.status.map(Status::code))
    .bind(entry.reason.map(Reason::code))
    .bind(entry.detail.as_deref())
    .bind(entry.label.as_deref())
    .bind(entry.by.as_ref().map(|by| by.kind.code()))
    .bind(entry.by.as_ref().and_then(|by| by.name.as_deref()))
    .execute(conn)
    .await
    .map(drop)
}

/// Newest first; before number `before`.
pub async fn list(
    conn: &mut Conn,
    account: AccountId,
    before: i64,
    limit: i64,
) -> sqlx::Result<Vec<ActivityView>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT seq, kind, at, ended_at, status, reason, detail, label, by_kind, by_name \
         FROM activity WHERE account_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3",
    )
    .bind(account.to_string())
    .bind(before)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Row::view).collect()
}

#[derive(FromRow)]
struct StretchRow {
    at: i64,
    ended_at: Option<i64>,
    counts: String,
    status: String,
    last_activity_at: Option<i64>,
}

/// Every stretch of time that reaches beyond `since`; the one that lasts, until
/// now. One that counts as ready lasts no longer than the session is known to
/// be: a server that has just started may not have said yet that it is not.
pub async fn stretches(
    conn: &mut Conn,
    account: AccountId,
    since: Timestamp,
    now: Timestamp,
) -> sqlx::Result<Vec<Stretch>> {
    let rows: Vec<StretchRow> = sqlx::query_as(
        "SELECT activity.at, activity.ended_at, activity.counts, accounts.status, \
         accounts.last_activity_at FROM activity \
         JOIN accounts ON accounts.id = activity.account_id \
         WHERE activity.account_id = $1 AND activity.counts IS NOT NULL \
         AND (activity.ended_at IS NULL OR activity.ended_at > $2) ORDER BY activity.at",
    )
    .bind(account.to_string())
    .bind(since.timestamp_millis())
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let counts = Counts::from_code(&row.counts).ok_or_else(|| unreadable("count"))?;
            let stale = counts == Counts::Ready && row.status != Status::Ready.code();
            let to = match row.ended_at {
                Some(ended_at) => from_ms(ended_at),
                None if stale => from_ms(row.last_activity_at.unwrap_or(row.at)).min(now),
                None => now,
            };
            Ok(Stretch {
                from: from_ms(row.at),
                to,
                counts,
            })
        })
        .collect()
}
