//! What stood in the chats before a phone was linked.

use crate::support::{
    Client,
    eventually::eventually,
    fake::{FakeGateway, FakeWhatsApp},
    on_both_databases,
    whatsapp::{ANA, BRUNO, ledger, link, simulator, until_status},
};
use serde_json::{Value, json};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use whahook_contract::event::Event;
use whahook_simulator::Addressing;
use whahook_whatsapp::port::{Author, Body, Chat, History, Incoming, Person};

async fn conversations(
    owner: &Client,
    account: &str,
    right: impl Fn(&[Value]) -> bool,
) -> Vec<Value> {
    let path = format!("/api/conversations?account_id={account}");
    eventually(
        || async {
            let list = owner.get(&path).await.expect(200);
            list["items"].as_array().unwrap().clone()
        },
        |items| right(items),
    )
    .await
}

async fn said(owner: &Client, conversation: &Value) -> Vec<Value> {
    let id = conversation["id"].as_str().unwrap();
    let path = format!("/api/conversations/{id}/messages?order=oldest&limit=200");
    let list = owner.get(&path).await.expect(200);
    list["items"].as_array().unwrap().clone()
}

/// How far it is, once all of it is here.
async fn until_finished(owner: &Client, account: &str) -> Value {
    let settings = format!("/api/accounts/{account}/receiving");
    eventually(
        || async { owner.get(&settings).await.expect(200)["history"].clone() },
        |history| history["state"] == "finished",
    )
    .await
}

on_both_databases! {
    async fn what_stood_in_the_chats_is_there_in_order_and_nobody_is_told(setup: Setup) {
        let simulator = simulator().await;
        let members = [ANA.to_owned()];
        let group = simulator.make_group("Trip", BRUNO, &members, Addressing::Lid).await.unwrap();
        simulator.send_text(BRUNO, &group.jid, "Who comes?").await.unwrap();
        for n in 0..230 {
            let (from, to) = if n % 2 == 0 { (BRUNO, ANA) } else { (ANA, BRUNO) };
            simulator.send_text(from, to, &format!("old {n}")).await.unwrap();
        }
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let settings = format!("/api/accounts/{account}/receiving");
        let wanted = json!({"history_days": 7, "history_messages": 150});
        let before = ana.patch(&settings, wanted).await.expect(200);
        assert_eq!(before["history"], Value::Null);
        link(&ana, &account, &simulator, ANA).await;
        let progress = until_finished(&ana, &account).await;
        assert_eq!(progress["percent"], 100);
        assert_eq!(progress["messages"], 151, "no more than wanted of one chat");

        let found = conversations(&ana, &account, |all| all.len() == 2).await;
        let chat = found.iter().find(|it| it["kind"] == "person").unwrap();
        assert_eq!(chat["with"]["phone_number"], BRUNO);
        assert_eq!(chat["with"]["name"], "Bruno");
        assert!(chat["with"]["lid"].is_string());
        assert_eq!(chat["unread"], 0);
        assert_eq!(chat["last_message"]["text"], "old 229");
        let lines = said(&ana, chat).await;
        let texts: Vec<&str> = lines.iter().map(|it| it["text"].as_str().unwrap()).collect();
        let newest: Vec<String> = (80..230).map(|n| format!("old {n}")).collect();
        assert_eq!(texts, newest);
        assert_eq!(lines[0]["direction"], "in");
        assert_eq!(lines[1]["direction"], "out");
        assert_eq!(lines[1]["source"], "phone");
        let of_group = found.iter().find(|it| it["kind"] == "group").unwrap();
        assert_eq!(of_group["last_message"]["text"], "Who comes?");

        // What comes from now on is told as ever.
        simulator.send_text(BRUNO, ANA, "new").await.unwrap();
        conversations(&ana, &account, |all| all[0]["unread"] == 1).await;
        let told: Vec<String> = ledger(&app, &account).await.into_iter()
            .filter_map(|event| match event {
                Event::MessageReceived(message) => message.content.words().map(ToOwned::to_owned),
                _ => None,
            })
            .collect();
        assert_eq!(told, ["new"]);
        app.stop().await;
    }

    async fn without_a_wish_no_history_is_taken(setup: Setup) {
        let simulator = simulator().await;
        simulator.send_text(BRUNO, ANA, "old").await.unwrap();
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        simulator.send_text(BRUNO, ANA, "new").await.unwrap();
        let found = conversations(&ana, &account, |all| !all.is_empty()).await;
        let lines = said(&ana, &found[0]).await;
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["text"], "new");
        let settings = format!("/api/accounts/{account}/receiving");
        assert_eq!(ana.get(&settings).await.expect(200)["history"], Value::Null);
        ana.patch(&settings, json!({"history_days": 3_651})).await.expect_invalid("history_days");
        ana.patch(&settings, json!({"history_messages": 0})).await.expect_invalid("history_messages");
        app.stop().await;
    }

    async fn history_is_bounded_by_age_and_is_one_with_what_came_meanwhile(setup: Setup) {
        let fake = FakeWhatsApp::new();
        let (setup, _hands) = setup.with("RECEIVE_HISTORY_DAYS", "10").with_manual_clock();
        let app = setup.on_gateway(Arc::new(FakeGateway(fake.clone()))).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let path = format!("/api/accounts/{account}/session");
        let session = ana.post(&path, json!({})).await.expect(202);
        let session = session["session_id"].as_str().unwrap().to_owned();
        until_status(&ana, &account, "ready").await;
        // The newest is here before the history that has it too.
        fake.deliver(&session, vec![text("A5", 1)]).await.unwrap();
        let piece = |ids: &[(&str, u64)], percent, begins| History {
            messages: ids.iter().map(|(id, days)| text(id, *days)).collect(),
            percent,
            begins,
        };
        let first = piece(&[("A5", 1)], Some(50), true);
        let second = piece(&[("A1", 11), ("A2", 9), ("A3", 9), ("A4", 2), ("A5", 1)], Some(100), false);
        for piece in [first, second.clone(), second] {
            fake.deliver_history(&session, piece).await.unwrap();
        }
        let found = conversations(&ana, &account, |all| all.len() == 1).await;
        assert_eq!(found[0]["unread"], 1);
        let lines = said(&ana, &found[0]).await;
        let texts: Vec<&str> = lines.iter().map(|it| it["text"].as_str().unwrap()).collect();
        assert_eq!(texts, ["A2", "A3", "A4", "A5"]);
        let progress = until_finished(&ana, &account).await;
        assert_eq!(progress["messages"], 3);
        app.stop().await;
    }
}

/// As WhatsApp hands it on, from so many days ago.
fn text(id: &str, days: u64) -> Incoming {
    let from = Person {
        phone_number: Some(BRUNO.to_owned()),
        lid: None,
    };
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    Incoming {
        id: id.to_owned(),
        chat: Chat::Person(from.clone()),
        author: Author {
            person: from,
            ..Author::default()
        },
        at: now - Duration::from_secs(days * 86_400),
        body: Body::Text(id.to_owned()),
        quote: None,
        mentions: Vec::new(),
    }
}
