//! Rows that are in the outbox already, written by SQL as a year of sending
//! would have left them.

use crate::{bench::server::Server, results::RowsKind};
use anyhow::Result;
use sqlx::AssertSqlSafe;
use std::fmt::Write;
use whahook::platform::{
    clock::Clock,
    db::{Db, Kind},
};

const AT_ONCE: usize = 500;
/// In one transaction: the server writes too.
const STATEMENTS: usize = 10;
/// Messages that wait in one chat.
const A_CHAT: usize = 100;
const DAY_MS: i64 = 86_400_000;

/// Writes the rows from one number to another, all of the first session's
/// account, to chats that nobody writes to otherwise.
pub async fn fill(db: &Db, server: &Server, kind: RowsKind, from: usize, to: usize) -> Result<()> {
    let account = server.account(0);
    let user: String = sqlx::query_scalar("SELECT user_id FROM accounts WHERE id = $1")
        .bind(account)
        .fetch_one(&mut *db.read().await?)
        .await?;
    let now = Clock::system().now_ms();
    for start in (from..to).step_by(AT_ONCE * STATEMENTS) {
        let mut tx = db.begin().await?;
        let end = (start + AT_ONCE * STATEMENTS).min(to);
        for first in (start..end).step_by(AT_ONCE) {
            let rows = first..(first + AT_ONCE).min(end);
            let mut messages = String::new();
            let mut timeline = String::new();
            for n in rows {
                let comma = if messages.is_empty() { "" } else { "," };
                let (chat, place) = (n / A_CHAT, n % A_CHAT);
                let at = now - DAY_MS;
                // The first of each waiting chat waits for its limit, and the rest
                // behind it.
                let (status, head, not_before) = match kind {
                    RowsKind::Sent => ("read", 1, at),
                    RowsKind::Waiting if place == 0 => ("queued", 1, now + DAY_MS),
                    RowsKind::Waiting => ("queued", 0, at),
                };
                // Before all that the ledger numbers.
                let position = -1 - i64::try_from(n)?;
                write!(
                    messages,
                    "{comma}('01900000-0000-7000-8000-{n:012x}','{account}','{user}','OLD{n:018X}',\
                     {position},{head},'9{chat:011}@s.whatsapp.net','+9{chat:011}',\
                     '{{\"type\":\"text\",\"text\":\"Old {n}\"}}','{status}',1,{not_before},{at})"
                )?;
                write!(
                    timeline,
                    "{comma}('01900000-0000-7000-8000-{n:012x}',1,'queued',{at})"
                )?;
            }
            let messages = format!(
                "INSERT INTO outbox (id, account_id, user_id, whatsapp_message_id, position, head, \
                 chat, phone_number, content, status, attempts, not_before, queued_at) \
                 VALUES {messages}"
            );
            let timeline = format!(
                "INSERT INTO outbox_timeline (message_id, n, status, at) VALUES {timeline}"
            );
            for statement in [messages, timeline] {
                sqlx::query(AssertSqlSafe(statement))
                    .persistent(false)
                    .execute(&mut *tx)
                    .await?;
            }
        }
        tx.commit().await?;
    }
    if db.kind() == Kind::Postgres {
        // As autovacuum would have done long ago.
        let mut conn = db.read().await?;
        sqlx::query("ANALYZE").execute(&mut *conn).await?;
    }
    Ok(())
}
