//! What goes when: scheduled, before others, not after a time.

use crate::support::{
    Client, Setup,
    eventually::eventually,
    on_both_databases,
    whatsapp::{
        ANA, BRUNO, CARLA, fault, link, received, simulator, until_message, until_received,
    },
};
use serde_json::{Value, json};
use std::time::Duration;

const IN_A_MINUTE: &str = "2027-01-15T08:01:00Z"; // by the clock of `with_manual_clock`
const MINUTE: Duration = Duration::from_secs(61);

fn id(message: &Value) -> &str {
    message["id"].as_str().unwrap()
}

/// Accepts a text with more fields than that; the answer.
async fn send(owner: &Client, account: &str, to: &str, text: &str, more: Value) -> Value {
    let mut message = json!({"account_id": account, "to": to, "type": "text", "text": text});
    let fields = message.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    owner.post("/api/messages", message).await.expect(202)
}

async fn find(owner: &Client, message: &Value) -> Value {
    owner
        .get(&format!("/api/messages/{}", id(message)))
        .await
        .expect(200)
}

fn last_detail(message: &Value) -> &Value {
    &message["timeline"].as_array().unwrap().last().unwrap()["detail"]
}

on_both_databases! {
    async fn a_scheduled_message_goes_at_its_time_and_holds_up_nobody(setup: Setup) {
        let simulator = simulator().await;
        let (setup, hands) = setup.on(&simulator).with_manual_clock();
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let at = json!({"send_at": IN_A_MINUTE, "idempotency_key": "later"});
        let scheduled = send(&ana, &account, BRUNO, "later", at.clone()).await;
        assert_eq!(scheduled["waits_for"], "scheduled");
        assert_eq!(scheduled["waits_until"], IN_A_MINUTE);
        assert_eq!(scheduled["send_at"], IN_A_MINUTE);
        // What is learnt of Bruno from here on was not in the first answer.
        hands.advance(Duration::from_millis(1));
        let now = send(&ana, &account, BRUNO, "now", json!({"send_at": "2020-01-01T00:00:00Z"})).await;
        until_message(&ana, id(&now), "delivered").await;
        assert_eq!(find(&ana, &scheduled).await["waits_for"], "scheduled");

        hands.advance(MINUTE);
        until_message(&ana, id(&scheduled), "delivered").await;
        let texts: Vec<String> = received(&simulator, BRUNO).into_iter().map(|m| m.text).collect();
        assert_eq!(texts, ["now", "later"]);
        assert_eq!(send(&ana, &account, BRUNO, "later", at).await, scheduled, "the first answer");
        app.stop().await;
    }

    async fn a_higher_priority_overtakes_in_its_chat_and_equals_keep_their_order(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let mut sent = Vec::new();
        for (text, priority) in [
            ("low", "low"), ("normal 1", "normal"), ("high 1", "high"), ("normal 2", "normal"),
            ("high 2", "high"),
        ] {
            sent.push(send(&ana, &account, BRUNO, text, json!({"priority": priority})).await);
        }
        assert_eq!(sent[0]["priority"], "low");
        for (n, waits_for) in [json!("earlier_message"), json!("earlier_message"), json!("session")]
            .into_iter()
            .enumerate()
        {
            assert_eq!(find(&ana, &sent[n]).await["waits_for"], waits_for, "{n}");
        }
        link(&ana, &account, &simulator, ANA).await;
        let got = until_received(&simulator, BRUNO, 5).await;
        let texts: Vec<String> = got.into_iter().map(|message| message.text).collect();
        assert_eq!(texts, ["high 1", "high 2", "normal 1", "normal 2", "low"]);
        app.stop().await;
    }

    async fn a_high_message_overtakes_other_chats_within_the_limits(setup: Setup) {
        let simulator = simulator().await;
        simulator.add_phone(CARLA, "Carla").await.unwrap();
        let setup = setup.with("LIMIT_SESSION_PER_MINUTE", "1");
        let (setup, hands) = setup.on(&simulator).with_manual_clock();
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let campaign = send(&ana, &account, BRUNO, "buy now", json!({})).await;
        let code = send(&ana, &account, CARLA, "your code", json!({"priority": "high"})).await;
        link(&ana, &account, &simulator, ANA).await;
        until_message(&ana, id(&code), "delivered").await;
        eventually(
            || async { find(&ana, &campaign).await },
            |message| message["waits_for"] == "session_limit",
        )
        .await;
        hands.advance(MINUTE);
        until_message(&ana, id(&campaign), "delivered").await;
        app.stop().await;
    }

    async fn what_is_queued_at_its_expiry_fails_also_offline_and_its_chat_goes_on(setup: Setup) {
        let simulator = simulator().await;
        let (setup, hands) = setup.on(&simulator).with_manual_clock();
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let over = send(&ana, &account, BRUNO, "over", json!({"expires_at": IN_A_MINUTE})).await;
        let stays = send(&ana, &account, BRUNO, "stays", json!({})).await;
        assert_eq!(find(&ana, &stays).await["waits_for"], "earlier_message");
        hands.advance(MINUTE);
        let failed = until_message(&ana, id(&over), "failed").await;
        assert_eq!(last_detail(&failed), "expired");
        assert_eq!(find(&ana, &stays).await["waits_for"], "session");

        link(&ana, &account, &simulator, ANA).await;
        until_message(&ana, id(&stays), "delivered").await;
        assert_eq!(received(&simulator, BRUNO).len(), 1);
        app.stop().await;
    }

    async fn a_failed_message_is_sent_again_on_request_and_counts_once(setup: Setup) {
        let simulator = simulator().await;
        let setup = setup.with("LIMIT_DESTINATION_PER_HOUR", "1");
        let (setup, hands) = setup.on(&simulator).with_manual_clock();
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let refuse = fault(json!({"kind": "ack_error", "code": 479}));
        simulator.fault(Some(ANA), &refuse).unwrap();
        let message = send(&ana, &account, BRUNO, "hello", json!({})).await;
        let failed = until_message(&ana, id(&message), "failed").await;
        assert_eq!(last_detail(&failed), "rejected_invalid_field");

        let retry = format!("/api/messages/{}/retry", id(&message));
        let again = ana.post(&retry, json!({})).await.expect(200);
        assert_eq!(again["status"], "queued");
        assert_eq!(again["whatsapp_message_id"], message["whatsapp_message_id"]);
        eventually(
            || async { find(&ana, &message).await },
            |message| message["waits_for"] == "destination_limit",
        )
        .await;
        hands.advance(Duration::from_secs(3_601));
        until_message(&ana, id(&message), "delivered").await;
        assert_eq!(received(&simulator, BRUNO).len(), 1);
        let twice = ana.post(&retry, json!({})).await;
        assert_eq!(twice.expect_error(409, "not_failed")["status"], "delivered");

        let next = send(&ana, &account, BRUNO, "next", json!({})).await;
        eventually(
            || async { find(&ana, &next).await },
            |message| message["waits_for"] == "destination_limit",
        )
        .await;
        app.stop().await;
    }

    async fn what_expired_is_not_sent_again(setup: Setup) {
        let (setup, hands) = setup.with_manual_clock();
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let over = send(&ana, &account, BRUNO, "over", json!({"expires_at": IN_A_MINUTE})).await;
        let retry = format!("/api/messages/{}/retry", id(&over));
        ana.post(&retry, json!({})).await.expect_error(409, "not_failed");
        hands.advance(MINUTE);
        until_message(&ana, id(&over), "failed").await;
        ana.post(&retry, json!({})).await.expect_error(409, "expired");
        let bruno = app.register("bruno@example.com").await;
        bruno.post(&retry, json!({})).await.expect_error(404, "message_not_found");
        app.stop().await;
    }

    async fn a_paused_account_keeps_its_messages_back_until_it_is_resumed(setup: Setup) {
        let simulator = simulator().await;
        simulator.add_phone(CARLA, "Carla").await.unwrap();
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let paused = app.linked(&ana, &simulator, ANA).await;
        let other = app.linked(&ana, &simulator, CARLA).await;
        let queue = format!("/api/accounts/{paused}/queue");
        let account = ana.post(&format!("{queue}/pause"), json!({})).await.expect(200);
        assert!(account["queue_paused_at"].is_string(), "{account}");
        let again = ana.post(&format!("{queue}/pause"), json!({})).await.expect(200);
        assert_eq!(again["queue_paused_at"], account["queue_paused_at"]);

        let held = send(&ana, &paused, BRUNO, "held", json!({})).await;
        let sent = send(&ana, &other, BRUNO, "sent", json!({})).await;
        until_message(&ana, id(&sent), "delivered").await;
        assert_eq!(find(&ana, &held).await["waits_for"], "paused");
        let list = ana.get(&format!("/api/messages?account_id={paused}")).await.expect(200);
        assert_eq!(list["items"][0]["waits_for"], "paused");
        let bruno = app.register("bruno@example.com").await;
        let not_his = bruno.post(&format!("{queue}/resume"), json!({})).await;
        not_his.expect_error(404, "account_not_found");

        let account = ana.post(&format!("{queue}/resume"), json!({})).await.expect(200);
        assert_eq!(account["queue_paused_at"], json!(null));
        until_message(&ana, id(&held), "delivered").await;
        app.stop().await;
    }

    async fn a_scheduled_message_can_be_cancelled(setup: Setup) {
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let soon = app.app.clock.now() + chrono::TimeDelta::hours(1);
        let scheduled = send(&ana, &account, BRUNO, "later", json!({"send_at": soon})).await;
        let first = send(&ana, &account, BRUNO, "first", json!({})).await;
        let second = send(&ana, &account, BRUNO, "second", json!({})).await;
        let path = format!("/api/messages/{}", id(&scheduled));
        assert_eq!(ana.delete(&path).await.expect(200)["status"], "cancelled");
        assert_eq!(find(&ana, &first).await["waits_for"], "session");
        assert_eq!(find(&ana, &second).await["waits_for"], "earlier_message");
        app.stop().await;
    }
}

#[tokio::test]
async fn times_and_priorities_that_make_no_sense_are_refused_by_name() {
    let (setup, hands) = Setup::sqlite().with_manual_clock();
    let app = setup.start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    let table = [
        ("send_at", json!({"send_at": "tomorrow"})),
        ("send_at", json!({"send_at": 1_800_000_000})),
        ("send_at", json!({"send_at": "2028-01-16T00:00:00Z"})),
        ("expires_at", json!({"expires_at": "2027-01-15T07:59:59Z"})),
        (
            "expires_at",
            json!({"send_at": IN_A_MINUTE, "expires_at": IN_A_MINUTE}),
        ),
        ("priority", json!({"priority": "urgent"})),
        ("priority", json!({"priority": 2})),
    ];
    for (field, more) in table {
        let mut message = json!({"account_id": account, "to": BRUNO, "type": "text", "text": "x"});
        let fields = message.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        ana.post("/api/messages", message)
            .await
            .expect_invalid(field);
    }
    let key = json!({"expires_at": IN_A_MINUTE, "idempotency_key": "once"});
    let first = send(&ana, &account, BRUNO, "x", key.clone()).await;
    hands.advance(MINUTE);
    let again = send(&ana, &account, BRUNO, "x", key).await;
    assert_eq!(
        again, first,
        "what was in time when accepted is so when repeated"
    );
    app.stop().await;
}
