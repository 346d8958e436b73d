use crate::{
    outbox::store::unreadable,
    platform::{
        clock::from_ms,
        db::{Conn, few_sizes, numbered},
    },
};
use sqlx::AssertSqlSafe;
use whahook_contract::{
    Timestamp,
    ids::MessageId,
    message::{MessageStatus, TimelineEntry},
};

pub async fn timeline(conn: &mut Conn, id: MessageId) -> sqlx::Result<Vec<TimelineEntry>> {
    let rows: Vec<(String, i64, Option<String>)> = sqlx::query_as(
        "SELECT status, at, detail FROM outbox_timeline WHERE message_id = $1 ORDER BY n",
    )
    .bind(id.to_string())
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(status, at, detail)| {
            Ok(TimelineEntry {
                status: MessageStatus::from_code(&status).ok_or_else(|| unreadable("status"))?,
                at: from_ms(at),
                detail,
            })
        })
        .collect()
}

/// A step of a message, for its timeline.
pub struct Step<'a> {
    pub id: MessageId,
    /// The number of its event.
    pub seq: i64,
    pub status: MessageStatus,
    pub at: Timestamp,
    pub detail: Option<&'a str>,
}

/// Between the numbers of two steps there is room for what has no event.
const STEP: i64 = 1_024;

/// Write steps into the timelines of their messages.
pub async fn add_steps(conn: &mut Conn, steps: &[Step<'_>]) -> sqlx::Result<()> {
    for steps in few_sizes(steps) {
        let rows = numbered(1, 5, steps.len());
        // Nothing but places was put into it.
        let mut query = sqlx::query(AssertSqlSafe(format!(
            "INSERT INTO outbox_timeline (message_id, n, status, at, detail) VALUES {rows}"
        )));
        for step in steps {
            query = query
                .bind(step.id.to_string())
                .bind(step.seq * STEP)
                .bind(step.status.code())
                .bind(step.at.timestamp_millis())
                .bind(step.detail);
        }
        query.execute(&mut *conn).await?;
    }
    Ok(())
}
