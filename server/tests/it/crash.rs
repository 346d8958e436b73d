//! `kill -9` in the middle of everything: nothing that was accepted is lost,
//! nothing arrives twice, and nobody has to scan again.

use crate::support::{
    Client,
    eventually::eventually,
    process::Server,
    services::{PostgresServer, RedisServer},
    traffic::{Chat, Traffic, arrived_once, linked, until_devices_have_everything},
    whatsapp::{ANA, BRUNO, CARLA, simulator},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::time::Duration;
use tokio::time::sleep;
use whahook::platform::{clock::Clock, ids::Ids};
use whahook_simulator::Simulator;

/// When a server is killed, as far as it is not left to chance.
#[derive(Debug, Clone, Copy)]
enum Moment {
    Accepting,
    Sending,
    Starting,
}

const ROUNDS: [Moment; 7] = [
    Moment::Sending,
    Moment::Starting,
    Moment::Accepting,
    Moment::Sending,
    Moment::Starting,
    Moment::Starting,
    Moment::Sending,
];

/// Another for each run; `CRASH_SEED` repeats the moments of an earlier one.
pub fn chance() -> StdRng {
    let seed = match std::env::var("CRASH_SEED") {
        Ok(seed) => seed.parse().expect("CRASH_SEED is a number"),
        Err(_) => u64::from_le_bytes(Ids::new(Clock::system()).bytes()),
    };
    eprintln!("CRASH_SEED={seed}");
    StdRng::seed_from_u64(seed)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_on_sqlite_that_is_killed_again_and_again_loses_and_doubles_nothing() {
    survives(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_on_postgres_and_redis_that_is_killed_again_and_again_loses_and_doubles_nothing() {
    let test = "kill -9 on PostgreSQL and Redis";
    let Some(postgres) = PostgresServer::start(test).await else {
        return;
    };
    let Some(redis) = RedisServer::start(test).await else {
        return;
    };
    survives(&[("DATABASE_URL", &postgres.url), ("REDIS_URL", &redis.url)]).await;
}

async fn survives(variables: &[(&str, &str)]) {
    let mut chance = chance();
    let simulator = simulator().await;
    simulator.add_phone(CARLA, "Carla").await.unwrap();
    let mut server = Server::start(&simulator, variables).await;
    let owner = server.register("ana@example.com").await;
    let program = server.program_of(&owner).await;
    let mut chats = Vec::new();
    let mut accounts = Vec::new();
    for (from, to) in [(ANA, [BRUNO, CARLA]), (CARLA, [BRUNO, ANA])] {
        let account = linked(&owner, &simulator, from).await;
        chats.extend(to.map(|to| Chat::new(&account, from, to)));
        accounts.push(account);
    }
    let devices = devices(&simulator);

    let traffic = Traffic::start(&program, chats);
    for moment in ROUNDS {
        let few = chance.random_range(1..80);
        match moment {
            Moment::Accepting => traffic.until_accepted(few).await,
            Moment::Sending => until_relayed(&simulator, few).await,
            Moment::Starting => {
                sleep(Duration::from_millis(chance.random_range(0..1_500))).await;
            }
        }
        sleep(Duration::from_micros(chance.random_range(0..30_000))).await;
        server.kill().await;
        let stats = simulator.stats();
        let (accepted, sent) = (traffic.accepted(), stats.distinct_message_ids);
        eprintln!("killed while {moment:?}: {accepted} accepted, {sent} sent");
        server.launch();
    }
    server.until_ready().await;
    for account in &accounts {
        until_ready_without_a_qr(&owner, account).await;
    }
    until_relayed(&simulator, 20).await;
    assert!(traffic.unanswered() > 0, "nobody noticed the kills");

    let accepted = traffic.stop().await;
    arrived_once(&program, &simulator, &accepted).await;
    assert_eq!(
        self::devices(&simulator),
        devices,
        "nothing was linked anew"
    );
    until_devices_have_everything(&simulator).await;
    server.stop().await;
}

async fn until_relayed(simulator: &Simulator, more: usize) {
    let enough = simulator.stats().messages_relayed + more as u64;
    eventually(
        || async { simulator.stats().messages_relayed },
        |relayed| *relayed >= enough,
    )
    .await;
}

pub async fn until_ready_without_a_qr(owner: &Client, account: &str) {
    let path = format!("/api/accounts/{account}/session/status");
    eventually(
        || async { owner.get(&path).await.expect(200) },
        |view| {
            let status = view["status"].as_str().unwrap();
            let linked = ["connecting", "reconnecting", "ready"].contains(&status);
            assert!(linked, "{view}");
            status == "ready"
        },
    )
    .await;
}

/// Which devices are linked to the phones, and since when.
pub fn devices(simulator: &Simulator) -> Vec<(String, u16, String)> {
    let phones = simulator.phones();
    phones
        .into_iter()
        .flat_map(|phone| {
            let number = phone.phone_number.to_string();
            let named = move |device: whahook_simulator::DeviceView| {
                (number.clone(), device.id, device.linked_at)
            };
            phone.devices.into_iter().map(named)
        })
        .collect()
}
