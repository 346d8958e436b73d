//! Accounts linked to simulated phones.

use super::{Client, Setup, TestApp, eventually::eventually};
use serde_json::{Value, json};
use whahook::events;
use whahook_contract::{event::Event, session::Reason};
use whahook_simulator::{ChatMessage, Config, Fault, Simulator};

pub const ANA: &str = "+593987654321";
pub const BRUNO: &str = "+593991203344";
pub const CARLA: &str = "+593998887766";

/// A simulator with the phones of Ana and Bruno.
pub async fn simulator() -> Simulator {
    let simulator = Simulator::start(Config::default()).await.unwrap();
    simulator.add_phone(ANA, "Ana").await.unwrap();
    simulator.add_phone(BRUNO, "Bruno").await.unwrap();
    simulator
}

/// A trouble as `POST /faults` spells it.
pub fn fault(json: Value) -> Fault {
    serde_json::from_value(json).unwrap()
}

impl Setup {
    /// With this simulator as WhatsApp.
    pub fn on(self, simulator: &Simulator) -> Self {
        self.with("WHATSAPP_URL", &simulator.ws_url())
    }
}

impl TestApp {
    /// A new account, linked to the phone and ready.
    pub async fn linked(&self, owner: &Client, simulator: &Simulator, phone: &str) -> String {
        let account = self.account(owner, "Store").await;
        link(owner, &account, simulator, phone).await;
        account
    }
}

/// Links an account to a phone and waits until it is ready.
pub async fn link(owner: &Client, account: &str, simulator: &Simulator, phone: &str) {
    let session = format!("/api/accounts/{account}/session");
    owner.post(&session, json!({})).await.expect(202);
    let qr = eventually(
        || async { owner.get(&format!("{session}/qr")).await },
        |answer| answer.status == 200,
    )
    .await
    .expect(200);
    simulator
        .scan(phone, qr["qr"].as_str().unwrap())
        .await
        .unwrap();
    until_status(owner, account, "ready").await;
}

/// The session's view once it has the status.
pub async fn until_status(owner: &Client, account: &str, status: &str) -> Value {
    eventually(
        || async {
            owner
                .get(&format!("/api/accounts/{account}/session/status"))
                .await
                .expect(200)
        },
        |view| view["status"] == status,
    )
    .await
}

/// `status/reason` of every state the account had, oldest first, as its ledger
/// has them.
pub async fn states(app: &TestApp, account: &str) -> Vec<String> {
    let mut states = Vec::new();
    for event in ledger(app, account).await {
        if let Event::Status { status, reason, .. } = event {
            let reason = reason.map_or("", Reason::code);
            states.push(format!("{status}/{reason}"));
        }
    }
    states
}

/// Every event of the account, oldest first.
pub async fn ledger(app: &TestApp, account: &str) -> Vec<Event> {
    let mut conn = app.app.db.read().await.unwrap();
    let events = events::after(&mut conn, account.parse().unwrap(), 0, 10_000);
    let events = events.await.unwrap();
    events.into_iter().map(|event| event.event).collect()
}

/// The message's view once it has the status.
pub async fn until_message(owner: &Client, id: &str, status: &str) -> Value {
    eventually(
        || async { owner.get(&format!("/api/messages/{id}")).await.expect(200) },
        |view| view["status"] == status,
    )
    .await
}

/// Accepts a text; the answer.
pub async fn send_text(owner: &Client, account: &str, to: &str, text: &str) -> Value {
    let message = json!({"account_id": account, "to": to, "type": "text", "text": text});
    owner.post("/api/messages", message).await.expect(202)
}

/// What a phone has received, once it is so many messages.
pub async fn until_received(simulator: &Simulator, phone: &str, count: usize) -> Vec<ChatMessage> {
    eventually(
        || async { received(simulator, phone) },
        |messages| messages.len() >= count,
    )
    .await
}

/// What a phone has received so far, oldest first.
pub fn received(simulator: &Simulator, phone: &str) -> Vec<ChatMessage> {
    let messages = simulator.messages(phone).unwrap();
    messages
        .into_iter()
        .filter(|message| message.from.to_string() != phone)
        .collect()
}
