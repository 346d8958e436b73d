//! A link that has talked with many gives its memory back while nobody uses it.

use crate::support::{
    Client, Setup, TestApp,
    eventually::eventually,
    on_both_databases,
    whatsapp::{
        ANA, BRUNO, CARLA, fault, ledger, received, send_text, simulator, states, until_message,
        until_received, until_status,
    },
};
use serde_json::json;
use std::time::Duration;
use whahook_contract::event::Event;
use whahook_simulator::Simulator;

const RENEWED: &str = "connecting/link_renewal";
const PEOPLE: [&str; 5] = [
    "+593991000001",
    "+593991000002",
    "+593991000003",
    "+593991000004",
    "+593991000005",
];

async fn crowd() -> Simulator {
    let simulator = simulator().await;
    simulator.add_phone(CARLA, "Carla").await.unwrap();
    for person in PEOPLE {
        simulator.add_phone(person, "Someone").await.unwrap();
    }
    simulator
}

async fn started(setup: Setup, simulator: &Simulator) -> (TestApp, Client) {
    let setup = setup
        .on(simulator)
        .with("RATE_LIMITING_ENABLED", "false")
        .tuned(|config| {
            config.sessions.renewal.peers = PEOPLE.len();
            config.sessions.renewal.quiet_for = Duration::from_secs(1);
        });
    let app = setup.start().await;
    let ana = app.register("ana@example.com").await;
    (app, ana)
}

async fn write_to_all(owner: &Client, account: &str) {
    for person in PEOPLE {
        let sent = send_text(owner, account, person, "Hello").await;
        until_message(owner, sent["id"].as_str().unwrap(), "delivered").await;
    }
}

async fn renewals(app: &TestApp, account: &str) -> usize {
    let states = states(app, account).await;
    states.iter().filter(|state| *state == RENEWED).count()
}

async fn until_renewed(app: &TestApp, account: &str) {
    eventually(|| renewals(app, account), |times| *times == 1).await;
}

on_both_databases! {
    async fn after_many_chats_a_quiet_session_renews_its_link_once_and_loses_nothing(setup: Setup) {
        let simulator = crowd().await;
        let (app, ana) = started(setup, &simulator).await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let other = app.linked(&ana, &simulator, BRUNO).await;
        write_to_all(&ana, &account).await;

        // What is accepted while the new link is made waits for it.
        simulator.fault(Some(ANA), &fault(json!({"kind": "latency", "ms": 150}))).unwrap();
        until_status(&ana, &account, "connecting").await;
        let sent = send_text(&ana, &account, CARLA, "Meanwhile").await;
        assert_eq!(sent["status"], "queued");
        until_received(&simulator, CARLA, 1).await;
        simulator.fault(Some(ANA), &fault(json!({"kind": "clear"}))).unwrap();
        until_message(&ana, sent["id"].as_str().unwrap(), "delivered").await;
        until_status(&ana, &account, "ready").await;

        // The other session writes to as many after that, and is renewed in its
        // turn: by then this one has been quiet for longer.
        write_to_all(&ana, &other).await;
        until_renewed(&app, &other).await;
        until_status(&ana, &other, "ready").await;
        assert_eq!(renewals(&app, &account).await, 1);
        assert_eq!(received(&simulator, CARLA).len(), 1, "it arrived once");

        // No QR, no loss, nothing to tell anybody by mail.
        let events = ledger(&app, &account).await;
        let since = events.iter().position(|event| matches!(event, Event::Ready { .. })).unwrap();
        for event in &events[since..] {
            let bad = matches!(event, Event::Qr { .. } | Event::Disconnected { .. });
            assert!(!bad, "{event:?}");
        }
        let path = format!("/api/accounts/{account}/activity");
        let activity = ana.get(&path).await.expect(200);
        assert_eq!(activity["items"][0]["status"], "ready", "{activity}");
        assert_eq!(activity["items"][1]["kind"], "linked", "{activity}");
        let uptime = ana.get(&format!("/api/accounts/{account}/uptime")).await.expect(200);
        let today = uptime["days"].as_array().unwrap().last().unwrap();
        assert_eq!(today["down_s"], 0, "{uptime}");
        app.stop().await;
    }
}

#[tokio::test]
async fn a_person_written_to_before_the_renewal_reads_what_is_written_after_it() {
    let simulator = crowd().await;
    let (app, ana) = started(Setup::sqlite(), &simulator).await;
    let account = app.linked(&ana, &simulator, ANA).await;
    write_to_all(&ana, &account).await;
    until_renewed(&app, &account).await;
    until_status(&ana, &account, "ready").await;
    for person in PEOPLE {
        send_text(&ana, &account, person, "Again").await;
        let messages = until_received(&simulator, person, 2).await;
        let texts: Vec<&str> = messages.iter().map(|m| m.text.as_str()).collect();
        assert_eq!(texts, ["Hello", "Again"]);
    }
    app.stop().await;
}
