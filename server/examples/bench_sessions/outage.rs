//! The two bad days: the server is killed, and WhatsApp goes away.

use crate::{
    Plan,
    bench::{measure, server::Server, simulator::Simulator},
    results::{Outage, Restore},
};
use anyhow::Result;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(180);

/// `kill -9`, and everything that was ready is ready again.
pub async fn restore(
    server: &mut Server,
    simulator: &Simulator,
    sessions: usize,
    plan: &Plan,
) -> Result<Restore> {
    let killed = server.kill_and_start().await?;
    until_logged_in(simulator, sessions).await?;
    let ready = server.until_ready(sessions, PATIENCE).await?;
    let stats = simulator.stats_since(killed).await?;
    server.reopen_pages().await?;
    Ok(Restore {
        sessions,
        all_ready_s: (ready - killed).as_secs_f64(),
        handshakes_in_busiest_second: stats.handshakes_in_busiest_second,
        cost: measure::idle(server.program().pid(), plan.idle).await?,
    })
}

pub async fn until_logged_in(simulator: &Simulator, sessions: usize) -> Result<Instant> {
    let all = |clients| clients == sessions as u64;
    simulator
        .until("not all are logged in again", PATIENCE, |stats| {
            all(stats.clients)
        })
        .await
}

/// WhatsApp closes every connection and refuses logins for a while.
pub async fn outage(
    server: &Server,
    simulator: &Simulator,
    sessions: usize,
    plan: &Plan,
) -> Result<Outage> {
    let before = simulator.stats_since(Instant::now()).await?;
    let begin = Instant::now();
    simulator.unavailable(plan.outage).await?;
    let end = begin + plan.outage;
    tokio::time::sleep_until(end.into()).await;
    let meanwhile = simulator.stats_since(begin).await?.handshakes - before.handshakes;
    until_logged_in(simulator, sessions).await?;
    let ready = server.until_ready(sessions, PATIENCE).await?;
    let stats = simulator.stats_since(begin).await?;
    Ok(Outage {
        sessions,
        lasted_s: plan.outage.as_secs_f64(),
        handshakes_meanwhile: meanwhile,
        handshakes_in_busiest_second: stats.handshakes_in_busiest_second,
        all_ready_s: (ready - end).as_secs_f64(),
    })
}
