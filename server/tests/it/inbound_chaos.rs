//! People write while the server is killed again and again, and the program that
//! is sent the events fails half of the time: the ledger has each message once and
//! without gaps, each conversation has it once and in order, and the program has
//! got each, in the order of its conversation.

mod checks;
mod people;
mod receiver;

use crate::{
    crash::{chance, devices, until_ready_without_a_qr},
    support::{
        Client, eventually::within, process::Server, services::PostgresServer,
        traffic::until_devices_have_everything, whatsapp::simulator,
    },
};
use people::{People, Writing};
use rand::{RngExt, rngs::StdRng};
use receiver::Receiver;
use serde_json::json;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::sleep;
use whahook_simulator::Simulator;

struct Size {
    sessions: usize,
    /// Who write.
    people: usize,
    /// People who write to a session, and how much each.
    chats: usize,
    in_a_chat: usize,
    groups: usize,
    accounts_in_a_group: usize,
    writers_in_a_group: usize,
    in_a_group: usize,
    /// Between two messages of a person.
    pace: Duration,
    /// While messages come in, and while the rest is handed on.
    kills: [usize; 2],
}

/// As much as was promised.
const WHOLE: Size = Size {
    sessions: 20,
    people: 30,
    chats: 6,
    in_a_chat: 30,
    groups: 10,
    accounts_in_a_group: 4,
    writers_in_a_group: 3,
    in_a_group: 35,
    pace: Duration::from_millis(400),
    kills: [17, 3],
};
/// A part of it that every run of the tests can wait for.
const PART: Size = Size {
    sessions: 8,
    people: 12,
    chats: 4,
    in_a_chat: 25,
    groups: 4,
    in_a_group: 13,
    pace: Duration::from_millis(300),
    kills: [6, 2],
    ..WHOLE
};
/// Until something that must happen has, on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(240);

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_messages_come_in_once_while_a_server_on_sqlite_is_killed_eight_times() {
    survives(&PART, 1_008, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_messages_come_in_once_while_a_server_on_postgres_is_killed_eight_times() {
    let Some(postgres) = PostgresServer::start("kill -9 while many write").await else {
        return;
    };
    survives(&PART, 1_008, &[("DATABASE_URL", &postgres.url)]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "cargo xtask bench chaos runs it; it takes minutes"]
async fn five_thousand_messages_come_in_once_while_the_server_is_killed_twenty_times() {
    survives(&WHOLE, 5_000, &[]).await;
}

async fn survives(size: &Size, messages: usize, variables: &[(&str, &str)]) {
    let begun = Instant::now();
    let mut chance = chance();
    let receiver = Receiver::start().await;
    let simulator = Arc::new(simulator().await);
    let mut all = vec![("ALLOW_PRIVATE_TARGETS", "true")];
    all.extend_from_slice(variables);
    let mut server = Server::start(&simulator, &all).await;
    let owner = server.register("ana@example.com").await;
    let webhook = json!({"url": receiver.url, "events": ["message:received"]});
    let webhook = owner.post("/api/webhooks", webhook).await.expect(201);
    let people = People::meet(size, &owner, &simulator).await;
    assert_eq!(people.deliveries(size), messages);
    let linked_devices = devices(&simulator);
    eprintln!("{:>4} s: all are linked", begun.elapsed().as_secs());

    let writing = people.write(size, &simulator);
    let [while_written, while_handed_on] = size.kills;
    for kill in 1..=while_written {
        if kill % 3 == 0 {
            // While it starts, and logs in.
            sleep(Duration::from_millis(chance.random_range(0..1_500))).await;
        } else {
            let enough = messages * kill / (while_written + 1);
            until_taken(&simulator, &writing, enough, &mut chance).await;
        }
        kill_and_launch(&mut server, &receiver, &begun).await;
    }
    let expected = writing.finish().await;
    for kill in 1..=while_handed_on {
        let rest = messages.saturating_sub(receiver.arrived());
        let enough = receiver.arrived() + rest * kill / (while_handed_on + 1);
        until_arrived(&receiver, enough).await;
        kill_and_launch(&mut server, &receiver, &begun).await;
    }
    server.until_ready().await;
    until_all_are_ready(&owner, &people).await;
    until_devices_have_everything(&simulator).await;
    until_arrived(&receiver, messages).await;
    eprintln!("{:>4} s: all arrived", begun.elapsed().as_secs());

    assert_eq!(
        devices(&simulator),
        linked_devices,
        "nothing is linked anew"
    );
    let mut ledgers = Vec::new();
    for account in &people.accounts {
        let ledger = checks::ledger(&owner, account).await;
        checks::has_each_once(account, &ledger, &expected);
        checks::shows_each_once(&owner, account, &expected).await;
        ledgers.push(ledger);
    }
    let got = receiver.take_all();
    let failed = got.iter().filter(|it| !it.arrived).count();
    assert!(
        failed * 10 > got.len() * 4,
        "{failed} of {} failed",
        got.len()
    );
    checks::got_each_in_order(&got, webhook["secret"].as_str().unwrap(), &ledgers);
    server.stop().await;
    eprintln!(
        "{:>4} s: {messages} messages, {} events, {} requests of which {failed} failed, {} kills",
        begun.elapsed().as_secs(),
        ledgers.iter().map(Vec::len).sum::<usize>(),
        got.len(),
        while_written + while_handed_on,
    );
}

async fn kill_and_launch(server: &mut Server, receiver: &Receiver, begun: &Instant) {
    server.kill().await;
    let seconds = begun.elapsed().as_secs();
    eprintln!("{seconds:>4} s: killed; {} arrived", receiver.arrived());
    server.launch();
}

/// Waits until the accounts' devices have taken in so many messages, and then some.
async fn until_taken(simulator: &Simulator, writing: &Writing, enough: usize, chance: &mut StdRng) {
    let taken = || async {
        let phones = simulator.phones();
        let devices = phones.iter().flat_map(|phone| &phone.devices);
        let queued: usize = devices.map(|device| device.queued).sum();
        writing.deliveries().saturating_sub(queued)
    };
    within(PATIENCE, taken, |taken| *taken >= enough).await;
    sleep(Duration::from_millis(chance.random_range(0..200))).await;
}

async fn until_arrived(receiver: &Receiver, enough: usize) {
    let arrived = || async { receiver.arrived() };
    within(PATIENCE, arrived, |arrived| *arrived >= enough).await;
}

async fn until_all_are_ready(owner: &Client, people: &People) {
    for account in &people.accounts {
        until_ready_without_a_qr(owner, account).await;
    }
}
