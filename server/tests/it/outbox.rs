//! Messages out: accepted once, sent in order within the limits, followed until
//! they are read.

use crate::support::{
    Setup,
    eventually::eventually,
    on_both_databases,
    whatsapp::{
        ANA, BRUNO, received, send_text, simulator, until_message, until_received, until_status,
    },
};
use serde_json::{Value, json};

const CARLA: &str = "+593998877665";

fn id(message: &Value) -> &str {
    message["id"].as_str().unwrap()
}

fn statuses(message: &Value) -> Vec<&str> {
    let timeline = message["timeline"].as_array().unwrap();
    timeline
        .iter()
        .map(|entry| entry["status"].as_str().unwrap())
        .collect()
}

on_both_databases! {
    async fn a_text_is_queued_sent_delivered_and_read_and_says_when(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;

        let accepted = send_text(&ana, &account, BRUNO, "Hello, Bruno").await;
        assert_eq!(accepted["status"], "queued");
        assert_eq!(accepted["to"]["phone_number"], BRUNO);
        assert_eq!(accepted["to"]["jid"], "593991203344@s.whatsapp.net");
        until_message(&ana, id(&accepted), "delivered").await;
        let got = received(&simulator, BRUNO);
        assert_eq!(got.len(), 1, "{got:?}");
        assert_eq!(got[0].text, "Hello, Bruno");
        assert_eq!(got[0].id, accepted["whatsapp_message_id"].as_str().unwrap());

        simulator.read(BRUNO, ANA).await.unwrap();
        let read = until_message(&ana, id(&accepted), "read").await;
        assert_eq!(statuses(&read), ["queued", "sending", "sent", "delivered", "read"]);
        assert!(read["to"]["lid"].as_str().unwrap().ends_with("@lid"), "{read}");
        app.stop().await;
    }

    async fn an_account_that_is_offline_holds_its_messages_and_no_others_wait(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let offline = app.account(&ana, "Offline").await;
        let online = app.linked(&ana, &simulator, ANA).await;

        let held = send_text(&ana, &offline, BRUNO, "later").await;
        let sent = send_text(&ana, &online, BRUNO, "now").await;
        until_message(&ana, id(&sent), "delivered").await;
        let waiting = ana.get(&format!("/api/messages/{}", id(&held))).await.expect(200);
        assert_eq!(waiting["status"], "queued");
        assert_eq!(statuses(&waiting), ["queued"], "no attempt was burnt");

        simulator.add_phone(CARLA, "Carla").await.unwrap();
        crate::support::whatsapp::link(&ana, &offline, &simulator, CARLA).await;
        until_message(&ana, id(&held), "delivered").await;
        app.stop().await;
    }

    async fn messages_to_one_chat_arrive_in_the_order_in_which_they_were_accepted(setup: Setup) {
        let simulator = simulator().await;
        let setup = setup.with("RATE_LIMITING_ENABLED", "false");
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        simulator.add_phone(CARLA, "Carla").await.unwrap();
        for n in 0..20 {
            send_text(&ana, &account, BRUNO, &format!("{n}")).await;
            send_text(&ana, &account, CARLA, &format!("{n}")).await;
        }
        for phone in [BRUNO, CARLA] {
            let texts: Vec<String> = until_received(&simulator, phone, 20)
                .await
                .into_iter()
                .map(|message| message.text)
                .collect();
            let wanted: Vec<String> = (0..20).map(|n| n.to_string()).collect();
            assert_eq!(texts, wanted);
        }
        app.stop().await;
    }

    async fn the_same_idempotency_key_gets_the_first_answer_and_sends_once(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let message = json!({
            "account_id": account, "to": BRUNO, "type": "text", "text": "once",
            "idempotency_key": "order-7", "metadata": {"order": 7},
        });
        let (first, second) = tokio::join!(
            ana.post("/api/messages", message.clone()),
            ana.post("/api/messages", message.clone()),
        );
        let first = first.expect(202);
        assert_eq!(first, second.expect(202));
        until_message(&ana, id(&first), "delivered").await;
        assert_eq!(ana.post("/api/messages", message).await.expect(202), first);
        assert_eq!(first["metadata"]["order"], 7);
        let list = ana.get(&format!("/api/messages?account_id={account}")).await.expect(200);
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        assert_eq!(received(&simulator, BRUNO).len(), 1);
        app.stop().await;
    }

    async fn the_limit_of_a_session_lets_no_more_out_and_says_until_when(setup: Setup) {
        let simulator = simulator().await;
        let setup = setup.with("LIMIT_SESSION_PER_MINUTE", "2");
        let (setup, hands) = setup.on(&simulator).with_manual_clock();
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let mut sent = Vec::new();
        for n in 0..3 {
            sent.push(send_text(&ana, &account, BRUNO, &format!("{n}")).await);
        }
        until_message(&ana, id(&sent[1]), "delivered").await;
        let waiting = eventually(
            || async { ana.get(&format!("/api/messages/{}", id(&sent[2]))).await.expect(200) },
            |message| message["waits_for"] == "session_limit",
        )
        .await;
        assert_eq!(waiting["status"], "queued");
        let at = |text: &Value| text.as_str().unwrap().parse::<whahook_contract::Timestamp>().unwrap();
        let wait = at(&waiting["waits_until"]) - at(&waiting["queued_at"]);
        assert_eq!(wait.num_seconds(), 60);
        assert_eq!(received(&simulator, BRUNO).len(), 2);

        hands.advance(std::time::Duration::from_secs(61));
        until_message(&ana, id(&sent[2]), "delivered").await;
        app.stop().await;
    }

    async fn a_destination_at_its_limit_holds_up_no_other(setup: Setup) {
        let simulator = simulator().await;
        let setup = setup.with("LIMIT_DESTINATION_PER_HOUR", "1").on(&simulator);
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        simulator.add_phone(CARLA, "Carla").await.unwrap();
        send_text(&ana, &account, BRUNO, "first").await;
        let held = send_text(&ana, &account, BRUNO, "second").await;
        let other = send_text(&ana, &account, CARLA, "to another").await;
        until_message(&ana, id(&other), "delivered").await;
        let waiting = eventually(
            || async { ana.get(&format!("/api/messages/{}", id(&held))).await.expect(200) },
            |message| message["waits_for"] == "destination_limit",
        )
        .await;
        assert_eq!(waiting["status"], "queued");
        assert_eq!(received(&simulator, BRUNO).len(), 1);
        app.stop().await;
    }

    async fn a_queued_message_can_be_cancelled_and_the_next_one_goes(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let first = send_text(&ana, &account, BRUNO, "taken back").await;
        let second = send_text(&ana, &account, BRUNO, "stays").await;
        let waiting = ana.get(&format!("/api/messages/{}", id(&second))).await.expect(200);
        assert_eq!(waiting["waits_for"], "earlier_message");
        let cancelled = ana.delete(&format!("/api/messages/{}", id(&first))).await.expect(200);
        assert_eq!(cancelled["status"], "cancelled");

        crate::support::whatsapp::link(&ana, &account, &simulator, ANA).await;
        until_message(&ana, id(&second), "delivered").await;
        assert_eq!(received(&simulator, BRUNO).len(), 1);
        let too_late = ana.delete(&format!("/api/messages/{}", id(&second))).await;
        assert_eq!(too_late.expect_error(409, "not_queued")["status"], "delivered");
        app.stop().await;
    }

    async fn a_list_without_an_account_has_all_that_the_caller_may_see(setup: Setup) {
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let store = app.account(&ana, "Store").await;
        let support = app.account(&ana, "Support").await;
        let bruno = app.register("bruno@example.com").await;
        let his = app.account(&bruno, "His").await;
        send_text(&ana, &store, BRUNO, "from the store").await;
        send_text(&ana, &support, BRUNO, "from support").await;
        send_text(&bruno, &his, ANA, "his own").await;
        let key = app.api_key_for(&ana, &["read"], Some(&[&support])).await;
        for (reader, wanted) in [
            (&ana, vec!["from support", "from the store"]),
            (&bruno, vec!["his own"]),
            (&key, vec!["from support"]),
        ] {
            let list = reader.get("/api/messages").await.expect(200);
            let items = list["items"].as_array().unwrap();
            let texts: Vec<&str> = items.iter().map(|item| item["text"].as_str().unwrap()).collect();
            assert_eq!(texts, wanted);
        }
        app.stop().await;
    }

    async fn a_refusal_of_whatsapp_fails_the_message_with_a_stable_code(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let refuse = serde_json::from_value(json!({"kind": "ack_error", "code": 479})).unwrap();
        simulator.fault(Some(ANA), &refuse).unwrap();
        let message = send_text(&ana, &account, BRUNO, "refused").await;
        let failed = until_message(&ana, id(&message), "failed").await;
        let last = failed["timeline"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(last["detail"], "rejected_invalid_field");
        app.stop().await;
    }

    async fn a_chat_that_whatsapp_locks_waits_and_others_go_on(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        simulator.add_phone(CARLA, "Carla").await.unwrap();
        let refuse = serde_json::from_value(json!({"kind": "ack_error", "code": 463})).unwrap();
        simulator.fault(Some(ANA), &refuse).unwrap();
        let locked = send_text(&ana, &account, BRUNO, "to a stranger").await;
        let waiting = eventually(
            || async { ana.get(&format!("/api/messages/{}", id(&locked))).await.expect(200) },
            |message| message["waits_for"] == "reach_out_timelock",
        )
        .await;
        assert_eq!(statuses(&waiting), ["queued", "sending", "queued"]);
        let at = |text: &Value| text.as_str().unwrap().parse::<whahook_contract::Timestamp>().unwrap();
        let refused = &waiting["timeline"].as_array().unwrap()[2]["at"];
        let pause = at(&waiting["waits_until"]) - at(refused);
        assert!((3_599..3_610).contains(&pause.num_seconds()), "{waiting}");
        let high = json!({
            "account_id": account, "to": BRUNO, "type": "text", "text": "x", "priority": "high",
        });
        let behind = ana.post("/api/messages", high).await.expect(202);
        let other = send_text(&ana, &account, CARLA, "to a friend").await;
        until_message(&ana, id(&other), "delivered").await;
        let behind = ana.get(&format!("/api/messages/{}", id(&behind))).await.expect(200);
        assert_eq!(behind["waits_for"], "earlier_message");
        app.stop().await;
    }

    async fn messages_under_way_when_the_link_breaks_are_sent_again_under_the_same_id(setup: Setup) {
        let simulator = simulator().await;
        let setup = setup.with("RATE_LIMITING_ENABLED", "false").on(&simulator);
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let close = serde_json::from_value(json!({"kind": "close"})).unwrap();
        let mut ids = Vec::new();
        for n in 0..30 {
            let message = send_text(&ana, &account, BRUNO, &format!("{n}")).await;
            ids.push(message["whatsapp_message_id"].as_str().unwrap().to_owned());
            if n % 10 == 5 {
                simulator.fault(Some(ANA), &close).unwrap();
            }
        }
        let got = until_received(&simulator, BRUNO, 30).await;
        let got: Vec<String> = got.into_iter().map(|message| message.id).collect();
        assert_eq!(got, ids, "each once, in order");
        until_status(&ana, &account, "ready").await;
        app.stop().await;
    }
}

#[tokio::test]
async fn bad_input_names_the_field_and_queues_nothing() {
    let app = Setup::sqlite().start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    let good = json!({"account_id": account, "to": BRUNO, "type": "text", "text": "x"});
    let with = |field: &str, value: Value| {
        let mut message = good.clone();
        message[field] = value;
        message
    };
    let table = [
        ("to", with("to", json!("hello"))),
        ("to", with("to", json!(7))),
        ("text", with("text", json!(""))),
        ("text", with("text", json!("x".repeat(65_537)))),
        ("text", with("text", json!(null))),
        ("type", with("type", json!("fax"))),
        ("account_id", with("account_id", json!("nobody"))),
        ("idempotency_key", with("idempotency_key", json!(""))),
        ("send_at", with("send_at", json!("2030-01-01T00:00:00Z"))),
        ("metadata", with("metadata", json!("x".repeat(5_000)))),
        (
            "to",
            json!({"account_id": account, "type": "text", "text": "x"}),
        ),
        (
            "text",
            json!({"account_id": account, "to": BRUNO, "type": "text"}),
        ),
    ];
    for (field, message) in table {
        ana.post("/api/messages", message)
            .await
            .expect_invalid(field);
    }
    let list = ana
        .get(&format!("/api/messages?account_id={account}"))
        .await
        .expect(200);
    assert_eq!(list["items"], json!([]));
    app.stop().await;
}

#[tokio::test]
async fn another_persons_messages_are_not_found() {
    let app = Setup::sqlite().start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    let message = send_text(&ana, &account, BRUNO, "mine").await;
    let bruno = app.register("bruno@example.com").await;
    let path = format!("/api/messages/{}", id(&message));
    bruno
        .get(&path)
        .await
        .expect_error(404, "message_not_found");
    bruno
        .delete(&path)
        .await
        .expect_error(404, "message_not_found");
    bruno
        .get(&format!("/api/messages?account_id={account}"))
        .await
        .expect_error(404, "account_not_found");
    let to_hers = json!({"account_id": account, "to": BRUNO, "type": "text", "text": "x"});
    bruno
        .post("/api/messages", to_hers)
        .await
        .expect_error(404, "account_not_found");
    app.stop().await;
}

#[tokio::test]
async fn a_list_of_messages_is_paged_and_filtered() {
    let app = Setup::sqlite().start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    for n in 0..5 {
        send_text(&ana, &account, BRUNO, &format!("{n}")).await;
    }
    let mut texts = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = ana
            .get(&format!(
                "/api/messages?account_id={account}&status=queued&limit=2{cursor}"
            ))
            .await
            .expect(200);
        for item in page["items"].as_array().unwrap() {
            texts.push(item["text"].as_str().unwrap().to_owned());
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(texts, ["4", "3", "2", "1", "0"]);
    let failed = ana
        .get(&format!("/api/messages?account_id={account}&status=failed"))
        .await
        .expect(200);
    assert_eq!(failed["items"], json!([]));
    ana.get(&format!("/api/messages?account_id={account}&status=lost"))
        .await
        .expect_invalid("status");
    app.stop().await;
}
