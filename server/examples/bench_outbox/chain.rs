//! Messages through the whole chain, as fast as they go: from the first request
//! to WhatsApp's last acknowledgement.

use crate::{
    accept::CHATS,
    bench::{
        load::as_fast_as_answered,
        measure::{self, Watch},
        stage::Stage,
        subject::Subject,
    },
    load,
    results::Chain,
};
use anyhow::{Result, ensure};
use std::time::{Duration, Instant};

const CONNECTIONS: usize = 32;
const PATIENCE: Duration = Duration::from_secs(300);

/// Every session writes to every chat once: keys are fetched, and what follows
/// goes over sessions that exist, as in an account that is in use.
pub async fn warm_up(stage: &Stage, sessions: usize) -> Result<()> {
    run(stage, sessions, sessions * CHATS).await.map(drop)
}

pub async fn chain(stage: &Stage, sessions: usize, messages: usize) -> Result<Chain> {
    let rss_before_mb = measure::rss_mb(stage.pid())?;
    let watch = Watch::begin(stage.pid())?;
    let before = stage.cpu()?;
    let took = run(stage, sessions, messages).await?;
    let after = stage.cpu()?;
    let rss_mb = watch.end().await?.rss_mb;
    let per_1000 = 1_000.0 / messages as f64;
    Ok(Chain {
        sessions,
        messages,
        per_second: messages as f64 / took.as_secs_f64(),
        cpu_s_per_1000: (after[0] - before[0]) * per_1000,
        simulator_cpu_s_per_1000: (after[1] - before[1]) * per_1000,
        rss_before_mb,
        rss_mb,
    })
}

async fn run(stage: &Stage, sessions: usize, messages: usize) -> Result<Duration> {
    let before = stage.simulator.stats_since(Instant::now()).await?;
    let everything = before.messages_acknowledged + messages as u64;
    // Made beforehand: only sending them is measured.
    let begun = match &stage.subject {
        Subject::Server(server) => {
            let requests = load::requests(server, sessions, CHATS, messages, "Chain");
            let begun = Instant::now();
            as_fast_as_answered(server.url(), CONNECTIONS, requests).await?;
            begun
        }
        Subject::Library(library) => {
            let each = messages / sessions / CHATS;
            ensure!(each * sessions * CHATS == messages, "an odd number");
            let begun = Instant::now();
            library
                .tell(format!("burst {sessions} {CHATS} {each}"))
                .await?;
            begun
        }
    };
    let done = stage
        .simulator
        .until("not everything was sent", PATIENCE, |stats| {
            stats.messages_acknowledged >= everything
        })
        .await?;
    let after = stage.simulator.stats_since(begun).await?;
    let distinct = after.distinct_message_ids - before.distinct_message_ids;
    ensure!(distinct == messages as u64, "{distinct} distinct messages");
    Ok(done - begun)
}
