//! How long it takes from a phone to a socket and to a webhook.

use crate::{
    bench::{
        disk::Disk,
        load::{at_a_rate, due_after},
        measure,
        server::Server,
        stage::Stage,
        waits::Waits,
    },
    listeners::{Heard, Listeners},
    phones,
    receiver::Receiver,
    results::Latency,
};
use anyhow::{Context as _, Result};
use std::time::{Duration, Instant};
use tokio::{
    sync::mpsc::{self, UnboundedReceiver},
    time::{sleep, timeout},
};

/// What was promised is measured at this rate.
pub const PER_SECOND: f64 = 100.0;
const CONNECTIONS: usize = 8;
const WHAT: &str = "Steady";
/// The longest silence before something counts as lost.
const PATIENCE: Duration = Duration::from_secs(60);
/// Until a new webhook is known, and sockets are at rest.
const SETTLED: Duration = Duration::from_secs(2);

/// Messages at a steady rate, heard by so many sockets and by webhooks of all who
/// have the sessions. A wait is counted from when its message is due.
pub async fn measure(
    stage: &Stage,
    server: &Server,
    people: usize,
    sockets: usize,
    lasting: Duration,
) -> Result<Latency> {
    let (heard, mut on_sockets) = mpsc::unbounded_channel();
    let listeners = Listeners::open(server, people, sockets, WHAT, &heard).await?;
    let (heard, mut by_webhook) = mpsc::unbounded_channel();
    let receiver = Receiver::start(WHAT, heard).await?;
    receiver.register(server, people).await?;
    sleep(SETTLED).await;

    let count = (lasting.as_secs_f64() * PER_SECOND) as usize;
    let requests = phones::messages(people, count, WHAT);
    let disk = Disk::watch(stage.folder())?;
    let cpu = stage.cpu()?;
    let written = at_a_rate(stage.simulator.url(), CONNECTIONS, requests, PER_SECOND).await?;
    // Everybody hears of every message of their own session.
    let on_sockets = all(&mut on_sockets, count * sockets / people, written.begun);
    let on_sockets = on_sockets.await.context("sockets")?;
    let by_webhook = all(&mut by_webhook, count, written.begun);
    let by_webhook = by_webhook.await.context("webhooks")?;
    let after = stage.cpu()?;
    Ok(Latency {
        sockets: listeners.count(),
        messages: count,
        to_phone: Waits::of(written.waits),
        to_socket: Waits::of(on_sockets),
        to_webhook: Waits::of(by_webhook),
        cpu_s_per_1000: (after[0] - cpu[0]) * 1_000.0 / count as f64,
        rss_mb: measure::rss_mb(stage.pid())?,
        disk_longest_ms: disk.longest_ms()?,
    })
}

/// The waits of all that is to be heard.
async fn all(
    heard: &mut UnboundedReceiver<Heard>,
    count: usize,
    begun: Instant,
) -> Result<Vec<Duration>> {
    let mut waits = Vec::with_capacity(count);
    while waits.len() < count {
        let next = timeout(PATIENCE, heard.recv()).await;
        let Heard { n, at } = next
            .with_context(|| format!("{} of {count} were heard", waits.len()))?
            .context("nobody listens any more")?;
        let due = begun + due_after(n, PER_SECOND);
        waits.push(at.saturating_duration_since(due));
    }
    Ok(waits)
}
