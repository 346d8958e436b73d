//! Requests of many at once: as fast as they are answered, or at a rate that does
//! not wait for answers.

use super::http::Connection;
use anyhow::Result;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{task::JoinSet, time::sleep_until};

/// JSON to be posted.
pub struct Request {
    pub path: String,
    pub key: Option<String>,
    pub body: String,
    /// The status of the answer; any other is an error.
    pub expected: u16,
}

impl Request {
    /// The answer's body.
    pub async fn send<'a>(&self, connection: &'a mut Connection) -> Result<&'a [u8]> {
        let key = self.key.as_deref();
        connection
            .post(&self.path, key, &self.body, self.expected)
            .await
    }
}

/// How long each answer took.
pub struct Answered {
    pub begun: Instant,
    pub waits: Vec<Duration>,
    pub took: Duration,
}

/// When the n-th request is due, from the first.
pub fn due_after(n: usize, per_second: f64) -> Duration {
    Duration::from_secs_f64(n as f64 / per_second)
}

/// Sends all of them over so many connections, each as soon as the one before is
/// answered.
pub async fn as_fast_as_answered(
    url: &str,
    connections: usize,
    requests: Vec<Request>,
) -> Result<Answered> {
    send(url, connections, requests, |_| None).await
}

/// Sends them at a rate. What an answer took is counted from when its request was
/// due: a server that stalls makes all that come meanwhile wait, and that counts.
pub async fn at_a_rate(
    url: &str,
    connections: usize,
    requests: Vec<Request>,
    per_second: f64,
) -> Result<Answered> {
    send(url, connections, requests, move |n| {
        Some(due_after(n, per_second))
    })
    .await
}

async fn send(
    url: &str,
    connections: usize,
    requests: Vec<Request>,
    due: impl Fn(usize) -> Option<Duration> + Copy + Send + 'static,
) -> Result<Answered> {
    let count = requests.len();
    let mut open = Vec::with_capacity(connections);
    for _ in 0..connections {
        open.push(Connection::open(url).await?);
    }
    let requests = Arc::new(requests);
    let next = Arc::new(AtomicUsize::new(0));
    let begun = Instant::now();
    let mut senders = JoinSet::new();
    for mut connection in open {
        let (requests, next) = (requests.clone(), next.clone());
        senders.spawn(async move {
            let mut waits = Vec::new();
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let Some(request) = requests.get(n) else {
                    return anyhow::Ok(waits);
                };
                let from = match due(n) {
                    Some(after) => begun + after,
                    None => Instant::now(),
                };
                sleep_until(from.into()).await;
                request.send(&mut connection).await?;
                waits.push(from.elapsed());
            }
        });
    }
    let mut waits = Vec::with_capacity(count);
    while let Some(done) = senders.join_next().await {
        waits.extend(done??);
    }
    Ok(Answered {
        begun,
        waits,
        took: begun.elapsed(),
    })
}
