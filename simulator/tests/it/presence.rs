//! Being online, writing and recording, and what has been read.

use serde_json::json;
use whahook_simulator::{Addressing, Doing, Showed, Simulator, Status};
use whatsapp_rust::prelude::*;

use crate::support::*;

async fn typing(simulator: &Simulator, number: &str, expected: &[(&str, &str, Doing)]) {
    eventually("the typing on the phone", async || {
        let typing = simulator.phone(number).unwrap().presence.typing;
        let seen: Vec<_> = typing
            .iter()
            .map(|t| (t.from.to_string(), t.chat.to_string(), t.state))
            .collect();
        let expected = expected.iter();
        let expected = expected.map(|(f, c, s)| ((*f).to_owned(), (*c).to_owned(), *s));
        (seen == expected.collect::<Vec<_>>()).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_shows_who_types_or_records_to_it_until_the_message_comes() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let chatstate = ana.client.chatstate();
    chatstate.send_composing(&jid(BRUNO)).await.unwrap();
    typing(&simulator, BRUNO, &[(ANA, BRUNO, Doing::Composing)]).await;
    chatstate.send_recording(&jid(BRUNO)).await.unwrap();
    typing(&simulator, BRUNO, &[(ANA, BRUNO, Doing::Recording)]).await;
    chatstate.send_paused(&jid(BRUNO)).await.unwrap();
    typing(&simulator, BRUNO, &[]).await;
    chatstate.send_composing(&jid(BRUNO)).await.unwrap();
    typing(&simulator, BRUNO, &[(ANA, BRUNO, Doing::Composing)]).await;
    ana.send(BRUNO, "here it is").await;
    on_phone(&simulator, BRUNO, "here it is").await;
    typing(&simulator, BRUNO, &[]).await;

    let him = [BRUNO.to_owned()];
    let group = simulator.make_group("Two", ANA, &him, Addressing::Lid);
    let group = group.await.unwrap().jid;
    let to: Jid = group.parse().unwrap();
    chatstate.send_composing(&to).await.unwrap();
    typing(&simulator, BRUNO, &[(ANA, &group, Doing::Composing)]).await;
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_told_that_a_person_types() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let url = format!("{}/phones/{BRUNO}/presence", simulator.http_url());
    let http = reqwest::Client::new();
    let recording = json!({ "state": "recording", "to": ANA });
    let told = http.post(&url).json(&recording).send().await.unwrap();
    assert_eq!(told.status(), 204);
    let media = ana
        .event("the recording", |event| match event {
            Event::ChatPresence(update) if update.source.sender == jid(BRUNO) => {
                Some(format!("{:?} {:?}", update.state, update.media))
            }
            _ => None,
        })
        .await;
    assert_eq!(media, "Composing Audio");
    let nobody = json!({ "state": "composing" });
    let refused = http.post(&url).json(&nobody).send().await.unwrap();
    assert_eq!(refused.status(), 422);
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn availability_of_a_linked_account_is_shown_until_it_disconnects() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let bruno = TestClient::linked(&simulator, BRUNO).await;
    let available = async |expected: bool| {
        eventually("the availability", async || {
            let presence = simulator.phone(ANA).unwrap().presence;
            (presence.available == expected).then_some(presence)
        })
        .await
    };
    ana.client.presence().set_available().await.unwrap();
    available(true).await;
    bruno.client.presence().subscribe(jid(ANA)).await.unwrap();
    let told = async |unavailable: bool, count: usize| {
        eventually("news of the presence", async || {
            let told = bruno.count(|event| match event {
                Event::Presence(p) => p.from == jid(ANA) && p.unavailable == unavailable,
                _ => false,
            });
            (told == count).then_some(())
        })
        .await;
    };
    told(false, 1).await;
    ana.client.presence().set_unavailable().await.unwrap();
    assert!(available(false).await.last_seen.is_some());
    told(true, 1).await;
    ana.client.presence().set_available().await.unwrap();
    told(false, 2).await;
    ana.stop().await;
    available(false).await;
    told(true, 2).await;
    simulator.show(ANA, Showed::Available, None).unwrap();
    told(false, 3).await;
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_has_read_is_read_on_both_phones() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let written = simulator.send_text(BRUNO, ANA, "urgent").await.unwrap();
    ana.text("urgent").await;
    let on = |number: &str| {
        let mut messages = simulator.messages(number).unwrap().into_iter();
        messages.find(|m| m.id == written.id).unwrap()
    };
    on_phone(&simulator, ANA, "urgent").await;
    assert_eq!(on(ANA).status, Status::Unread);
    ana.client
        .mark_as_read(&jid(BRUNO), None, &[written.id.as_str()])
        .await
        .unwrap();
    eventually("the reading", async || {
        (on(ANA).is_read() && on(BRUNO).is_read()).then_some(())
    })
    .await;
    assert_eq!(
        (on(ANA).status, on(BRUNO).status),
        (Status::Seen, Status::Read)
    );
    let url = format!("{}/phones/{BRUNO}/messages", simulator.http_url());
    let shown = reqwest::get(url).await.unwrap();
    let shown: serde_json::Value = shown.json().await.unwrap();
    assert_eq!(shown[0]["read"], true);
    assert_eq!(simulator.phone(ANA).unwrap().unread, 0);
    simulator.stop().await;
}
