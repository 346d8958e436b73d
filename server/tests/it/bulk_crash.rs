//! A server that is killed in the middle of a bulk: everybody gets their
//! message, and nobody twice.

use crate::{
    bulk::{expected, many},
    crash::until_ready_without_a_qr,
    support::{
        eventually::{eventually, within},
        process::Server,
        services::PostgresServer,
        traffic::linked,
        whatsapp::{ANA, BRUNO, CARLA, received, simulator},
    },
};
use serde_json::json;
use std::time::Duration;

/// More than are in the queue at a time.
const ROWS: usize = 450;
const KILLS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(180);

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_on_sqlite_survives_kills() {
    survives(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_on_postgres_survives_kills() {
    if let Some(postgres) = PostgresServer::start("a bulk that is killed").await {
        survives(&[("DATABASE_URL", &postgres.url)]).await;
    }
}

async fn survives(variables: &[(&str, &str)]) {
    let simulator = simulator().await;
    simulator.add_phone(CARLA, "Carla").await.unwrap();
    let mut server = Server::start(&simulator, variables).await;
    let owner = server.register("ana@example.com").await;
    let program = server.program_of(&owner).await;
    let account = linked(&owner, &simulator, ANA).await;
    let to = [BRUNO, CARLA];
    let bulk = many(&account, &to, ROWS);
    let accepted = program.post("/api/messages/bulk", bulk).await.expect(202);
    let path = format!("/api/messages/bulk/{}", accepted["id"].as_str().unwrap());

    let arrived = || received(&simulator, BRUNO).len() + received(&simulator, CARLA).len();
    for _ in 0..KILLS {
        let more = arrived() + ROWS / (KILLS * 2);
        within(PATIENCE, || async { arrived() }, |count| *count >= more).await;
        server.kill().await;
        eprintln!("killed after {} of {ROWS}", arrived());
        server.launch();
        server.until_ready().await;
    }
    until_ready_without_a_qr(&owner, &account).await;
    let done = within(
        PATIENCE,
        || async { program.get(&path).await.expect(200) },
        |bulk| bulk["status"] == "finished",
    )
    .await;
    let progress = &done["progress"];
    let ended = (
        &progress["total"],
        &progress["failed"],
        &progress["cancelled"],
    );
    assert_eq!(ended, (&json!(ROWS), &json!(0), &json!(0)));
    eventually(|| async { arrived() }, |count| *count >= ROWS).await;
    for phone in to {
        let texts: Vec<String> = received(&simulator, phone)
            .into_iter()
            .map(|message| message.text)
            .collect();
        assert_eq!(texts, expected(&to, phone, ROWS), "each once and in order");
    }
    server.stop().await;
}
