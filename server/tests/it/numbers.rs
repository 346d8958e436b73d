//! To whom: numbers are asked for before the first message, and what is known of
//! them is told everywhere.

use crate::support::{
    Client, Setup, TestApp,
    eventually::eventually,
    fake::{FakeGateway, FakeWhatsApp},
    on_both_databases,
    whatsapp::{
        ANA, BRUNO, CARLA, ledger, received, send_text, simulator, until_message, until_status,
    },
};
use serde_json::{Value, json};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use whahook_contract::{event::Event, message::MessageStatus};

/// Nobody has a phone with this number.
const NOBODY: &str = "+593990000001";
const NOBODY_JID: &str = "593990000001@s.whatsapp.net";
const BRUNO_JID: &str = "593991203344@s.whatsapp.net";

fn id(message: &Value) -> &str {
    message["id"].as_str().unwrap()
}

fn last_detail(message: &Value) -> &Value {
    &message["timeline"].as_array().unwrap().last().unwrap()["detail"]
}

/// A server on a WhatsApp of the test's own, and an account that is ready.
async fn scene(setup: Setup) -> (TestApp, Client, Arc<FakeWhatsApp>, String) {
    let whatsapp = FakeWhatsApp::new();
    let gateway = Arc::new(FakeGateway(whatsapp.clone()));
    let app = setup.on_gateway(gateway).start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    ready(&ana, &account).await;
    (app, ana, whatsapp, account)
}

async fn ready(owner: &Client, account: &str) {
    let session = format!("/api/accounts/{account}/session");
    owner.post(&session, json!({})).await.expect(202);
    until_status(owner, account, "ready").await;
}

async fn used(owner: &Client, account: &str) -> i64 {
    let limits = owner
        .get(&format!("/api/accounts/{account}/limits"))
        .await
        .expect(200);
    limits["gauges"][0]["used"].as_i64().unwrap()
}

on_both_databases! {
    async fn a_number_that_is_not_on_whatsapp_fails_at_once_and_uses_no_limit(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let first = send_text(&ana, &account, NOBODY, "is anybody there").await;
        let second = send_text(&ana, &account, NOBODY, "hello").await;
        let there = send_text(&ana, &account, BRUNO, "hello").await;
        for message in [&first, &second] {
            let failed = until_message(&ana, id(message), "failed").await;
            assert_eq!(last_detail(&failed), "not_on_whatsapp");
        }
        until_message(&ana, id(&there), "delivered").await;
        assert_eq!(used(&ana, &account).await, 1, "only what was sent counts");
        app.stop().await;
    }

    async fn messages_and_events_have_number_and_lid_as_soon_as_they_are_known(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let once = json!({
            "account_id": account, "to": BRUNO, "type": "text", "text": "first",
            "idempotency_key": "first",
        });
        let first = ana.post("/api/messages", once.clone()).await.expect(202);
        assert_eq!(first["to"]["lid"], json!(null));
        until_message(&ana, id(&first), "delivered").await;

        let second = send_text(&ana, &account, BRUNO, "second").await;
        let lid = second["to"]["lid"].as_str().unwrap().to_owned();
        assert!(lid.ends_with("@lid"), "{second}");
        assert_eq!(second["to"]["phone_number"], BRUNO);
        let by_lid = send_text(&ana, &account, &lid, "third").await;
        assert_eq!(by_lid["to"], json!({"phone_number": BRUNO, "lid": lid, "jid": BRUNO_JID}));
        until_message(&ana, id(&by_lid), "delivered").await;
        assert_eq!(ana.post("/api/messages", once).await.expect(202), first, "the first answer");

        // Another person is not told whose LID it is.
        let bruno = app.register("bruno@example.com").await;
        let his = app.account(&bruno, "His").await;
        let his = send_text(&bruno, &his, &lid, "hello").await;
        assert_eq!(his["to"]["phone_number"], json!(null));

        for event in ledger(&app, &account).await {
            if let Event::MessageStatus { status: MessageStatus::Sent, to, .. } = event {
                let to = to.unwrap();
                assert_eq!(to.phone_number.as_deref(), Some(BRUNO));
                assert_eq!(to.lid.as_deref(), Some(lid.as_str()));
            }
        }
        app.stop().await;
    }

    async fn several_new_numbers_are_asked_for_in_one_question_and_known_ones_in_none(setup: Setup) {
        let (app, ana, whatsapp, account) = scene(setup).await;
        let queue = format!("/api/accounts/{account}/queue");
        ana.post(&format!("{queue}/pause"), json!({})).await.expect(200);
        let mut sent = Vec::new();
        for to in [BRUNO, CARLA, ANA] {
            sent.push(send_text(&ana, &account, to, "hello").await);
        }
        ana.post(&format!("{queue}/resume"), json!({})).await.expect(200);
        for message in &sent {
            until_message(&ana, id(message), "sent").await;
        }
        let again = send_text(&ana, &account, BRUNO, "again").await;
        assert_eq!(again["to"]["lid"], "593991203344000@lid");
        until_message(&ana, id(&again), "sent").await;
        let checks = whatsapp.checks.lock().clone();
        assert_eq!(checks.len(), 1, "{checks:?}");
        assert_eq!(checks[0].len(), 3);
        app.stop().await;
    }

    async fn a_question_that_fails_is_no_verdict_and_is_asked_again(setup: Setup) {
        let (setup, hands) = setup.with_manual_clock();
        let (app, ana, whatsapp, account) = scene(setup).await;
        whatsapp.checks_fail.store(1, Ordering::SeqCst);
        let message = send_text(&ana, &account, BRUNO, "hello").await;
        let waiting = eventually(
            || async { ana.get(&format!("/api/messages/{}", id(&message))).await.expect(200) },
            |message| message["waits_for"] == "retry",
        )
        .await;
        assert_eq!(last_detail(&waiting), "check_failed: try later");
        assert_eq!(waiting["status"], "queued");
        hands.advance(Duration::from_secs(6));
        until_message(&ana, id(&message), "sent").await;
        app.stop().await;
    }

    async fn that_a_number_is_not_there_is_forgotten_after_an_hour(setup: Setup) {
        let (setup, hands) = setup.with_manual_clock();
        let (app, ana, whatsapp, account) = scene(setup).await;
        whatsapp.absent.lock().insert(NOBODY_JID.to_owned());
        let first = send_text(&ana, &account, NOBODY, "hello").await;
        until_message(&ana, id(&first), "failed").await;
        whatsapp.absent.lock().clear();
        let second = send_text(&ana, &account, NOBODY, "hello").await;
        until_message(&ana, id(&second), "failed").await;
        assert_eq!(whatsapp.checks.lock().len(), 1, "it was known");
        hands.advance(Duration::from_secs(3_600));
        let third = send_text(&ana, &account, NOBODY, "hello").await;
        until_message(&ana, id(&third), "sent").await;
        app.stop().await;
    }

    async fn numbers_can_be_looked_up_while_the_session_is_connected(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let offline = app.account(&ana, "Offline").await;
        let numbers = json!({"numbers": [BRUNO, NOBODY, "099 120 3344"]});
        let check = |account: &str| format!("/api/accounts/{account}/contacts/check");
        let local = ana.post(&check(&offline), numbers.clone()).await;
        local.expect_invalid("numbers[2]");
        let refused = ana.post(&check(&offline), json!({"numbers": [BRUNO]})).await;
        assert_eq!(refused.expect_error(409, "not_connected")["status"], "disconnected");

        let account = app.linked(&ana, &simulator, ANA).await;
        let found = ana.post(&check(&account), numbers).await.expect(200);
        let found = found["numbers"].as_array().unwrap();
        assert_eq!(found[0]["registered"], true);
        assert_eq!(found[0]["jid"], BRUNO_JID);
        assert!(found[0]["lid"].as_str().unwrap().ends_with("@lid"));
        assert_eq!(found[1]["registered"], false);
        assert_eq!(found[1]["lid"], json!(null));
        // Read as in the account's own country.
        assert_eq!(found[2]["phone_number"], BRUNO);
        // What is known needs no connection.
        let known = ana.post(&check(&offline), json!({"numbers": [BRUNO]})).await.expect(200);
        assert_eq!(known["numbers"][0]["lid"], found[0]["lid"]);
        for (field, body) in [
            ("numbers", json!({"numbers": []})),
            ("numbers", json!({"numbers": vec![BRUNO; 101]})),
            ("numbers[1]", json!({"numbers": [BRUNO, "120363012345678901@g.us"]})),
        ] {
            ana.post(&check(&account), body).await.expect_invalid(field);
        }
        app.stop().await;
    }

    async fn a_local_number_is_read_as_in_the_accounts_own_country(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let local = json!({"account_id": account, "to": "0991203344", "type": "text", "text": "x"});
        ana.post("/api/messages", local.clone()).await.expect_invalid("to");
        crate::support::whatsapp::link(&ana, &account, &simulator, ANA).await;
        let accepted = ana.post("/api/messages", local).await.expect(202);
        assert_eq!(accepted["to"]["phone_number"], BRUNO);
        until_message(&ana, id(&accepted), "delivered").await;
        assert_eq!(received(&simulator, BRUNO).len(), 1);
        app.stop().await;
    }
}
