//! A third-party client, unmodified, as proof that the simulator is not tuned to ours.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::Notify;
use tokio::time::{Duration, timeout};
use whahook_simulator::{Simulator, Status};

use crate::support::*;

const PACKAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/baileys");
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether the machine is set up for it; says loudly when it is not.
fn wanted() -> bool {
    let wanted = std::env::var_os("WHAHOOK_NODE_TESTS").is_some();
    if !wanted {
        eprintln!("SKIPPED: set WHAHOOK_NODE_TESTS=1 (after `npm ci` in {PACKAGE}) to run Baileys");
    }
    wanted
}

#[derive(Default)]
struct Log {
    events: std::sync::Mutex<Vec<Value>>,
    grown: Notify,
}

struct Baileys {
    child: Child,
    input: ChildStdin,
    log: Arc<Log>,
}

impl Baileys {
    fn start(simulator: &Simulator, folder: &Path) -> Self {
        let mut child = Command::new("node")
            .arg("client.js")
            .arg(simulator.http_url())
            .arg(folder)
            .current_dir(PACKAGE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let log = Arc::new(Log::default());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let writer = Arc::clone(&log);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                // Libraries below print to the console as well.
                if let Ok(event) = serde_json::from_str(&line) {
                    writer.events.lock().unwrap().push(event);
                    writer.grown.notify_waiters();
                }
            }
        });
        let input = child.stdin.take().unwrap();
        Self { child, input, log }
    }

    async fn linked(simulator: &Simulator, number: &str, folder: &Path) -> Self {
        let client = Self::start(simulator, folder);
        let qr = client.event("qr", |_| true).await;
        simulator
            .scan(number, qr["qr"].as_str().unwrap())
            .await
            .unwrap();
        client.event("open", |_| true).await;
        client
    }

    async fn tell(&mut self, command: Value) {
        let line = format!("{command}\n");
        self.input.write_all(line.as_bytes()).await.unwrap();
    }

    async fn send(&mut self, to: &str, text: &str) -> String {
        let to = jid(to).to_string();
        self.tell(json!({ "do": "send", "to": to, "text": text }))
            .await;
        let sent = self.event("sent", |e| e["text"] == text).await;
        sent["id"].as_str().unwrap().to_owned()
    }

    async fn text(&self, text: &str) -> Value {
        self.event("message", |e| e["text"] == text).await
    }

    async fn status(&self, id: &str, status: &str) {
        self.event("status", |e| e["id"] == id && e["status"] == status)
            .await;
    }

    async fn event(&self, name: &str, is: impl Fn(&Value) -> bool) -> Value {
        let wait = async {
            loop {
                let grown = self.log.grown.notified();
                tokio::pin!(grown);
                grown.as_mut().enable();
                let found = {
                    let events = self.log.events.lock().unwrap();
                    events.iter().find(|e| e["event"] == name && is(e)).cloned()
                };
                if let Some(found) = found {
                    return found;
                }
                grown.await;
            }
        };
        match timeout(PATIENCE, wait).await {
            Ok(found) => found,
            Err(_) => panic!(
                "{name} never came; there was {:#?}",
                self.log.events.lock().unwrap()
            ),
        }
    }

    async fn stop(mut self) {
        self.tell(json!({ "do": "stop" })).await;
        timeout(PATIENCE, self.child.wait()).await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn baileys_is_linked_and_exchanges_messages_with_a_phone() {
    if !wanted() {
        return;
    }
    let simulator = simulator().await;
    let folder = tempfile::tempdir().unwrap();
    let mut ana = Baileys::linked(&simulator, ANA, folder.path()).await;
    let id = ana.send(BRUNO, "from Baileys").await;
    let received = on_phone(&simulator, BRUNO, "from Baileys").await;
    assert_eq!(
        (received.id.as_str(), received.from.to_string().as_str()),
        (id.as_str(), ANA)
    );
    ana.status(&id, "DELIVERY_ACK").await;
    simulator.read(BRUNO, ANA).await.unwrap();
    ana.status(&id, "READ").await;
    let written = simulator.send_text(BRUNO, ANA, "to Baileys").await.unwrap();
    assert_eq!(ana.text("to Baileys").await["id"], written.id);
    eventually("the delivery", async || {
        let own = simulator.messages(BRUNO).unwrap();
        (own.last()?.status == Status::Delivered).then_some(())
    })
    .await;
    let from = jid(BRUNO).to_string();
    ana.tell(json!({ "do": "read", "from": from, "id": written.id }))
        .await;
    eventually("the reading", async || {
        let own = simulator.messages(BRUNO).unwrap();
        (own.last()?.status == Status::Read).then_some(())
    })
    .await;
    ana.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn baileys_logs_in_again_and_finds_what_it_missed() {
    if !wanted() {
        return;
    }
    let simulator = simulator().await;
    let folder = tempfile::tempdir().unwrap();
    let ana = Baileys::linked(&simulator, ANA, folder.path()).await;
    // Its session must be whole on disk before it goes.
    simulator.send_text(BRUNO, ANA, "still here").await.unwrap();
    ana.text("still here").await;
    ana.stop().await;
    for n in 0..8 {
        let text = format!("missed {n}");
        simulator.send_text(BRUNO, ANA, &text).await.unwrap();
    }
    let mut ana = Baileys::start(&simulator, folder.path());
    ana.event("open", |_| true).await;
    for n in 0..8 {
        ana.text(&format!("missed {n}")).await;
    }
    let id = ana.send(BRUNO, "all there").await;
    ana.status(&id, "DELIVERY_ACK").await;
    simulator.unlink(ANA, 1).await.unwrap();
    let closed = ana.event("close", |e| e["code"] == 401).await;
    assert_eq!(closed["code"], 401);
    ana.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn baileys_and_whatsapp_rust_write_to_each_other() {
    if !wanted() {
        return;
    }
    let simulator = simulator().await;
    let folder = tempfile::tempdir().unwrap();
    let mut ana = Baileys::linked(&simulator, ANA, folder.path()).await;
    let bruno = TestClient::linked(&simulator, BRUNO).await;
    for n in 0..3 {
        let there = format!("there {n}");
        let id = ana.send(BRUNO, &there).await;
        assert_eq!(bruno.text(&there).await, id);
        ana.status(&id, "DELIVERY_ACK").await;
        let back = format!("back {n}");
        let id = bruno.send(ANA, &back).await;
        assert_eq!(ana.text(&back).await["id"], id);
        bruno.receipt(&id, ReceiptType::Delivered).await;
    }
    // Two libraries as companions of one phone.
    let second = TestClient::linked(&simulator, ANA).await;
    let id = bruno.send(ANA, "to both").await;
    assert_eq!(ana.text("to both").await["id"], id);
    assert_eq!(second.text("to both").await, id);
    ana.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn baileys_is_linked_by_a_code() {
    if !wanted() {
        return;
    }
    let simulator = simulator().await;
    let folder = tempfile::tempdir().unwrap();
    let mut ana = Baileys::start(&simulator, folder.path());
    ana.event("qr", |_| true).await;
    let number = ANA.trim_start_matches('+');
    ana.tell(json!({ "do": "code", "number": number })).await;
    let code = ana.event("code", |_| true).await;
    // The library does not wait until the server has taken note of the code.
    eventually("the code to be accepted", async || {
        simulator.pair(ANA, code["code"].as_str()?).await.ok()
    })
    .await;
    ana.event("open", |_| true).await;
    let id = ana.send(BRUNO, "linked by code").await;
    ana.status(&id, "DELIVERY_ACK").await;
    ana.stop().await;
}
