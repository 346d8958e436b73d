use std::path::Path;
use std::sync::Arc;

use sqlx::Connection as _;
use whahook_simulator::{Addressing, Config, Simulator};
use whatsapp_rust::Jid;
use whatsapp_rust_sqlite_storage::SqliteStore;

use crate::support::*;

async fn opened(file: &Path) -> Arc<SqliteStore> {
    Arc::new(SqliteStore::new(file.to_str().unwrap()).await.unwrap())
}

fn copy(store: &Path, backup: &Path) {
    for part in ["", "-wal"] {
        let named = |file: &Path| format!("{}{part}", file.display());
        if Path::new(&named(store)).exists() {
            std::fs::copy(named(store), named(backup)).unwrap();
        }
    }
}

/// A client whose store was put back to an earlier day has sessions that its
/// peers have long left behind: neither side can read the other until the
/// message is asked for, and sent, again.
#[tokio::test(flavor = "multi_thread")]
async fn sides_that_cannot_read_each_other_any_more_recover() {
    let folder = tempfile::tempdir().unwrap();
    let (store, backup) = (
        folder.path().join("store.db"),
        folder.path().join("backup.db"),
    );
    let simulator = simulator().await;
    let ana = TestClient::start(&simulator.ws_url(), opened(&store).await).await;
    let qr = ana.qr().await;
    simulator.scan(ANA, &qr).await.unwrap();
    ana.ready().await;
    let talk = async |client: &TestClient, day: &str| {
        for n in 0..3 {
            let id = client.send(BRUNO, &format!("{day} {n}")).await;
            client.receipt(&id, ReceiptType::Delivered).await;
            let answer = format!("{day} answer {n}");
            simulator.send_text(BRUNO, ANA, &answer).await.unwrap();
            client.text(&answer).await;
        }
    };
    talk(&ana, "monday").await;
    drop(ana.stop().await);
    copy(&store, &backup);
    let ana = TestClient::start(&simulator.ws_url(), opened(&store).await).await;
    talk(&ana, "tuesday").await;
    drop(ana.stop().await);

    let ana = TestClient::start(&simulator.ws_url(), opened(&backup).await).await;
    ana.ready().await;
    simulator
        .send_text(BRUNO, ANA, "which day is it")
        .await
        .unwrap();
    ana.text("which day is it").await;
    let id = ana.send(BRUNO, "monday, I thought").await;
    assert_eq!(
        on_phone(&simulator, BRUNO, "monday, I thought").await.id,
        id
    );
    ana.receipt(&id, ReceiptType::Delivered).await;
}

/// A group of Ana and Bruno.
async fn group(simulator: &Simulator) -> Jid {
    let members = [BRUNO.to_owned()];
    let made = simulator.make_group("Two", ANA, &members, Addressing::Lid);
    made.await.unwrap().jid.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_lost_the_keys_of_a_group_asks_for_the_message_again() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        data: Some(folder.path().to_owned()),
        ..Default::default()
    };
    let simulator = Simulator::start(config.clone()).await.unwrap();
    simulator.add_phone(ANA, "Ana").await.unwrap();
    simulator.add_phone(BRUNO, "Bruno").await.unwrap();
    let ana = TestClient::linked(&simulator, ANA).await;
    let group = group(&simulator).await;
    for text in ["with the key", "without"] {
        let sent = ana.client.send_text(group.clone(), text).await.unwrap();
        on_phone(&simulator, BRUNO, text).await;
        ana.receipt(&sent.message_id, ReceiptType::Delivered).await;
    }
    let backend = ana.stop().await;
    simulator.stop().await;
    let file = format!("sqlite://{}/simulator.db", folder.path().display());
    let mut records = sqlx::SqliteConnection::connect(&file).await.unwrap();
    let lost = sqlx::query("DELETE FROM records WHERE kind = 'sender_key'");
    let lost = lost.execute(&mut records).await.unwrap();
    assert!(lost.rows_affected() > 0);
    records.close().await.unwrap();

    let simulator = Simulator::start(config).await.unwrap();
    let ana = TestClient::start(&simulator.ws_url(), backend).await;
    ana.ready().await;
    let sent = ana.client.send_text(group.clone(), "again").await.unwrap();
    assert_eq!(
        on_phone(&simulator, BRUNO, "again").await.id,
        sent.message_id
    );
    assert!(simulator.stats().messages_asked_again > 0);
    // From then on it has the key.
    ana.client.send_text(group.clone(), "and on").await.unwrap();
    on_phone(&simulator, BRUNO, "and on").await;
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_lost_the_keys_of_a_group_is_sent_the_message_again() {
    let folder = tempfile::tempdir().unwrap();
    let (store, backup) = (
        folder.path().join("store.db"),
        folder.path().join("backup.db"),
    );
    let simulator = simulator().await;
    let ana = TestClient::start(&simulator.ws_url(), opened(&store).await).await;
    let qr = ana.qr().await;
    simulator.scan(ANA, &qr).await.unwrap();
    ana.ready().await;
    simulator.send_text(BRUNO, ANA, "before").await.unwrap();
    ana.text("before").await;
    drop(ana.stop().await);
    copy(&store, &backup);
    let group = group(&simulator).await.to_string();
    let ana = TestClient::start(&simulator.ws_url(), opened(&store).await).await;
    simulator
        .send_text(BRUNO, &group, "with the key")
        .await
        .unwrap();
    ana.text("with the key").await;
    // What it has not acknowledged would come again, with the key.
    eventually("an empty queue", || async {
        let queued = simulator.phone(ANA).unwrap().devices[0].queued;
        (queued == 0).then_some(())
    })
    .await;
    drop(ana.stop().await);

    let ana = TestClient::start(&simulator.ws_url(), opened(&backup).await).await;
    ana.ready().await;
    let written = simulator.send_text(BRUNO, &group, "again").await.unwrap();
    assert_eq!(ana.text("again").await, written.id);
    assert!(simulator.stats().messages_asked_again > 0);
    simulator.send_text(BRUNO, &group, "and on").await.unwrap();
    ana.text("and on").await;
    simulator.stop().await;
}
