//! A server that is killed again and again, and a receiver that fails half of the
//! time: what the ledger has arrives, in order.

use crate::{
    crash::chance,
    support::{
        Client,
        eventually::within,
        process::Server,
        receiver::{Got, Receiver},
        services::PostgresServer,
        traffic::{Chat, Traffic, linked},
        whatsapp::{ANA, BRUNO, CARLA, simulator},
    },
};
use parking_lot::Mutex;
use rand::RngExt;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};
use tokio::time::sleep;

const KILLS: u32 = 5;
const MESSAGES_A_CHAT: u32 = 8;
const SETTLES_WITHIN: Duration = Duration::from_secs(240);

#[tokio::test(flavor = "multi_thread")]
async fn what_the_ledger_has_arrives_in_order_whatever_is_killed_or_fails_on_sqlite() {
    arrives(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_ledger_has_arrives_in_order_whatever_is_killed_or_fails_on_postgres() {
    let Some(postgres) = PostgresServer::start("webhooks on PostgreSQL").await else {
        return;
    };
    arrives(&[("DATABASE_URL", &postgres.url)]).await;
}

async fn arrives(variables: &[(&str, &str)]) {
    let mut chance = chance();
    let receiver = Receiver::start().await;
    fail_half_of_the_time(&receiver);
    let simulator = simulator().await;
    simulator.add_phone(CARLA, "Carla").await.unwrap();
    let mut all = vec![("ALLOW_PRIVATE_TARGETS", "true")];
    all.extend_from_slice(variables);
    let mut server = Server::start(&simulator, &all).await;
    let owner = server.register("ana@example.com").await;
    let program = server.program_of(&owner).await;
    let created = owner
        .post("/api/webhooks", json!({"url": receiver.url}))
        .await
        .expect(201);
    let secret = created["secret"].as_str().unwrap().to_owned();
    let path = format!("/api/webhooks/{}", created["id"].as_str().unwrap());
    let mut chats = Vec::new();
    let mut accounts = Vec::new();
    for (from, to) in [(ANA, [BRUNO, CARLA]), (CARLA, [BRUNO, ANA])] {
        let account = linked(&owner, &simulator, from).await;
        chats.extend(to.map(|to| Chat::new(&account, from, to)));
        accounts.push(account);
    }
    let traffic = Traffic::paced(&program, chats, MESSAGES_A_CHAT, Duration::from_millis(300));
    for _ in 0..KILLS {
        let enough = receiver.arrived().len() + chance.random_range(1..12);
        within(
            SETTLES_WITHIN,
            || async { receiver.arrived().len() },
            |count| *count >= enough,
        )
        .await;
        sleep(Duration::from_millis(chance.random_range(0..300))).await;
        server.kill().await;
        eprintln!(
            "killed: {} arrived of {} sent",
            receiver.arrived().len(),
            receiver.got().len()
        );
        server.launch();
    }
    server.until_ready().await;
    traffic.finish().await;

    let waiting = || async {
        let list = owner
            .get(&format!("{path}/deliveries?status=waiting&limit=200"))
            .await;
        let waiting = list.expect(200)["items"].as_array().unwrap().len();
        let ledger = ledger(&owner, &accounts).await;
        let arrived: BTreeSet<String> = receiver.arrived().into_iter().map(|it| it.id).collect();
        let missing = ledger
            .iter()
            .filter(|event| !arrived.contains(&id(event)))
            .count();
        (waiting, missing)
    };
    within(SETTLES_WITHIN, waiting, |left| *left == (0, 0)).await;

    let ledger = ledger(&owner, &accounts).await;
    let got = receiver.got();
    assert!(got.iter().all(|it| it.is_signed_with(&secret)));
    let failed = got.iter().filter(|it| !it.arrived()).count();
    assert!(failed * 4 > got.len(), "{failed} of {} failed", got.len());
    let by_id: HashMap<String, &Value> = ledger.iter().map(|event| (id(event), event)).collect();
    for it in &got {
        assert_eq!(Some(&&it.body), by_id.get(&it.id), "{}", it.id);
    }
    let list = owner.get("/api/conversations?limit=200").await.expect(200);
    in_order(&receiver.arrived(), list["items"].as_array().unwrap());
    let list = owner
        .get(&format!("{path}/deliveries?status=failed"))
        .await
        .expect(200);
    assert_eq!(list["items"], json!([]));
    eprintln!(
        "{} events, {} requests, {KILLS} kills",
        ledger.len(),
        got.len()
    );
    server.stop().await;
}

/// At random, but the same event no more than twice in a row: its pauses double.
fn fail_half_of_the_time(receiver: &Receiver) {
    let failures: Mutex<HashMap<String, u32>> = Mutex::default();
    let chance = Mutex::new(chance());
    receiver.answer(move |got| {
        let mut failures = failures.lock();
        let failed = failures.entry(got.id.clone()).or_default();
        let fails = *failed < 2 && chance.lock().random_bool(0.6);
        *failed += u32::from(fails);
        (if fails { 500 } else { 200 }, String::new())
    });
}

fn id(event: &Value) -> String {
    let account = event["account_id"].as_str().unwrap();
    format!("evt_{account}_{}", event["seq"])
}

/// What the webhook is to have: all of the accounts, which are younger than it.
async fn ledger(owner: &Client, accounts: &[String]) -> Vec<Value> {
    let mut events = Vec::new();
    for account in accounts {
        let mut after = "0".to_owned();
        loop {
            let path = format!("/api/events?account_id={account}&after={after}&limit=200");
            let page = owner.get(&path).await.expect(200);
            events.extend(page["items"].as_array().unwrap().clone());
            match page["next_cursor"].as_str() {
                Some(next) => next.clone_into(&mut after),
                None => break,
            }
        }
    }
    let mut numbers: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for event in &events {
        let account = numbers.entry(event["account_id"].as_str().unwrap());
        account.or_default().push(event["seq"].as_i64().unwrap());
    }
    for numbers in numbers.values() {
        let expected: Vec<i64> = (1..).take(numbers.len()).collect();
        assert_eq!(*numbers, expected, "the ledger has no gaps");
    }
    events
}

/// Repeats dropped, each chat's events come as they happened: what is received and what
/// is sent, in one order.
fn in_order(arrived: &[Got], conversations: &[Value]) {
    let with = |account: &str, number: &Value| {
        let found = conversations
            .iter()
            .find(|it| it["account_id"] == account && it["with"]["phone_number"] == *number);
        found.and_then(|it| it["id"].as_str())
    };
    let mut seen = BTreeSet::new();
    let mut lanes: BTreeMap<(&str, &str), Vec<i64>> = BTreeMap::new();
    for got in arrived {
        if seen.insert(&got.id) {
            let data = &got.body["data"];
            let chat = data["conversation_id"].as_str();
            let to = || with(got.account(), &data["to"]["phoneNumber"]);
            let chat = chat.or_else(to).unwrap_or_default();
            lanes
                .entry((got.account(), chat))
                .or_default()
                .push(got.seq());
        }
    }
    assert!(lanes.len() >= 4, "{lanes:?}");
    for (lane, numbers) in lanes {
        assert!(numbers.is_sorted(), "{lane:?}: {numbers:?}");
    }
}
