use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::support::*;

/// The simulator as a process of its own.
struct Process {
    child: Child,
    url: String,
}

impl Process {
    async fn start(folder: &Path, port: u16) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_whahook-simulator"))
            .args(["--demo", "--port", &port.to_string(), "--data"])
            .arg(folder)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = timeout(Duration::from_secs(30), lines.next_line()).await;
        let line = first.unwrap().unwrap().unwrap();
        let url = line
            .strip_prefix("Simulator is ready at ")
            .unwrap()
            .to_owned();
        Self { child, url }
    }

    fn ws_url(&self) -> String {
        format!("{}/ws/chat", self.url.replace("http", "ws"))
    }

    fn port(&self) -> u16 {
        self.url.rsplit_once(':').unwrap().1.parse().unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.url);
        reqwest::get(url).await.unwrap().json().await.unwrap()
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let url = format!("{}{path}", self.url);
        let response = reqwest::Client::new()
            .post(url)
            .json(&body)
            .send()
            .await
            .unwrap();
        response.json().await.unwrap()
    }

    async fn texts(&self, number: &str) -> Vec<String> {
        let messages = self.get(&format!("/phones/{number}/messages")).await;
        let texts = messages.as_array().unwrap().iter();
        texts
            .map(|m| m["text"].as_str().unwrap().to_owned())
            .collect()
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().unwrap().to_string();
        let sent = std::process::Command::new("kill")
            .args([name, &id])
            .status();
        assert!(sent.unwrap().success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_simulator_has_kept_everything_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::start(folder.path(), 0).await;
    let client = TestClient::start(&process.ws_url(), TestClient::empty_store()).await;
    let qr = client.qr().await;
    process
        .post(&format!("/phones/{ANA}/scan"), json!({ "qr": qr }))
        .await;
    client.ready().await;
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        for n in 0..20 {
            let text = format!("round {round} message {n}");
            let id = client.send(BRUNO, &text).await;
            assert_eq!(client.acknowledged(&id).await, None);
            acknowledged.push(text);
        }
        let port = process.port();
        process.child.kill().await.unwrap();
        process = Process::start(folder.path(), port).await;
        assert_eq!(process.texts(BRUNO).await, acknowledged);
        // The client comes back by itself, and both sides still understand each other.
        let hello = format!("hello {round}");
        let message = json!({ "to": ANA, "text": hello });
        process
            .post(&format!("/phones/{BRUNO}/messages"), message)
            .await;
        client.text(&hello).await;
        acknowledged.push(hello);
    }
    client.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_process_stops_cleanly_when_told() {
    for signal in ["-TERM", "-INT"] {
        let folder = tempfile::tempdir().unwrap();
        let mut process = Process::start(folder.path(), 0).await;
        let phones = process.get("/phones").await;
        assert_eq!(phones.as_array().unwrap().len(), 2);
        let client = TestClient::start(&process.ws_url(), TestClient::empty_store()).await;
        client.qr().await;
        process.signal(signal);
        let ended = timeout(Duration::from_secs(10), process.child.wait()).await;
        assert!(ended.unwrap().unwrap().success());
    }
}
