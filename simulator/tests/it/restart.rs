use std::net::{IpAddr, SocketAddr};

use whahook_simulator::{Config, Simulator};

use crate::support::*;

fn kept_in(folder: &std::path::Path, port: u16) -> Config {
    Config {
        host: IpAddr::from([127, 0, 0, 1]),
        port,
        data: Some(folder.to_owned()),
        demo: false,
    }
}

fn port_of(simulator: &Simulator) -> u16 {
    let address: SocketAddr = simulator
        .http_url()
        .trim_start_matches("http://")
        .parse()
        .unwrap();
    address.port()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_logs_in_again_without_a_new_qr() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let backend = ana.stop().await;
    let ana = TestClient::start(&simulator.ws_url(), backend).await;
    ana.ready().await;
    let id = ana.send(BRUNO, "back again").await;
    ana.receipt(&id, ReceiptType::Delivered).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulator_that_starts_again_knows_everything() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = Simulator::start(kept_in(folder.path(), 0)).await.unwrap();
    simulator.add_phone(ANA, "Ana").await.unwrap();
    simulator.add_phone(BRUNO, "Bruno").await.unwrap();
    let root = simulator.info().root;
    let ana = TestClient::linked(&simulator, ANA).await;
    let id = ana.send(BRUNO, "first day").await;
    ana.receipt(&id, ReceiptType::Delivered).await;
    simulator.send_text(BRUNO, ANA, "answer").await.unwrap();
    ana.text("answer").await;
    let backend = ana.stop().await;
    simulator.send_text(BRUNO, ANA, "overnight").await.unwrap();
    simulator.stop().await;

    let simulator = Simulator::start(kept_in(folder.path(), 0)).await.unwrap();
    assert_eq!(simulator.info().root, root);
    let texts: Vec<_> = simulator
        .messages(BRUNO)
        .unwrap()
        .into_iter()
        .map(|m| m.text)
        .collect();
    assert_eq!(texts, ["first day", "answer", "overnight"]);
    let ana = TestClient::start(&simulator.ws_url(), backend).await;
    ana.text("overnight").await;
    let id = ana.send(BRUNO, "second day").await;
    ana.receipt(&id, ReceiptType::Delivered).await;
    let read = simulator.read(BRUNO, ANA).await.unwrap();
    assert_eq!(read, 2);
    ana.receipt(&id, ReceiptType::Read).await;
    simulator.send_text(BRUNO, ANA, "good night").await.unwrap();
    ana.text("good night").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_finds_a_restarted_simulator_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = Simulator::start(kept_in(folder.path(), 0)).await.unwrap();
    simulator.add_phone(ANA, "Ana").await.unwrap();
    simulator.add_phone(BRUNO, "Bruno").await.unwrap();
    let ana = TestClient::linked(&simulator, ANA).await;
    let port = port_of(&simulator);
    simulator.stop().await;
    let simulator = Simulator::start(kept_in(folder.path(), port))
        .await
        .unwrap();
    simulator
        .send_text(BRUNO, ANA, "are you there")
        .await
        .unwrap();
    ana.text("are you there").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_client_goes_on_where_its_store_was() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let id = ana.send(BRUNO, "before the crash").await;
    ana.receipt(&id, ReceiptType::Delivered).await;
    let backend = ana.kill();
    let ana = TestClient::start(&simulator.ws_url(), backend).await;
    ana.ready().await;
    let id = ana.send(BRUNO, "after the crash").await;
    ana.receipt(&id, ReceiptType::Delivered).await;
    simulator.send_text(BRUNO, ANA, "and back").await.unwrap();
    ana.text("and back").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_another_key_still_shakes_hands_and_knows_nobody() {
    let first = simulator().await;
    let ana = TestClient::linked(&first, ANA).await;
    let backend = ana.stop().await;
    first.stop().await;
    // The client remembers the key of the first server and tries it on the second.
    let second = simulator().await;
    let ana = TestClient::start(&second.ws_url(), backend).await;
    ana.event("LoggedOut", |e| match e {
        whatsapp_rust::prelude::Event::LoggedOut(out) => out.on_connect.then_some(()),
        _ => None,
    })
    .await;
}
