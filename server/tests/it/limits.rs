//! Limits that protect the number: settings of an account, gauges, WhatsApp's
//! time lock, pacing, duplicates.

use crate::support::{
    Client, Setup, TestApp,
    eventually::eventually,
    fake::{FakeGateway, FakeWhatsApp},
    on_both_databases,
    whatsapp::{
        ANA, BRUNO, CARLA, fault, ledger, send_text, simulator, until_message, until_status,
    },
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use whahook_contract::{Timestamp, event::Event};
use whahook_whatsapp::port::{LinkEvent, Person, TimeLock};

const BRUNO_JID: &str = "593991203344@s.whatsapp.net";
const CARLA_JID: &str = "593998887766@s.whatsapp.net";

fn id(message: &Value) -> &str {
    message["id"].as_str().unwrap()
}

fn at(text: &Value) -> Timestamp {
    text.as_str().unwrap().parse().unwrap()
}

async fn find(owner: &Client, message: &Value) -> Value {
    owner
        .get(&format!("/api/messages/{}", id(message)))
        .await
        .expect(200)
}

async fn until_waits_for(owner: &Client, message: &Value, what: &str) -> Value {
    eventually(
        || async { find(owner, message).await },
        |message| message["waits_for"] == what,
    )
    .await
}

async fn scene(setup: Setup) -> (TestApp, Client, Arc<FakeWhatsApp>, String) {
    let whatsapp = FakeWhatsApp::new();
    let gateway = Arc::new(FakeGateway(whatsapp.clone()));
    let app = setup.on_gateway(gateway).start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    let session = format!("/api/accounts/{account}/session");
    ana.post(&session, json!({})).await.expect(202);
    until_status(&ana, &account, "ready").await;
    (app, ana, whatsapp, account)
}

async fn set(owner: &Client, account: &str, changes: Value) -> Value {
    let settings = format!("/api/accounts/{account}/settings");
    owner.patch(&settings, changes).await.expect(200)
}

on_both_databases! {
    async fn a_limit_that_is_raised_or_switched_off_lets_waiting_messages_go(setup: Setup) {
        let (app, ana, _, account) = scene(setup).await;
        let settings = set(&ana, &account, json!({"destination_per_hour": 1})).await;
        assert_eq!(settings["destination_per_hour"], 1);
        assert_eq!(settings["destination_per_day"], json!(null));
        assert_eq!(settings["applies"]["destination_per_day"], 100);
        let mut sent = Vec::new();
        for n in 0..3 {
            sent.push(send_text(&ana, &account, BRUNO, &format!("{n}")).await);
        }
        until_message(&ana, id(&sent[0]), "sent").await;
        until_waits_for(&ana, &sent[1], "destination_limit").await;

        set(&ana, &account, json!({"destination_per_hour": 2})).await;
        until_message(&ana, id(&sent[1]), "sent").await;
        until_waits_for(&ana, &sent[2], "destination_limit").await;
        let off = set(&ana, &account, json!({"limits_enabled": false})).await;
        assert_eq!(off["destination_per_hour"], 2, "left out: as it was");
        until_message(&ana, id(&sent[2]), "sent").await;

        let back = json!({"limits_enabled": null, "destination_per_hour": null});
        let back = set(&ana, &account, back).await;
        assert_eq!(back["applies"]["limits_enabled"], true);
        assert_eq!(back["applies"]["destination_per_hour"], 20);
        let read = ana.get(&format!("/api/accounts/{account}/settings")).await.expect(200);
        assert_eq!(read, back);
        app.stop().await;
    }

    async fn the_limit_of_a_person_holds_whatever_an_account_sets(setup: Setup) {
        let setup = setup.with("LIMIT_USER_PER_MINUTE", "1");
        let (app, ana, _, account) = scene(setup).await;
        set(&ana, &account, json!({"limits_enabled": false})).await;
        let first = send_text(&ana, &account, BRUNO, "first").await;
        until_message(&ana, id(&first), "sent").await;
        let second = send_text(&ana, &account, CARLA, "second").await;
        until_waits_for(&ana, &second, "user_limit").await;
        app.stop().await;
    }

    async fn what_is_due_together_keeps_the_limit_and_says_when_the_rest_goes(setup: Setup) {
        let (app, ana, _, account) = scene(setup).await;
        set(&ana, &account, json!({"session_per_minute": 2})).await;
        let queue = format!("/api/accounts/{account}/queue");
        ana.post(&format!("{queue}/pause"), json!({})).await.expect(200);
        let mut waiting = Vec::new();
        for n in 0..7 {
            let to = if n == 6 { "+593990000005".to_owned() } else { format!("+59399000000{n}") };
            waiting.push(send_text(&ana, &account, &to, "hello").await);
        }
        ana.post(&format!("{queue}/resume"), json!({})).await.expect(200);
        for message in &waiting[..2] {
            until_message(&ana, id(message), "sent").await;
        }
        let third = until_waits_for(&ana, &waiting[2], "session_limit").await;
        let sixth = until_waits_for(&ana, &waiting[5], "session_limit").await;
        let behind_it = until_waits_for(&ana, &waiting[6], "earlier_message").await;
        let later = |message: &Value| at(&message["waits_until"]) - at(&third["waits_until"]);
        assert_eq!(later(&sixth).num_seconds(), 60, "three go before it, two a minute");
        assert_eq!(later(&behind_it).num_seconds(), 120);
        let limits = ana.get(&format!("/api/accounts/{account}/limits")).await.expect(200);
        assert_eq!(limits["gauges"][0]["used"], 2);
        app.stop().await;
    }

    async fn a_message_that_a_person_sends_again_counts_again(setup: Setup) {
        let (app, ana, whatsapp, account) = scene(setup).await;
        set(&ana, &account, json!({"destination_per_hour": 3})).await;
        whatsapp.refused.lock().insert(BRUNO_JID.to_owned(), "479".to_owned());
        let message = send_text(&ana, &account, BRUNO, "again and again").await;
        for used in 1..=3 {
            until_message(&ana, id(&message), "failed").await;
            let limits = ana.get(&format!("/api/accounts/{account}/limits")).await.expect(200);
            assert_eq!(limits["gauges"][0]["used"], used);
            ana.post(&format!("/api/messages/{}/retry", id(&message)), json!({})).await.expect(200);
        }
        until_waits_for(&ana, &message, "destination_limit").await;
        app.stop().await;
    }

    async fn gauges_count_the_rolling_windows_and_say_when_there_is_room(setup: Setup) {
        let (setup, hands) = setup.with_manual_clock();
        let (app, ana, _, account) = scene(setup).await;
        let limits = format!("/api/accounts/{account}/limits");
        let none = ana.get(&limits).await.expect(200);
        assert_eq!(none["gauges"][0]["used"], 0);
        assert_eq!(none["gauges"][0]["frees_at"], json!(null));
        assert_eq!(none["gauges"][2]["chat"], json!(null));
        let first = send_text(&ana, &account, BRUNO, "1").await;
        until_message(&ana, id(&first), "sent").await;
        let sent_at = app.app.clock.now();
        hands.advance(Duration::from_secs(20));
        for text in ["2", "3"] {
            let message = send_text(&ana, &account, CARLA, text).await;
            until_message(&ana, id(&message), "sent").await;
        }
        let full = ana.get(&limits).await.expect(200);
        let session = &full["gauges"][0];
        assert_eq!(session["name"], "session_per_minute");
        assert_eq!((&session["used"], &session["limit"], &session["window_s"]), (&json!(3), &json!(10), &json!(60)));
        assert_eq!(at(&session["frees_at"]), sent_at + chrono::TimeDelta::minutes(1));
        assert_eq!(full["gauges"][1]["name"], "user_per_minute");
        let hour = &full["gauges"][2];
        assert_eq!((&hour["chat"], &hour["used"]), (&json!(CARLA_JID), &json!(2)));
        let bruno = ana.get(&format!("{limits}?to=%2B593991203344")).await.expect(200);
        assert_eq!(bruno["gauges"][3]["chat"], BRUNO_JID);
        assert_eq!(bruno["gauges"][3]["used"], 1);

        hands.advance(Duration::from_secs(41));
        let later = ana.get(&limits).await.expect(200);
        assert_eq!(later["gauges"][0]["used"], 2, "the first has left the minute");
        assert_eq!(later["gauges"][2]["used"], 2);
        app.stop().await;
    }

    async fn a_time_lock_lasts_until_whatsapp_says_for_strangers_and_is_told_of(setup: Setup) {
        let (setup, hands) = setup.with_manual_clock();
        let (app, ana, whatsapp, account) = scene(setup).await;
        let friend = send_text(&ana, &account, CARLA, "to a friend").await;
        until_message(&ana, id(&friend), "sent").await;

        let until = app.app.clock.now() + chrono::TimeDelta::minutes(90);
        *whatsapp.time_lock.lock() = Some(TimeLock::LockedUntil(until.into()));
        whatsapp.refused.lock().insert(BRUNO_JID.to_owned(), "463".to_owned());
        let refused = send_text(&ana, &account, BRUNO, "to a stranger").await;
        let view = eventually(
            || async { ana.get(&format!("/api/accounts/{account}")).await.expect(200) },
            |account| account["reach_out_timelock"].is_object(),
        )
        .await;
        assert_eq!(at(&view["reach_out_timelock"]["until"]), until);
        let waiting = eventually(
            || async { find(&ana, &refused).await },
            |message| message["waits_until"].is_string() && at(&message["waits_until"]) == until,
        )
        .await;
        assert_eq!(waiting["waits_for"], "reach_out_timelock");
        let sends = whatsapp.told.lock().len();
        let stranger = send_text(&ana, &account, ANA, "to another stranger").await;
        let waiting = until_waits_for(&ana, &stranger, "reach_out_timelock").await;
        assert_eq!(at(&waiting["waits_until"]), until);
        assert_eq!(whatsapp.told.lock().len(), sends, "it was not even tried");
        let friend = send_text(&ana, &account, CARLA, "to a friend again").await;
        until_message(&ana, id(&friend), "sent").await;
        let limits = ana.get(&format!("/api/accounts/{account}/limits")).await.expect(200);
        assert_eq!(limits["reach_out_timelock"], view["reach_out_timelock"]);

        whatsapp.refused.lock().clear();
        hands.advance(Duration::from_secs(90 * 60 + 1));
        until_message(&ana, id(&refused), "sent").await;
        until_message(&ana, id(&stranger), "sent").await;
        let view = eventually(
            || async { ana.get(&format!("/api/accounts/{account}")).await.expect(200) },
            |account| account["reach_out_timelock"].is_null(),
        )
        .await;
        assert_eq!(view["status"], "ready");
        let told: Vec<bool> = ledger(&app, &account)
            .await
            .into_iter()
            .filter_map(|event| match event {
                Event::ReachOutTimelock { timelock } => Some(timelock.is_some()),
                _ => None,
            })
            .collect();
        assert_eq!(told, [true, false]);
        app.stop().await;
    }

    async fn whoever_wrote_first_is_no_stranger_to_a_locked_account(setup: Setup) {
        let (app, ana, whatsapp, account) = scene(setup).await;
        let until = app.app.clock.now() + chrono::TimeDelta::hours(2);
        *whatsapp.time_lock.lock() = Some(TimeLock::LockedUntil(until.into()));
        whatsapp.refused.lock().insert(BRUNO_JID.to_owned(), "463".to_owned());
        let refused = send_text(&ana, &account, BRUNO, "to a stranger").await;
        eventually(
            || async { ana.get(&format!("/api/accounts/{account}")).await.expect(200) },
            |account| account["reach_out_timelock"].is_object(),
        )
        .await;
        let session = until_status(&ana, &account, "ready").await;
        let carla = Person { phone_number: Some(CARLA.to_owned()), lid: None };
        whatsapp.tell(session["session_id"].as_str().unwrap(), LinkEvent::Wrote(carla));
        whatsapp.tell(session["session_id"].as_str().unwrap(), LinkEvent::Activity);
        let message = send_text(&ana, &account, CARLA, "an answer").await;
        until_message(&ana, id(&message), "sent").await;
        until_waits_for(&ana, &refused, "reach_out_timelock").await;
        app.stop().await;
    }

    async fn the_end_of_a_time_lock_is_asked_of_whatsapp_itself(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let lock = fault(json!({"kind": "reach_out_timelock", "for_s": 7_200}));
        simulator.fault(Some(ANA), &lock).unwrap();
        let before = app.app.clock.now();
        send_text(&ana, &account, BRUNO, "to a stranger").await;
        let view = eventually(
            || async { ana.get(&format!("/api/accounts/{account}")).await.expect(200) },
            |account| account["reach_out_timelock"].is_object(),
        )
        .await;
        let lasts = at(&view["reach_out_timelock"]["until"]) - before;
        assert!((7_190..7_300).contains(&lasts.num_seconds()), "{view}");
        app.stop().await;
    }

    async fn the_same_again_within_the_window_is_refused_with_the_first(setup: Setup) {
        let (setup, hands) = setup.with_manual_clock();
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let other = app.account(&ana, "Other").await;
        let text = |account: &str, to: &str, text: &str| {
            json!({"account_id": account, "to": to, "type": "text", "text": text})
        };
        send_text(&ana, &account, BRUNO, "before it was on").await;
        set(&ana, &account, json!({"duplicate_window_s": 600})).await;
        let mut keyed = text(&account, BRUNO, "hello");
        keyed["idempotency_key"] = json!("one");
        let first = ana.post("/api/messages", keyed.clone()).await.expect(202);
        let again = ana.post("/api/messages", text(&account, BRUNO_JID, "hello")).await;
        assert_eq!(again.expect_error(409, "duplicate_message")["message_id"], first["id"]);
        assert_eq!(ana.post("/api/messages", keyed).await.expect(202), first, "the same request");
        for message in [
            text(&account, BRUNO, "Hello"),
            text(&account, CARLA, "hello"),
            text(&other, BRUNO, "hello"),
        ] {
            ana.post("/api/messages", message).await.expect(202);
        }
        // What was taken back was not said.
        ana.delete(&format!("/api/messages/{}", id(&first))).await.expect(200);
        let second = ana.post("/api/messages", text(&account, BRUNO, "hello")).await.expect(202);
        hands.advance(Duration::from_secs(599));
        let again = ana.post("/api/messages", text(&account, BRUNO, "hello")).await;
        assert_eq!(again.expect_error(409, "duplicate_message")["message_id"], second["id"]);
        hands.advance(Duration::from_secs(1));
        ana.post("/api/messages", text(&account, BRUNO, "hello")).await.expect(202);
        let list = ana.get(&format!("/api/messages?account_id={account}")).await.expect(200);
        assert_eq!(list["items"].as_array().unwrap().len(), 6, "refused ones are not there");
        app.stop().await;
    }

    async fn a_paced_account_types_and_pauses_and_keeps_its_order(setup: Setup) {
        let (app, ana, whatsapp, account) = scene(setup).await;
        let settings = set(&ana, &account, json!({"human_pacing": true})).await;
        assert_eq!(settings["applies"]["human_pacing"], true);
        let begun = tokio::time::Instant::now();
        let mut last = json!(null);
        for (to, text) in [(BRUNO, "1"), (BRUNO, "2"), (CARLA, "3")] {
            last = send_text(&ana, &account, to, text).await;
        }
        until_waits_for(&ana, &last, "pacing").await;
        until_message(&ana, id(&last), "sent").await;
        // Two pauses of 1.5 s and thrice typing of 0.6 s at least.
        assert!(begun.elapsed() >= Duration::from_millis(4_700), "{:?}", begun.elapsed());
        let told = whatsapp.told.lock().clone();
        let wanted: Vec<String> = [BRUNO_JID, BRUNO_JID, CARLA_JID]
            .into_iter()
            .flat_map(|to| [format!("typing {to}"), format!("send {to}")])
            .collect();
        assert_eq!(told, wanted);
        app.stop().await;
    }

    async fn a_pause_and_its_end_are_in_the_ledger_with_who_asked(setup: Setup) {
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let key = app.api_key(&ana, &["send"]).await;
        let queue = format!("/api/accounts/{account}/queue");
        for _ in 0..2 {
            ana.post(&format!("{queue}/pause"), json!({})).await.expect(200);
        }
        for _ in 0..2 {
            key.post(&format!("{queue}/resume"), json!({})).await.expect(200);
        }
        let told: Vec<String> = ledger(&app, &account)
            .await
            .into_iter()
            .filter_map(|event| match event {
                Event::QueuePaused { by, .. } => Some(("paused", by)),
                Event::QueueResumed { by } => Some(("resumed", by)),
                _ => None,
            })
            .map(|(what, by)| format!("{what} by {}", by.unwrap().name.unwrap()))
            .collect();
        assert_eq!(told, ["paused by Ana", "resumed by test"], "each once");
        app.stop().await;
    }

    async fn a_list_is_filtered_by_chat_text_time_and_several_statuses(setup: Setup) {
        let (setup, hands) = setup.with_manual_clock();
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let other = app.account(&ana, "Other").await;
        let early = send_text(&ana, &account, BRUNO, "Your Order 1042").await;
        hands.advance(Duration::from_secs(60));
        let noon = app.app.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        send_text(&ana, &account, CARLA, "your order 1043").await;
        send_text(&ana, &account, BRUNO, "100% \"off\"").await;
        send_text(&ana, &other, BRUNO, "order").await;
        ana.delete(&format!("/api/messages/{}", id(&early))).await.expect(200);
        let list = async |query: &str| -> Vec<String> {
            let page = ana.get(&format!("/api/messages?{query}")).await.expect(200);
            assert_eq!(page["next_cursor"], json!(null));
            let items = page["items"].as_array().unwrap().iter();
            items.map(|item| item["text"].as_str().unwrap().to_owned()).collect()
        };
        let of = format!("account_id={account}");
        for (query, wanted) in [
            (format!("{of}&chat={BRUNO_JID}"), vec!["100% \"off\"", "Your Order 1042"]),
            ("chat=%2B593998887766".to_owned(), vec!["your order 1043"]),
            ("text=ORDER".to_owned(), vec!["order", "your order 1043", "Your Order 1042"]),
            (format!("{of}&text=%25"), vec!["100% \"off\""]),
            (format!("{of}&text=text"), vec![]),
            (format!("{of}&from={noon}"), vec!["100% \"off\"", "your order 1043"]),
            (format!("{of}&until={noon}"), vec!["Your Order 1042"]),
            (format!("{of}&status=cancelled,sent"), vec!["Your Order 1042"]),
            (format!("{of}&status=queued&chat={CARLA_JID}&text=1043"), vec!["your order 1043"]),
        ] {
            assert_eq!(list(&query).await, wanted, "{query}");
        }
        let page = ana.get("/api/messages?text=order&limit=2").await.expect(200);
        let next = page["next_cursor"].as_str().unwrap();
        assert_eq!(list(&format!("text=order&limit=2&cursor={next}")).await, ["Your Order 1042"]);
        for (field, query) in [
            ("status", "status=queued,lost"), ("chat", "chat=nobody"), ("text", "text="),
            ("from", "from=yesterday"), ("limit", "limit=0"),
        ] {
            ana.get(&format!("/api/messages?{query}")).await.expect_invalid(field);
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused_by_name_and_another_persons_not_found() {
    let app = Setup::sqlite().start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    let settings = format!("/api/accounts/{account}/settings");
    for (field, value) in [
        ("session_per_minute", json!(0)),
        ("session_per_minute", json!(1_000_001)),
        ("destination_per_hour", json!(0)),
        ("destination_per_day", json!(-1)),
        ("duplicate_window_s", json!(2_592_001)),
        ("limits_enabled", json!("off")),
        ("human_pacing", json!(1)),
        ("user_per_minute", json!(5)),
    ] {
        let refused = ana.patch(&settings, json!({field: value})).await;
        refused.expect_invalid(field);
    }
    let bruno = app.register("bruno@example.com").await;
    for path in [settings.clone(), format!("/api/accounts/{account}/limits")] {
        let not_his = bruno.get(&path).await;
        not_his.expect_error(404, "account_not_found");
    }
    let key = app.api_key(&ana, &["read"]).await;
    key.get(&settings).await.expect(200);
    let refused = key.patch(&settings, json!({"human_pacing": true})).await;
    refused.expect_error(403, "scope_missing");
    app.stop().await;
}
