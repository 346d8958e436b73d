//! `kill -9` in the middle of a burst, again and again: the sessions' stores
//! lose nothing, and every chat can be read on both sides afterwards.

use crate::{
    crash::{chance, devices, until_ready_without_a_qr},
    support::{
        Client,
        eventually::within,
        process::Server,
        traffic::{
            Chat, Traffic, linked, stand_on_the_phones, told_as_sent, until_devices_have_everything,
        },
        whatsapp::{ANA, BRUNO, CARLA, received, send_text, simulator},
    },
};
use rand::{RngExt, rngs::StdRng};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::time::sleep;
use whahook_simulator::Simulator;

const ROUNDS: usize = 50;
/// Whom both accounts write to, and who write to both.
const PEERS: [&str; 6] = [
    BRUNO,
    "+593980000001",
    "+593980000002",
    "+593980000003",
    "+593980000004",
    "+593980000005",
];
const ACCOUNTS: [&str; 2] = [ANA, CARLA];
const WITHIN: Duration = Duration::from_secs(120);
/// The pace at which people write.
const PACE: Duration = Duration::from_millis(20);

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_fifty_times_in_a_burst_can_still_read_and_be_read_in_every_chat() {
    let mut chance = chance();
    let simulator = Arc::new(simulator().await);
    for number in PEERS.iter().skip(1).chain(&[CARLA]) {
        simulator.add_phone(number, "Somebody").await.unwrap();
    }
    let mut server = Server::start(&simulator, &[]).await;
    let owner = server.register("ana@example.com").await;
    let program = server.program_of(&owner).await;
    let mut chats = Vec::new();
    for from in ACCOUNTS {
        let account = linked(&owner, &simulator, from).await;
        chats.extend(PEERS.map(|to| Chat::new(&account, from, to)));
    }
    let linked_devices = devices(&simulator);

    let traffic = Traffic::start(&program, chats.clone());
    let people = People::start(&simulator);
    for round in 1..=ROUNDS {
        if round % 3 == 0 {
            // While it starts, and logs in.
            sleep(Duration::from_millis(chance.random_range(0..1_200))).await;
        } else {
            until_relayed(&simulator, &mut chance).await;
            // However busy the machine is: every life of it has something to lose.
            traffic.until_accepted(2).await;
        }
        sleep(Duration::from_micros(chance.random_range(0..30_000))).await;
        server.kill().await;
        server.launch();
    }
    server.until_ready().await;
    for chat in chats.iter().step_by(PEERS.len()) {
        until_ready_without_a_qr(&owner, &chat.account).await;
    }
    let accepted = traffic.stop().await;
    let written = people.stop().await;
    eprintln!("{} written out, {written} written in", accepted.len());
    assert!(accepted.len() > ROUNDS && written > ROUNDS);

    told_as_sent(&program, &accepted).await;
    stand_on_the_phones(&simulator, &accepted).await;
    until_devices_have_everything(&simulator).await;
    assert_eq!(
        devices(&simulator),
        linked_devices,
        "nothing is linked anew"
    );
    every_chat_is_read_at_once(&program, &simulator, &chats).await;
    server.stop().await;
}

/// Waits until some messages have passed since the last kill.
async fn until_relayed(simulator: &Simulator, chance: &mut StdRng) {
    let enough = simulator.stats().messages_relayed + chance.random_range(1..60);
    within(
        WITHIN,
        || async { simulator.stats().messages_relayed },
        |relayed| *relayed >= enough,
    )
    .await;
}

/// A message each way in each chat, and nobody has to ask for one again.
async fn every_chat_is_read_at_once(program: &Client, simulator: &Simulator, chats: &[Chat]) {
    let asked_again = simulator.stats().messages_asked_again;
    for chat in chats {
        let (from, to) = (&chat.from, &chat.to);
        let text = format!("After all, {from} to {to}");
        send_text(program, &chat.account, to, &text).await;
        within(
            WITHIN,
            || async { received(simulator, to) },
            |messages| messages.iter().any(|message| message.text == text),
        )
        .await;
        simulator.send_text(to, from, "After all").await.unwrap();
    }
    until_devices_have_everything(simulator).await;
    assert_eq!(simulator.stats().messages_asked_again, asked_again);
}

/// People who write to the accounts all the time.
struct People {
    enough: Arc<AtomicBool>,
    written: Arc<AtomicUsize>,
    writing: tokio::task::JoinHandle<()>,
}

impl People {
    fn start(simulator: &Arc<Simulator>) -> Self {
        let enough = Arc::new(AtomicBool::new(false));
        let written = Arc::new(AtomicUsize::new(0));
        let (simulator, stop, count) = (simulator.clone(), enough.clone(), written.clone());
        let writing = tokio::spawn(async move {
            let pairs = PEERS.iter().flat_map(|from| ACCOUNTS.map(|to| (*from, to)));
            for (from, to) in pairs.cycle() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                simulator.send_text(from, to, "From a phone").await.unwrap();
                count.fetch_add(1, Ordering::Relaxed);
                sleep(PACE).await;
            }
        });
        Self {
            enough,
            written,
            writing,
        }
    }

    /// How many messages they wrote.
    async fn stop(self) -> usize {
        self.enough.store(true, Ordering::Relaxed);
        self.writing.await.unwrap();
        self.written.load(Ordering::Relaxed)
    }
}
