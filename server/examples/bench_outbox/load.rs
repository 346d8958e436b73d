//! Programs that send messages: as fast as they are answered, or at a rate that
//! does not wait for answers.

use crate::{
    bench::{server::Server, simulator::recipient},
    http::Connection,
};
use anyhow::Result;
use serde_json::json;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{task::JoinSet, time::sleep_until};

const PATH: &str = "/api/messages";

/// One message: who asks, and for what.
pub struct Request {
    key: String,
    body: String,
}

/// A message of a session to the `chat`-th person.
pub fn request(server: &Server, session: usize, chat: usize, text: &str) -> Request {
    let body = json!({
        "account_id": server.account(session), "to": recipient(chat), "type": "text", "text": text,
    });
    Request {
        key: server.key(session).to_owned(),
        body: body.to_string(),
    }
}

/// `count` messages shared out among sessions and chats, so that all of them
/// have something to do all the time.
pub fn requests(
    server: &Server,
    sessions: usize,
    chats: usize,
    count: usize,
    what: &str,
) -> Vec<Request> {
    (0..count)
        .map(|n| {
            let (session, chat) = (n % sessions, n / sessions % chats);
            request(server, session, chat, &format!("{what} {n}"))
        })
        .collect()
}

/// How long each answer took.
pub struct Answered {
    pub waits: Vec<Duration>,
    pub took: Duration,
}

/// Sends all of them over so many connections, each as soon as the one before is
/// answered.
pub async fn as_fast_as_answered(
    server: &Server,
    connections: usize,
    requests: Vec<Request>,
) -> Result<Answered> {
    send(server, connections, requests, |_| None).await
}

/// Sends them at a rate. What an answer took is counted from when its request was
/// due: a server that stalls makes all that come meanwhile wait, and that counts.
pub async fn at_a_rate(
    server: &Server,
    connections: usize,
    requests: Vec<Request>,
    per_second: f64,
) -> Result<Answered> {
    send(server, connections, requests, move |n| {
        Some(Duration::from_secs_f64(n as f64 / per_second))
    })
    .await
}

async fn send(
    server: &Server,
    connections: usize,
    requests: Vec<Request>,
    due: impl Fn(usize) -> Option<Duration> + Copy + Send + 'static,
) -> Result<Answered> {
    let count = requests.len();
    let mut open = Vec::with_capacity(connections);
    for _ in 0..connections {
        open.push(Connection::open(server.url(), PATH).await?);
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
                connection.post(&request.key, &request.body, 202).await?;
                waits.push(from.elapsed());
            }
        });
    }
    let mut waits = Vec::with_capacity(count);
    while let Some(done) = senders.join_next().await {
        waits.extend(done??);
    }
    Ok(Answered {
        waits,
        took: begun.elapsed(),
    })
}

impl Request {
    pub async fn send_alone(&self, connection: &mut Connection) -> Result<serde_json::Value> {
        let answer = connection.post(&self.key, &self.body, 202).await?;
        Ok(serde_json::from_slice(answer)?)
    }
}

pub async fn connection(server: &Server) -> Result<Connection> {
    Connection::open(server.url(), PATH).await
}
