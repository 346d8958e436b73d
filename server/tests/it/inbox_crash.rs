//! `kill -9` while people write: each message is there once, and in order.

use crate::{
    crash::chance,
    support::{
        Client,
        eventually::eventually,
        process::Server,
        services::PostgresServer,
        traffic::linked,
        whatsapp::{ANA, BRUNO, CARLA, simulator},
    },
};
use rand::RngExt;
use serde_json::Value;
use std::{collections::BTreeSet, time::Duration};
use tokio::time::sleep;

const EACH: usize = 100;
const KILLS: usize = 5;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_on_sqlite_that_is_killed_while_people_write_has_each_message_once() {
    survives(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_on_postgres_that_is_killed_while_people_write_has_each_message_once() {
    let Some(postgres) = PostgresServer::start("kill -9 while people write").await else {
        return;
    };
    survives(&[("DATABASE_URL", &postgres.url)]).await;
}

async fn survives(variables: &[(&str, &str)]) {
    let mut chance = chance();
    let simulator = simulator().await;
    simulator.add_phone(CARLA, "Carla").await.unwrap();
    let mut server = Server::start(&simulator, variables).await;
    let owner = server.register("ana@example.com").await;
    let account = linked(&owner, &simulator, ANA).await;

    let mut written = BTreeSet::new();
    let writes = async {
        for n in 0..EACH {
            for from in [BRUNO, CARLA] {
                let text = format!("{from} {n}");
                let message = simulator.send_text(from, ANA, &text).await.unwrap();
                written.insert(message.id);
            }
            sleep(Duration::from_millis(15)).await;
        }
    };
    let kills = async {
        for _ in 0..KILLS {
            sleep(Duration::from_millis(chance.random_range(50..600))).await;
            server.kill().await;
            server.launch();
            server.until_ready().await;
        }
    };
    tokio::join!(writes, kills);

    let received = eventually(
        || received(&owner, &account),
        |received: &Vec<String>| received.len() >= written.len(),
    )
    .await;
    let once: BTreeSet<String> = received.iter().cloned().collect();
    assert_eq!(once.len(), received.len(), "one stands there twice");
    assert_eq!(once, written);
    is_in_order(&owner, &account, written.len()).await;
    server.stop().await;
}

/// WhatsApp's ids of what stands in the account's conversations.
async fn received(owner: &Client, account: &str) -> Vec<String> {
    let list = owner
        .get(&format!("/api/conversations?account_id={account}"))
        .await
        .expect(200);
    let mut ids = Vec::new();
    for conversation in list["items"].as_array().unwrap() {
        let id = conversation["id"].as_str().unwrap();
        let path = format!("/api/conversations/{id}/messages?limit=200");
        let page = owner.get(&path).await.expect(200);
        let id = |message: &Value| message["whatsapp_message_id"].as_str().unwrap().to_owned();
        ids.extend(page["items"].as_array().unwrap().iter().map(id));
    }
    ids
}

/// The unread count and each conversation's order say the same as the messages.
async fn is_in_order(owner: &Client, account: &str, messages: usize) {
    let list = owner
        .get(&format!("/api/conversations?account_id={account}"))
        .await
        .expect(200);
    let unread: i64 = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|conversation| conversation["unread"].as_i64().unwrap())
        .sum();
    assert_eq!(usize::try_from(unread).unwrap(), messages);
    for conversation in list["items"].as_array().unwrap() {
        let id = conversation["id"].as_str().unwrap();
        let path = format!("/api/conversations/{id}/messages?order=oldest&limit=200");
        let page = owner.get(&path).await.expect(200);
        let texts: Vec<usize> = page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|message| {
                let text = message["text"].as_str().unwrap();
                text.split(' ').next_back().unwrap().parse().unwrap()
            })
            .collect();
        assert_eq!(texts, (0..EACH).collect::<Vec<_>>(), "in order");
    }
}
