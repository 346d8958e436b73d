//! A program that webhooks are sent to.

use crate::{
    bench::server::Server,
    listeners::{Heard, number},
};
use anyhow::Result;
use axum::{Router, body::Bytes, extract::State, http::StatusCode};
use serde_json::json;
use std::time::Instant;
use tokio::{net::TcpListener, sync::mpsc::UnboundedSender, task::JoinHandle};

#[derive(Clone)]
struct Shared {
    what: &'static str,
    heard: UnboundedSender<Heard>,
}

/// Gone when it is dropped.
pub struct Receiver {
    url: String,
    task: JoinHandle<()>,
}

impl Receiver {
    pub async fn start(what: &'static str, heard: UnboundedSender<Heard>) -> Result<Self> {
        let router = Router::new()
            .fallback(take)
            .with_state(Shared { what, heard });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/hook", listener.local_addr()?);
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                eprintln!("the receiver of webhooks: {error}");
            }
        });
        Ok(Self { url, task })
    }

    /// Has each person's messages sent here.
    pub async fn register(&self, server: &Server, people: usize) -> Result<()> {
        let webhook = json!({"url": self.url, "events": ["message:received"]});
        for person in 0..people {
            server.post(person, "/api/webhooks", &webhook).await?;
        }
        Ok(())
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn take(State(shared): State<Shared>, body: Bytes) -> StatusCode {
    let at = Instant::now();
    let text = std::str::from_utf8(&body).unwrap_or_default();
    if let Some(n) = number(text, shared.what) {
        // Nobody listens any more at the end.
        let _ = shared.heard.send(Heard { n, at });
    }
    StatusCode::NO_CONTENT
}
