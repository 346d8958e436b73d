use whahook_simulator::Status;

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_text_of_a_client_reaches_the_phone_and_the_ticks_come_back() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let id = ana.send(BRUNO, "hello").await;
    assert_eq!(ana.acknowledged(&id).await, None);
    let received = on_phone(&simulator, BRUNO, "hello").await;
    assert_eq!(received.id, id);
    assert_eq!(received.from.to_string(), ANA);
    ana.receipt(&id, ReceiptType::Delivered).await;
    assert_eq!(simulator.read(BRUNO, ANA).await.unwrap(), 1);
    ana.receipt(&id, ReceiptType::Read).await;
    assert_eq!(simulator.read(BRUNO, ANA).await.unwrap(), 0);
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_of_a_phone_reaches_the_client_and_is_ticked() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let written = simulator
        .send_text(BRUNO, ANA, "good morning")
        .await
        .unwrap();
    assert_eq!(ana.text("good morning").await, written.id);
    on_phone(&simulator, ANA, "good morning").await;
    eventually("the delivery", async || {
        let own = simulator.messages(BRUNO).unwrap().remove(0);
        (own.status == Status::Delivered).then_some(())
    })
    .await;
    ana.client
        .mark_as_read(&jid(BRUNO), None, &[written.id.as_str()])
        .await
        .unwrap();
    eventually("the reading", async || {
        let own = simulator.messages(BRUNO).unwrap().remove(0);
        (own.status == Status::Read).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clients_write_to_each_other() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let bruno = TestClient::linked(&simulator, BRUNO).await;
    for n in 0..5 {
        let there = format!("there {n}");
        let id = ana.send(BRUNO, &there).await;
        assert_eq!(bruno.text(&there).await, id);
        ana.receipt(&id, ReceiptType::Delivered).await;
        let back = format!("back {n}");
        let id = bruno.send(ANA, &back).await;
        assert_eq!(ana.text(&back).await, id);
    }
    let on_phones = |number| simulator.messages(number).unwrap().len();
    eventually("both phones to have all", async || {
        (on_phones(ANA) == 10 && on_phones(BRUNO) == 10).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_companion_linked_later_gets_messages_of_a_client_that_wrote_before() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let id = ana.send(BRUNO, "before").await;
    ana.receipt(&id, ReceiptType::Delivered).await;
    let bruno = TestClient::linked(&simulator, BRUNO).await;
    // The client is told of the new device by a notification that it handles on its own time.
    let got = eventually("a message on the new companion", async || {
        let text = format!("after {}", bruno.count(|_| true));
        ana.send(BRUNO, &text).await;
        on_phone(&simulator, BRUNO, &text).await;
        let arrived = bruno.count(|e| matches!(e, whatsapp_rust::prelude::Event::Messages(_)));
        (arrived > 0).then_some(arrived)
    })
    .await;
    assert!(got > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_message_sent_twice_stands_in_the_chat_once() {
    use whatsapp_rust::prelude::SendOptions;
    use whatsapp_rust::waproto::whatsapp::Message;

    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let id = "3EB0AAAAAAAAAAAAAAAAAA";
    let message = Message {
        conversation: Some("once".to_owned()),
        ..Default::default()
    };
    for round in 1..=2 {
        let options = SendOptions::default().with_message_id(id);
        ana.client
            .send_message_with_options(jid(BRUNO), message.clone(), options)
            .await
            .unwrap();
        eventually("the relay", async || {
            (simulator.stats().messages_acknowledged == round).then_some(())
        })
        .await;
    }
    let after = ana.send(BRUNO, "after").await;
    ana.receipt(&after, ReceiptType::Delivered).await;
    let texts: Vec<_> = simulator
        .messages(BRUNO)
        .unwrap()
        .into_iter()
        .map(|m| m.text)
        .collect();
    assert_eq!(texts, ["once", "after"]);
    let stats = simulator.stats();
    assert_eq!((stats.messages_relayed, stats.distinct_message_ids), (3, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_while_a_client_was_away_waits_for_it() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let backend = ana.stop().await;
    for n in 0..25 {
        simulator
            .send_text(BRUNO, ANA, &format!("missed {n}"))
            .await
            .unwrap();
    }
    assert!(simulator.phone(ANA).unwrap().devices[0].queued >= 25);
    let ana = TestClient::start(&simulator.ws_url(), backend).await;
    for n in 0..25 {
        ana.text(&format!("missed {n}")).await;
    }
    eventually("an empty queue", async || {
        let queued = simulator.phone(ANA).unwrap().devices[0].queued;
        (queued == 0).then_some(())
    })
    .await;
}
