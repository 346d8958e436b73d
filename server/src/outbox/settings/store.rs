use super::Settings;
use crate::platform::{clock::from_ms, db::Conn};
use sqlx::FromRow;
use whahook_contract::{Timestamp, account::ReachOutTimelock, ids::AccountId};

#[derive(FromRow)]
struct Row {
    phone_number: Option<String>,
    queue_paused_at: Option<i64>,
    reach_out_since: Option<i64>,
    reach_out_until: Option<i64>,
    limits_enabled: Option<i32>,
    limit_session_per_minute: Option<i64>,
    limit_destination_per_hour: Option<i64>,
    limit_destination_per_day: Option<i64>,
    human_pacing: Option<i32>,
    duplicate_window_s: Option<i64>,
}

/// What an account's row says of how it sends.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    pub phone_number: Option<String>,
    pub paused_at: Option<Timestamp>,
    /// As it was written down; it may be over.
    pub timelock: Option<ReachOutTimelock>,
    pub settings: Settings,
}

impl Standing {
    /// WhatsApp's lock, unless it is over.
    pub fn locked(&self, now: Timestamp) -> Option<ReachOutTimelock> {
        self.timelock.filter(|lock| lock.until > now)
    }
}

impl From<Row> for Standing {
    fn from(row: Row) -> Self {
        let number = |value: Option<i64>| value.and_then(|value| u32::try_from(value).ok());
        let flag = |value: Option<i32>| value.map(|value| value != 0);
        Self {
            phone_number: row.phone_number,
            paused_at: row.queue_paused_at.map(from_ms),
            timelock: row
                .reach_out_since
                .zip(row.reach_out_until)
                .map(|(since, until)| ReachOutTimelock {
                    since: from_ms(since),
                    until: from_ms(until),
                }),
            settings: Settings {
                limits_enabled: flag(row.limits_enabled),
                session_per_minute: number(row.limit_session_per_minute),
                destination_per_hour: number(row.limit_destination_per_hour),
                destination_per_day: number(row.limit_destination_per_day),
                human_pacing: flag(row.human_pacing),
                duplicate_window_s: number(row.duplicate_window_s),
            },
        }
    }
}

/// How an account sends now; nothing special where there is none.
pub async fn standing(conn: &mut Conn, account: AccountId) -> sqlx::Result<Standing> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT phone_number, queue_paused_at, reach_out_since, reach_out_until, limits_enabled, \
         limit_session_per_minute, limit_destination_per_hour, limit_destination_per_day, \
         human_pacing, duplicate_window_s FROM accounts WHERE id = $1",
    )
    .bind(account.to_string())
    .fetch_optional(conn)
    .await?;
    Ok(row.map_or_else(Standing::default, Standing::from))
}

pub async fn set(conn: &mut Conn, account: AccountId, settings: &Settings) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE accounts SET limits_enabled = $2, limit_session_per_minute = $3, \
         limit_destination_per_hour = $4, limit_destination_per_day = $5, human_pacing = $6, \
         duplicate_window_s = $7 WHERE id = $1",
    )
    .bind(account.to_string())
    .bind(settings.limits_enabled.map(i32::from))
    .bind(settings.session_per_minute.map(i64::from))
    .bind(settings.destination_per_hour.map(i64::from))
    .bind(settings.destination_per_day.map(i64::from))
    .bind(settings.human_pacing.map(i32::from))
    .bind(settings.duplicate_window_s.map(i64::from))
    .execute(conn)
    .await
    .map(drop)
}

/// Look again at what waits for a limit: it may have changed.
pub async fn reconsider(conn: &mut Conn, account: AccountId, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE outbox SET not_before = $2, waits_until = NULL, waits_for = NULL \
         WHERE account_id = $1 AND status = 'queued' AND head = 1 \
         AND waits_for IN ('session_limit', 'user_limit', 'destination_limit')",
    )
    .bind(account.to_string())
    .bind(now.timestamp_millis())
    .execute(conn)
    .await
    .map(drop)
}

/// Keep an account's messages back since an instant; with `None` no longer.
pub async fn set_paused(
    conn: &mut Conn,
    account: AccountId,
    since: Option<Timestamp>,
) -> sqlx::Result<()> {
    sqlx::query("UPDATE accounts SET queue_paused_at = $2 WHERE id = $1")
        .bind(account.to_string())
        .bind(since.map(|at| at.timestamp_millis()))
        .execute(conn)
        .await
        .map(drop)
}
