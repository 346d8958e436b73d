use std::time::Duration;

use whahook_simulator::Fault;
use whatsapp_rust::prelude::Event;

use crate::support::*;

async fn connected_twice(client: &TestClient) {
    eventually("a second connection", async || {
        (client.count(|e| matches!(e, Event::Connected(_))) >= 2).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unlinking_on_the_phone_logs_the_client_out_for_good() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    simulator.unlink(ANA, 1).await.unwrap();
    let on_connect = ana
        .event("LoggedOut", |e| match e {
            Event::LoggedOut(out) => Some(out.on_connect),
            _ => None,
        })
        .await;
    assert!(!on_connect);
    assert!(simulator.phone(ANA).unwrap().devices.is_empty());
    let backend = ana.stop().await;
    let again = TestClient::start(&simulator.ws_url(), backend).await;
    let on_connect = again
        .event("LoggedOut", |e| match e {
            Event::LoggedOut(out) => Some(out.on_connect),
            _ => None,
        })
        .await;
    assert!(on_connect);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_logs_out_disappears_from_the_phone() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    ana.client.logout().await;
    eventually("the device to be gone", async || {
        simulator
            .phone(ANA)
            .unwrap()
            .devices
            .is_empty()
            .then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_socket_is_followed_by_a_new_connection() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    simulator.fault(Some(ANA), &Fault::Close).unwrap();
    connected_twice(&ana).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_error_is_followed_by_a_new_connection() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    simulator
        .fault(None, &Fault::StreamError { code: 503 })
        .unwrap();
    connected_twice(&ana).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_stream_is_reported_and_not_taken_up_again() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    simulator.fault(Some(ANA), &Fault::Replaced).unwrap();
    ana.event("StreamReplaced", |e| {
        matches!(e, Event::StreamReplaced(_)).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_device_twice_replaces_the_first_connection() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let second = TestClient::start(&simulator.ws_url(), ana.backend.clone()).await;
    ana.event("StreamReplaced", |e| {
        matches!(e, Event::StreamReplaced(_)).then_some(())
    })
    .await;
    second.ready().await;
    assert!(simulator.phone(ANA).unwrap().devices[0].connected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_temporary_ban_names_its_time() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let ban = Fault::TemporaryBan {
        expire: 600,
        code: 102,
    };
    simulator.fault(Some(ANA), &ban).unwrap();
    let expire = ana
        .event("TemporaryBan", |e| match e {
            Event::TemporaryBan(ban) => Some(ban.expire),
            _ => None,
        })
        .await;
    assert!((590..=601).contains(&expire.num_seconds()), "{expire}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outdated_client_is_told_so_once() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    simulator.fault(Some(ANA), &Fault::ClientOutdated).unwrap();
    ana.event("ClientOutdated", |e| {
        matches!(e, Event::ClientOutdated(_)).then_some(())
    })
    .await;
    let backend = ana.stop().await;
    let updated = TestClient::start(&simulator.ws_url(), backend).await;
    updated.ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unavailable_server_is_tried_again_until_it_is_back() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    simulator
        .fault(None, &Fault::Unavailable { for_s: 1.5 })
        .unwrap();
    ana.event("ConnectFailure", |e| {
        matches!(e, Event::ConnectFailure(_)).then_some(())
    })
    .await;
    connected_twice(&ana).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deaf_server_answers_nothing_until_it_hears_again() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let bruno = TestClient::linked(&simulator, BRUNO).await;
    let messages = || ana.count(|e| matches!(e, Event::Messages(_)));
    let before = messages();
    simulator
        .fault(Some(ANA), &Fault::Deaf { for_s: 60.0 })
        .unwrap();
    simulator.send_text(BRUNO, ANA, "kept").await.unwrap();
    // Bruno's client is not troubled; by the time it is served, Ana's could have been as well.
    let id = bruno.send(BRUNO, "note to self").await;
    bruno.acknowledged(&id).await;
    assert_eq!(messages(), before);
    assert!(simulator.phone(ANA).unwrap().devices[0].connected);
    simulator.fault(Some(ANA), &Fault::Clear).unwrap();
    ana.text("kept").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_message_is_acknowledged_with_its_error_and_not_relayed() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    simulator
        .fault(
            Some(ANA),
            &Fault::AckError {
                code: 463,
                times: 1,
            },
        )
        .unwrap();
    let refused = ana.send(BRUNO, "refused").await;
    assert_eq!(ana.acknowledged(&refused).await.as_deref(), Some("463"));
    let taken = ana.send(BRUNO, "taken").await;
    assert_eq!(ana.acknowledged(&taken).await, None);
    on_phone(&simulator, BRUNO, "taken").await;
    assert_eq!(simulator.messages(BRUNO).unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn latency_slows_every_answer_down() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let first = ana.send(BRUNO, "quick").await;
    ana.acknowledged(&first).await;
    simulator.fault(None, &Fault::Latency { ms: 400 }).unwrap();
    let before = std::time::Instant::now();
    let id = ana.send(BRUNO, "slow").await;
    ana.acknowledged(&id).await;
    assert!(before.elapsed() >= Duration::from_millis(400));
}
