//! Numbers that people write in two ways, and WhatsApp in one; a number and its
//! LID: one person, one chat.

use crate::support::{
    Client, Setup, TestApp,
    eventually::eventually,
    on_both_databases,
    whatsapp::{ANA, received, send_text, simulator, until_message, until_received},
};
use serde_json::{Value, json};
use whahook_simulator::Simulator;

/// As people write it, and as WhatsApp knows it.
const NUMBERS: [(&str, &str); 2] = [
    ("+5531987654321", "+553187654321"),
    ("+525512345678", "+5215512345678"),
];

fn jid(number: &str) -> String {
    format!("{}@s.whatsapp.net", number.trim_start_matches('+'))
}

async fn scene(setup: Setup) -> (Simulator, TestApp, Client, String) {
    let simulator = simulator().await;
    for (_, known_as) in NUMBERS {
        simulator.add_phone(known_as, "Rita").await.unwrap();
    }
    let app = setup.on(&simulator).start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.linked(&ana, &simulator, ANA).await;
    (simulator, app, ana, account)
}

async fn view(owner: &Client, message: &Value) -> Value {
    let path = format!("/api/messages/{}", message["id"].as_str().unwrap());
    owner.get(&path).await.expect(200)
}

on_both_databases! {
    async fn a_number_is_sent_to_as_whatsapp_writes_it_and_is_one_chat(setup: Setup) {
        let (simulator, app, ana, account) = scene(setup).await;
        for (written, known_as) in NUMBERS {
            let once = json!({
                "account_id": account, "to": written, "type": "text", "text": "one",
                "idempotency_key": written,
            });
            let first = ana.post("/api/messages", once.clone()).await.expect(202);
            assert_eq!(first["to"]["phone_number"], written);
            let delivered = until_message(&ana, first["id"].as_str().unwrap(), "delivered").await;
            assert_eq!(delivered["to"]["phone_number"], known_as);
            assert_eq!(delivered["to"]["jid"], jid(known_as));
            let lid = &delivered["to"]["lid"];
            assert!(lid.is_string(), "{delivered}");
            assert_eq!(ana.post("/api/messages", once).await.expect(202), first, "the first answer");

            // From here on it is known, in either way.
            for to in [written, known_as, &jid(written)] {
                let next = send_text(&ana, &account, to, to).await;
                assert_eq!(next["to"], json!({
                    "phone_number": known_as, "lid": lid, "jid": jid(known_as),
                }));
                until_message(&ana, next["id"].as_str().unwrap(), "delivered").await;
            }
            let texts: Vec<String> = until_received(&simulator, known_as, 4).await
                .into_iter().map(|message| message.text).collect();
            assert_eq!(texts, ["one".to_owned(), written.into(), known_as.into(), jid(written)]);

            for chat in [written, known_as] {
                let chat = chat.trim_start_matches('+');
                let listed = ana.get(&format!("/api/messages?account_id={account}&chat={chat}")).await;
                assert_eq!(listed.expect(200)["items"].as_array().unwrap().len(), 4);
                let limits = ana.get(&format!("/api/accounts/{account}/limits?to={chat}")).await;
                let text = limits.text.clone();
                let limits = limits.expect(200);
                let used = limits["gauges"].as_array().unwrap().iter()
                    .find(|gauge| gauge["name"] == "destination_per_hour").map(|gauge| gauge["used"].clone());
                assert_eq!(used, Some(json!(4)), "{text}");
            }
        }
        app.stop().await;
    }

    async fn what_was_queued_in_both_spellings_goes_in_one_order(setup: Setup) {
        let (simulator, app, ana, account) = scene(setup).await;
        let (written, known_as) = NUMBERS[0];
        let queue = format!("/api/accounts/{account}/queue");
        ana.post(&format!("{queue}/pause"), json!({})).await.expect(200);
        let mut sent = Vec::new();
        for (n, to) in [written, known_as, written, known_as, written].into_iter().enumerate() {
            sent.push(send_text(&ana, &account, to, &n.to_string()).await);
        }
        ana.post(&format!("{queue}/resume"), json!({})).await.expect(200);
        for message in &sent {
            until_message(&ana, message["id"].as_str().unwrap(), "delivered").await;
        }
        let texts: Vec<String> =
            received(&simulator, known_as).into_iter().map(|message| message.text).collect();
        // Whichever spelling was looked up first: each line keeps its order, and
        // nothing comes twice.
        let mut sorted = texts.clone();
        sorted.sort();
        assert_eq!(sorted, ["0", "1", "2", "3", "4"]);
        let of = |numbers: &[&str]| -> Vec<String> {
            texts.iter().filter(|text| numbers.contains(&text.as_str())).cloned().collect()
        };
        assert_eq!(of(&["0", "2", "4"]), ["0", "2", "4"]);
        assert_eq!(of(&["1", "3"]), ["1", "3"]);
        app.stop().await;
    }

    async fn a_number_and_its_lid_are_one_chat_once_it_is_known(setup: Setup) {
        let (simulator, app, ana, account) = scene(setup).await;
        let number = NUMBERS[0].1;
        let lid = simulator.phone(number).unwrap().lid;
        let queue = format!("/api/accounts/{account}/queue");
        ana.post(&format!("{queue}/pause"), json!({})).await.expect(200);
        let mut sent = Vec::new();
        for (n, to) in [&lid, number, &lid, number, &lid].into_iter().enumerate() {
            sent.push(send_text(&ana, &account, to, &n.to_string()).await);
        }
        assert_eq!(sent[0]["to"], json!({"phone_number": null, "lid": lid, "jid": lid}));
        ana.post(&format!("{queue}/resume"), json!({})).await.expect(200);
        let one = json!({"phone_number": number, "lid": lid, "jid": jid(number)});
        for message in &sent {
            let delivered = until_message(&ana, message["id"].as_str().unwrap(), "delivered").await;
            assert_eq!(delivered["to"], one);
        }
        let texts: Vec<String> =
            received(&simulator, number).into_iter().map(|message| message.text).collect();
        assert_eq!(texts.len(), 5, "{texts:?}");
        let of = |wanted: &[&str]| -> Vec<String> {
            texts.iter().filter(|text| wanted.contains(&text.as_str())).cloned().collect()
        };
        assert_eq!(of(&["0", "2", "4"]), ["0", "2", "4"]);
        assert_eq!(of(&["1", "3"]), ["1", "3"]);

        // From here on either is the same, for order, for the limits and in the list.
        for to in [&lid, number] {
            let next = send_text(&ana, &account, to, to).await;
            assert_eq!(next["to"], one);
            until_message(&ana, next["id"].as_str().unwrap(), "delivered").await;
        }
        for to in [&lid, number.trim_start_matches('+')] {
            let limits = ana.get(&format!("/api/accounts/{account}/limits?to={to}")).await.expect(200);
            let used = limits["gauges"].as_array().unwrap().iter()
                .find(|gauge| gauge["name"] == "destination_per_hour").map(|gauge| gauge["used"].clone());
            assert_eq!(used, Some(json!(7)), "{limits}");
            let listed = ana.get(&format!("/api/messages?account_id={account}&chat={to}")).await;
            assert_eq!(listed.expect(200)["items"].as_array().unwrap().len(), 7);
        }
        app.stop().await;
    }

    async fn what_is_sent_to_a_lid_again_gets_the_first_answer(setup: Setup) {
        let (simulator, app, ana, account) = scene(setup).await;
        let lid = simulator.phone(NUMBERS[0].1).unwrap().lid;
        let once = json!({
            "account_id": account, "to": lid, "type": "text", "text": "one", "idempotency_key": "one",
        });
        let first = ana.post("/api/messages", once.clone()).await.expect(202);
        let delivered = until_message(&ana, first["id"].as_str().unwrap(), "delivered").await;
        assert_ne!(delivered["to"], first["to"], "its number became known");
        assert_eq!(ana.post("/api/messages", once).await.expect(202), first);
        app.stop().await;
    }

    async fn a_scheduled_message_and_a_cancelled_one_go_with_their_chat(setup: Setup) {
        let (simulator, app, ana, account) = scene(setup).await;
        let (written, known_as) = NUMBERS[0];
        let at = app.app.clock.now() + chrono::TimeDelta::hours(1);
        let scheduled = json!({
            "account_id": account, "to": written, "type": "text", "text": "later",
            "send_at": at.to_rfc3339(),
        });
        let scheduled = ana.post("/api/messages", scheduled).await.expect(202);
        let now = send_text(&ana, &account, written, "now").await;
        until_message(&ana, now["id"].as_str().unwrap(), "delivered").await;
        let scheduled = eventually(
            || view(&ana, &scheduled),
            |message| message["to"]["phone_number"] == known_as,
        )
        .await;
        assert_eq!(scheduled["waits_for"], "scheduled");
        let path = format!("/api/messages/{}", scheduled["id"].as_str().unwrap());
        ana.delete(&path).await.expect(200);
        let next = send_text(&ana, &account, known_as, "next").await;
        until_message(&ana, next["id"].as_str().unwrap(), "delivered").await;
        assert_eq!(received(&simulator, known_as).len(), 2);
        app.stop().await;
    }

    async fn a_number_that_is_looked_up_is_told_with_the_jid_to_send_to(setup: Setup) {
        let (_simulator, app, ana, account) = scene(setup).await;
        let (written, known_as) = NUMBERS[0];
        let check = format!("/api/accounts/{account}/contacts/check");
        for known in [false, true] {
            let found = ana.post(&check, json!({"numbers": [written, known_as]})).await.expect(200);
            for n in 0..2 {
                assert_eq!(found["numbers"][n]["registered"], true, "known before: {known}");
                assert_eq!(found["numbers"][n]["jid"], jid(known_as), "known before: {known}");
                assert!(found["numbers"][n]["lid"].is_string());
            }
        }
        app.stop().await;
    }
}
