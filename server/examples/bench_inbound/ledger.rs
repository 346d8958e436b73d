//! As many messages as can be written: how fast they are in the database.

use crate::{
    bench::{load::as_fast_as_answered, stage::Stage, subject::Subject},
    phones,
    results::{Came, Ledger},
};
use anyhow::{Result, bail, ensure};
use std::time::{Duration, Instant};
use tokio::time::sleep;
use whahook::platform::db::Db;

const CONNECTIONS: usize = 32;
const POLL: Duration = Duration::from_millis(25);
const PATIENCE: Duration = Duration::from_secs(300);

/// Messages that came in so far.
pub async fn count(db: &Db) -> Result<usize> {
    let mut conn = db.read().await?;
    let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM chat_messages")
        .fetch_one(&mut *conn)
        .await?;
    Ok(usize::try_from(count)?)
}

/// Waits until so many are there.
pub async fn until(db: &Db, enough: usize) -> Result<Instant> {
    let begun = Instant::now();
    loop {
        let there = count(db).await?;
        let now = Instant::now();
        if there >= enough {
            ensure!(there == enough, "{there} messages instead of {enough}");
            return Ok(now);
        }
        ensure!(now - begun < PATIENCE, "{there} messages of {enough}");
        sleep(POLL).await;
    }
}

/// They are written while the sessions are connected.
pub async fn live(stage: &Stage, db: &Db, sessions: usize, messages: usize) -> Result<Ledger> {
    let before = count(db).await?;
    let requests = phones::messages(sessions, messages, "Live");
    let cpu = stage.cpu()?;
    let url = stage.simulator.url();
    let (written, done) = tokio::try_join!(
        as_fast_as_answered(url, CONNECTIONS, requests),
        until(db, before + messages),
    )?;
    let after = stage.cpu()?;
    let per_1000 = 1_000.0 / messages as f64;
    Ok(Ledger {
        came: Came::Live,
        messages,
        written_per_second: Some(messages as f64 / written.took.as_secs_f64()),
        per_second: messages as f64 / (done - written.begun).as_secs_f64(),
        cpu_s_per_1000: (after[0] - cpu[0]) * per_1000,
        simulator_cpu_s_per_1000: (after[1] - cpu[1]) * per_1000,
    })
}

/// They were written while the server was away; from the first that it writes down
/// to the last.
pub async fn waiting(
    stage: &mut Stage,
    db: &Db,
    sessions: usize,
    messages: usize,
) -> Result<Ledger> {
    let Subject::Server(server) = &mut stage.subject else {
        bail!("the library has no ledger");
    };
    let before = count(db).await?;
    server.kill().await?;
    let requests = phones::messages(sessions, messages, "Waiting");
    as_fast_as_answered(stage.simulator.url(), CONNECTIONS, requests).await?;
    server.start_again().await?;
    let begun = Instant::now();
    let (first, there) = loop {
        let there = count(db).await?;
        if there > before {
            break (Instant::now(), there);
        }
        ensure!(begun.elapsed() < PATIENCE, "nothing comes in");
        sleep(POLL).await;
    };
    let cpu = stage.cpu()?;
    let done = until(db, before + messages).await?;
    let after = stage.cpu()?;
    let rest = before + messages - there;
    ensure!(rest > 0, "all came at once: too few messages to measure");
    let per_1000 = 1_000.0 / rest as f64;
    Ok(Ledger {
        came: Came::AfterAnAbsence,
        messages,
        written_per_second: None,
        per_second: rest as f64 / (done - first).as_secs_f64(),
        cpu_s_per_1000: (after[0] - cpu[0]) * per_1000,
        simulator_cpu_s_per_1000: (after[1] - cpu[1]) * per_1000,
    })
}
