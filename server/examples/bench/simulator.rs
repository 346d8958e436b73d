//! The simulator in a process of its own, and its people.

use super::program::{Program, built};
use anyhow::{Result, ensure};
use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    path::Path,
    time::{Duration, Instant},
};
use tokio::time::sleep;

const POLL: Duration = Duration::from_millis(20);
const AT_ONCE: usize = 16;

/// The number of a session's own phone.
pub fn number(session: usize) -> String {
    format!("59399{session:07}")
}

/// The number of somebody who is written to.
pub fn recipient(n: usize) -> String {
    format!("59398{n:07}")
}

#[derive(Debug, Clone, Deserialize)]
pub struct Stats {
    pub handshakes: u64,
    pub handshakes_in_busiest_second: u64,
    pub clients: u64,
    pub messages_acknowledged: u64,
    pub distinct_message_ids: u64,
}

#[derive(Debug, Clone, Deserialize)]
pub struct OnPhone {
    pub id: String,
    pub at: DateTime<Utc>,
}

pub struct Simulator {
    program: Program,
    url: String,
    http: reqwest::Client,
}

impl Simulator {
    pub async fn start(folder: &Path) -> Result<Self> {
        let mut program = Program::start(
            "the simulator",
            &built("whahook-simulator")?,
            &["--port".to_owned(), "0".to_owned()],
            &[],
            folder.join("simulator.log"),
        )?;
        let url = program.until_it_says("Simulator is ready at ").await?;
        Ok(Self {
            program,
            url,
            http: reqwest::Client::new(),
        })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub const fn pid(&self) -> u32 {
        self.program.pid()
    }

    pub fn ws(&self) -> String {
        format!("{}/ws/chat", self.url.replacen("http", "ws", 1))
    }

    pub async fn add_phones(&self, numbers: impl Iterator<Item = String>) -> Result<()> {
        stream::iter(numbers)
            .map(|number| self.post("/phones", &json!({"phone_number": number, "name": number})))
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await
    }

    /// The phone of a session scans its code. The future does not borrow us.
    pub fn scan(&self, session: usize, qr: &str) -> impl Future<Output = Result<()>> + use<> {
        let path = format!("/phones/{}/scan", number(session));
        self.post(&path, &json!({ "qr": qr }))
    }

    pub async fn unavailable(&self, lasting: Duration) -> Result<()> {
        let fault = json!({"kind": "unavailable", "for_s": lasting.as_secs_f64()});
        self.post("/faults", &fault).await
    }

    fn post(&self, path: &str, body: &Value) -> impl Future<Output = Result<()>> + use<> {
        let request = self.http.post(format!("{}{path}", self.url)).json(body);
        async move {
            let answer = request.send().await?;
            let status = answer.status();
            ensure!(status.is_success(), "{status}: {}", answer.text().await?);
            Ok(())
        }
    }

    /// With the busiest second since then.
    pub async fn stats_since(&self, since: Instant) -> Result<Stats> {
        let last = since.elapsed().as_secs() + 1;
        let url = format!("{}/stats?last_s={last}", self.url);
        let answer = self.http.get(url).send().await?.error_for_status()?;
        Ok(answer.json().await?)
    }

    /// What stands on somebody's phone.
    pub async fn messages(&self, number: &str) -> Result<Vec<OnPhone>> {
        let url = format!("{}/phones/{number}/messages", self.url);
        let answer = self.http.get(url).send().await?.error_for_status()?;
        Ok(answer.json().await?)
    }

    pub async fn until(
        &self,
        what: &str,
        patience: Duration,
        reached: impl Fn(&Stats) -> bool,
    ) -> Result<Instant> {
        let begin = Instant::now();
        loop {
            // No busiest second is looked for: this must cost nothing.
            let stats = self.stats_since(Instant::now()).await?;
            if reached(&stats) {
                return Ok(Instant::now());
            }
            ensure!(begin.elapsed() < patience, "{what}: {stats:?}");
            sleep(POLL).await;
        }
    }
}
