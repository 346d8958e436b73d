//! Holds many real clients at a running simulator and reports what that costs.
//!
//! ```text
//! whahook-simulator --port 4000 &
//! cargo run --release --example load -- --url http://127.0.0.1:4000 --pid $! --clients 1000
//! ```
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use futures::{StreamExt as _, stream};
use serde_json::{Value, json};
use whatsapp_rust::prelude::*;
use whatsapp_rust::transport::TokioWebSocketTransportFactory;
use whatsapp_rust::wacore::store::in_memory::InMemoryBackend;

#[derive(Parser)]
struct Arguments {
    /// Where the simulator is.
    #[arg(long)]
    url: String,
    /// The simulator's process, to read its memory.
    #[arg(long)]
    pid: Option<u32>,
    #[arg(long, default_value_t = 1000)]
    clients: usize,
    /// Texts that every client sends to the next one.
    #[arg(long, default_value_t = 5)]
    messages: usize,
    /// Clients linked at the same time.
    #[arg(long, default_value_t = 16)]
    at_once: usize,
}

#[derive(Default)]
struct Progress {
    connected: AtomicUsize,
    received: AtomicUsize,
}

struct Watcher {
    progress: Arc<Progress>,
    codes: tokio::sync::mpsc::UnboundedSender<String>,
}

impl EventHandler for Watcher {
    fn handle_event(&self, event: Arc<Event>) {
        match &*event {
            Event::PairingQrCode(qr) => {
                let _ = self.codes.send(qr.code.clone());
            }
            Event::Connected(_) => {
                self.progress.connected.fetch_add(1, Ordering::Relaxed);
            }
            Event::Messages(batch) => {
                let texts = batch
                    .messages
                    .iter()
                    .filter(|m| m.message.text_content().is_some());
                self.progress
                    .received
                    .fetch_add(texts.count(), Ordering::Relaxed);
            }
            _ => {}
        }
    }
}

fn number(n: usize) -> String {
    format!("59399{n:07}")
}

async fn link(http: &reqwest::Client, url: &str, n: usize, progress: &Arc<Progress>) -> BotHandle {
    let phone = json!({ "phone_number": number(n), "name": format!("Person {n}") });
    http.post(format!("{url}/phones"))
        .json(&phone)
        .send()
        .await
        .unwrap();
    let (codes, mut shown) = tokio::sync::mpsc::unbounded_channel();
    let watcher = Watcher {
        progress: Arc::clone(progress),
        codes,
    };
    let socket = format!("{}/ws/chat", url.replacen("http", "ws", 1));
    let bot = Bot::builder()
        .with_backend(InMemoryBackend::new())
        .with_transport_factory(TokioWebSocketTransportFactory::new().with_url(socket))
        .with_version((2, 3000, 1_027_868_167))
        .with_wanted_pre_key_count(30)
        .with_event_handler(watcher)
        .build()
        .await
        .unwrap();
    let handle = bot.spawn();
    let qr = shown.recv().await.unwrap();
    let scan = format!("{url}/phones/{}/scan", number(n));
    let answer = http
        .post(scan)
        .json(&json!({ "qr": qr }))
        .send()
        .await
        .unwrap();
    assert!(
        answer.status().is_success(),
        "{}",
        answer.text().await.unwrap()
    );
    handle
}

async fn reached(what: &str, goal: usize, counter: &AtomicUsize) {
    let patience = Instant::now() + Duration::from_secs(300);
    while counter.load(Ordering::Relaxed) < goal {
        assert!(
            Instant::now() < patience,
            "{what}: {} of {goal}",
            counter.load(Ordering::Relaxed)
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Resident memory and processor seconds of a process, from /proc.
fn cost(pid: Option<u32>) -> String {
    let Some(pid) = pid else { return String::new() };
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let memory = status
        .lines()
        .find(|l| l.starts_with("VmRSS"))
        .unwrap_or_default();
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let ticks: u64 = stat
        .split(' ')
        .skip(13)
        .take(2)
        .filter_map(|t| t.parse::<u64>().ok())
        .sum();
    format!(
        ", simulator {} after {:.1} CPU s",
        memory.replace("VmRSS:", "").trim(),
        ticks as f64 / 100.0
    )
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    let (url, pid) = (&arguments.url, arguments.pid);
    let http = reqwest::Client::new();
    let progress = Arc::new(Progress::default());
    let begin = Instant::now();
    println!("idle{}", cost(pid));
    let handles: Vec<_> = stream::iter(0..arguments.clients)
        .map(|n| link(&http, url, n, &progress))
        .buffered(arguments.at_once)
        .collect()
        .await;
    reached("connected", arguments.clients, &progress.connected).await;
    println!(
        "{} clients connected in {:.1} s{}",
        arguments.clients,
        begin.elapsed().as_secs_f64(),
        cost(pid)
    );

    let begin = Instant::now();
    let sending = handles.iter().enumerate().map(|(n, handle)| {
        let client = handle.client();
        let to = Jid::pn(number((n + 1) % arguments.clients));
        let count = arguments.messages;
        async move {
            for m in 0..count {
                client
                    .send_text(&to, &format!("message {m}"))
                    .await
                    .unwrap();
            }
        }
    });
    stream::iter(sending)
        .buffer_unordered(64)
        .collect::<Vec<_>>()
        .await;
    let all = arguments.clients * arguments.messages;
    reached("received", all, &progress.received).await;
    let took = begin.elapsed().as_secs_f64();
    println!(
        "{all} texts sent and received in {took:.1} s, {:.0}/s{}",
        all as f64 / took,
        cost(pid)
    );
    let stats: Value = http
        .get(format!("{url}/stats"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    println!("{stats}");
    assert_eq!(stats["connections"], arguments.clients);
}
