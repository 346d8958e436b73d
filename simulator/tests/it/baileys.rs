//! A third-party client, unmodified, as proof that the simulator is not tuned to ours.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::Notify;
use tokio::time::{Duration, timeout};
use whahook_simulator::{Addressing, ChatMessage, Doing, Simulator, Status};

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

    /// Sends any content that the library knows; returns the id.
    async fn content(&mut self, to: &str, name: &str, content: Value) -> String {
        self.tell(json!({ "do": "content", "to": to, "content": content, "as": name }))
            .await;
        let sent = self.event("sent", |e| e["as"] == name).await;
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

/// What stands on Bruno's phone under the id, once it is as asked.
async fn shown(simulator: &Simulator, id: &str, is: impl Fn(&ChatMessage) -> bool) -> ChatMessage {
    eventually("the message on the phone", async || {
        let messages = simulator.messages(BRUNO).unwrap();
        messages.into_iter().find(|m| m.id == id && is(m))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn baileys_sends_every_kind_of_message() {
    if !wanted() {
        return;
    }
    let simulator = simulator().await;
    let folder = tempfile::tempdir().unwrap();
    let mut ana = Baileys::linked(&simulator, ANA, folder.path()).await;
    let to = jid(BRUNO).to_string();
    let to = to.as_str();

    let place = json!({ "location": { "degreesLatitude": 1.5, "degreesLongitude": 2.5 } });
    let id = ana.content(to, "place", place).await;
    let place = shown(&simulator, &id, |_| true)
        .await
        .facts
        .location
        .unwrap();
    assert_eq!((place.latitude, place.longitude), (1.5, 2.5));
    let card = json!({ "displayName": "Carla", "vcard": "BEGIN:VCARD\nEND:VCARD" });
    let cards = json!({ "contacts": { "displayName": "Carla", "contacts": [card] } });
    let id = ana.content(to, "card", cards).await;
    assert_eq!(
        shown(&simulator, &id, |_| true).await.facts.contacts[0].name,
        "Carla"
    );
    let poll =
        json!({ "poll": { "name": "When?", "values": ["Now", "Later"], "selectableCount": 1 } });
    let id = ana.content(to, "poll", poll).await;
    let poll = shown(&simulator, &id, |_| true).await.facts.poll.unwrap();
    assert_eq!(
        (poll.options.as_slice(), poll.multiple),
        (&["Now".to_owned(), "Later".to_owned()][..], false)
    );
    assert_eq!(poll.message_secret.len(), 32);

    let id = ana.send(BRUNO, "tomorow").await;
    shown(&simulator, &id, |_| true).await;
    let key = json!({ "remoteJid": to, "id": id, "fromMe": true });
    ana.content(to, "edit", json!({ "text": "tomorrow", "edit": key }))
        .await;
    assert_eq!(shown(&simulator, &id, |m| m.edited).await.text, "tomorrow");
    ana.content(
        to,
        "reaction",
        json!({ "react": { "text": "👍", "key": key } }),
    )
    .await;
    shown(&simulator, &id, |m| m.reactions.len() == 1).await;
    ana.content(to, "deletion", json!({ "delete": key })).await;
    shown(&simulator, &id, |m| m.deleted).await;

    ana.tell(json!({ "do": "presence", "state": "recording", "to": to }))
        .await;
    eventually("the recording on the phone", async || {
        let typing = simulator.phone(BRUNO).unwrap().presence.typing;
        (typing.first()?.state == Doing::Recording).then_some(())
    })
    .await;
    let numbers = [BRUNO.trim_start_matches('+'), "15550001111"];
    ana.tell(json!({ "do": "numbers", "numbers": numbers }))
        .await;
    let found = ana.event("numbers", |_| true).await["found"].take();
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!(
        (&found[0]["jid"], &found[0]["exists"]),
        (&json!(to), &json!(true))
    );
    ana.stop().await;
}

async fn talk_in_a_group(addressing: Addressing) {
    let simulator = simulator().await;
    let folder = tempfile::tempdir().unwrap();
    let mut ana = Baileys::linked(&simulator, ANA, folder.path()).await;
    let bruno = TestClient::linked(&simulator, BRUNO).await;
    let members = [BRUNO.to_owned()];
    let group = simulator.make_group("Trip", ANA, &members, addressing);
    let group = group.await.unwrap().jid;
    ana.tell(json!({ "do": "groups" })).await;
    let groups = ana.event("groups", |_| true).await["groups"].take();
    assert_eq!(
        (&groups[0]["id"], &groups[0]["subject"]),
        (&json!(group), &json!("Trip"))
    );
    for n in 0..3 {
        let text = format!("from Baileys {n}");
        let id = ana.content(&group, &text, json!({ "text": text })).await;
        assert_eq!(bruno.text(&text).await, id);
        assert_eq!(
            on_phone(&simulator, BRUNO, &text).await.to.to_string(),
            group
        );
        on_phone(&simulator, ANA, &text).await;
        let text = format!("from whatsapp-rust {n}");
        let to: whatsapp_rust::Jid = group.parse().unwrap();
        bruno.client.send_text(to, text.as_str()).await.unwrap();
        assert_eq!(ana.text(&text).await["from"], group);
        let text = format!("from the phone {n}");
        simulator.send_text(BRUNO, &group, &text).await.unwrap();
        assert_eq!(ana.text(&text).await["from"], group);
        bruno.text(&text).await;
    }
    assert_eq!(simulator.stats().messages_asked_again, 0);
    ana.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn baileys_talks_in_a_group_that_names_people_by_lid() {
    if wanted() {
        talk_in_a_group(Addressing::Lid).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn baileys_talks_in_a_group_that_names_people_by_number() {
    if wanted() {
        talk_in_a_group(Addressing::Pn).await;
    }
}
