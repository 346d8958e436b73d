use whahook_simulator::{LinkError, Status};

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_linked_by_qr_and_becomes_ready() {
    let simulator = simulator().await;
    let client = TestClient::fresh(&simulator).await;
    let qr = client.qr().await;
    let device = simulator.scan(ANA, &qr).await.unwrap();
    assert_eq!(device.id, 1);
    client.ready().await;
    let phone = simulator.phone(ANA).unwrap();
    assert_eq!(phone.devices.len(), 1);
    assert!(phone.devices[0].connected);
    client.stop().await;
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_can_be_scanned_only_once() {
    let simulator = simulator().await;
    let client = TestClient::fresh(&simulator).await;
    let qr = client.qr().await;
    simulator.scan(ANA, &qr).await.unwrap();
    let again = simulator.scan(BRUNO, &qr).await.unwrap_err();
    assert!(matches!(
        again,
        whahook_simulator::Error::Link(LinkError::UnknownCode)
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_companions_of_one_phone_see_what_the_other_writes() {
    let simulator = simulator().await;
    let first = TestClient::linked(&simulator, ANA).await;
    let second = TestClient::linked(&simulator, ANA).await;
    // A client told of a companion while it still asks for its own list forgets it again, until
    // the hash in an acknowledgement shows it that its list is out of date.
    eventually("the second hears from the first", async || {
        let id = first.send(BRUNO, "is anybody there").await;
        first.acknowledged(&id).await;
        second.has_text("is anybody there").then_some(())
    })
    .await;
    let id = first.send(BRUNO, "from the first").await;
    assert_eq!(first.acknowledged(&id).await, None);
    second.text("from the first").await;
    let own = on_phone(&simulator, ANA, "from the first").await;
    assert_eq!((own.to.to_string().as_str(), own.device), (BRUNO, 1));
    first.receipt(&id, ReceiptType::Delivered).await;
    eventually("the tick on the phone", async || {
        let messages = simulator.messages(ANA).unwrap();
        let own = messages.into_iter().find(|m| m.id == id)?;
        (own.status >= Status::Delivered).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_linked_by_a_code_and_a_mistyped_one_is_refused() {
    let simulator = simulator().await;
    let client = TestClient::fresh(&simulator).await;
    client.qr().await;
    let options = whatsapp_rust::pair_code::PairCodeOptions {
        phone_number: ANA.to_owned(),
        ..Default::default()
    };
    let code = client.client.pair_with_code(options).await.unwrap();
    let wrong: String = code.chars().rev().collect();
    let refused = simulator.pair(ANA, &wrong).await.unwrap_err();
    assert_eq!(refused.to_string(), "the code is wrong");
    let device = simulator.pair(ANA, &code.to_lowercase()).await.unwrap();
    client.ready().await;
    assert_eq!(simulator.phone(ANA).unwrap().devices[0].id, device.id);
    let id = client.send(BRUNO, "linked by code").await;
    client.receipt(&id, ReceiptType::Delivered).await;
}
