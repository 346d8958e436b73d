//! `POST /api/messages`: how many, and how long each takes.

use crate::{
    bench::{
        disk::Disk,
        load::{self, Answered},
        server::Server,
        stage::Stage,
        waits::Waits,
    },
    load::requests,
    results::{Accept, How},
};
use anyhow::Result;
use std::time::Duration;

/// What was promised is measured at this rate.
pub const PER_SECOND: f64 = 500.0;
const CONNECTIONS: usize = 64;
pub const CHATS: usize = 20;

pub async fn accept(
    stage: &Stage,
    server: &Server,
    how: How,
    sessions: usize,
    lasting: Duration,
) -> Result<Accept> {
    let count = (lasting.as_secs_f64() * PER_SECOND) as usize;
    let requests = requests(server, sessions, CHATS, count, "Steady");
    let disk = Disk::watch(stage.folder())?;
    let [before, _] = stage.cpu()?;
    let Answered { waits, took, .. } = match how {
        How::Held | How::Sending => {
            load::at_a_rate(server.url(), CONNECTIONS, requests, PER_SECOND).await?
        }
        How::Fastest => load::as_fast_as_answered(server.url(), CONNECTIONS, requests).await?,
    };
    let [after, _] = stage.cpu()?;
    Ok(Accept {
        how,
        per_second: count as f64 / took.as_secs_f64(),
        waits: Waits::of(waits),
        cpu_s_per_1000: (after - before) * 1_000.0 / count as f64,
        disk_longest_ms: disk.longest_ms()?,
    })
}
