//! One message to many: what is accepted, how it goes, and what people can do to
//! it meanwhile.

use crate::support::{
    Answer, Client, Setup, TestApp,
    eventually::eventually,
    on_both_databases, send,
    whatsapp::{
        ANA, BRUNO, CARLA, ledger, link, received, send_text, simulator, until_message,
        until_received,
    },
};
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};
use whahook_contract::{bulk::BulkStatus, event::Event};

const BULK: &str = "/api/messages/bulk";

#[expect(clippy::needless_pass_by_value, reason = "as `json!` gives it")]
fn greeting(account: &str, recipients: Value) -> Value {
    json!({"account_id": account, "type": "text", "text": "Hello {{name}}", "recipients": recipients})
}

/// As many rows, to one phone after the other; the texts are numbered.
pub fn many(account: &str, to: &[&str], rows: usize) -> Value {
    let recipients: Vec<Value> = (0..rows)
        .map(|n| json!({"to": to[n % to.len()], "variables": {"n": n}}))
        .collect();
    json!({
        "account_id": account, "type": "text", "text": "number {{n}}",
        "recipients": recipients, "duplicates": "send",
    })
}

/// The texts of [`many`] that one of the phones has to have.
pub fn expected(to: &[&str], phone: &str, rows: usize) -> Vec<String> {
    (0..rows)
        .filter(|n| to[n % to.len()] == phone)
        .map(|n| format!("number {n}"))
        .collect()
}

fn texts(messages: Vec<whahook_simulator::ChatMessage>) -> Vec<String> {
    messages.into_iter().map(|message| message.text).collect()
}

async fn accept(owner: &Client, bulk: Value) -> String {
    let accepted = owner.post(BULK, bulk).await.expect(202);
    accepted["id"].as_str().unwrap().to_owned()
}

async fn find(owner: &Client, id: &str) -> Value {
    owner.get(&format!("{BULK}/{id}")).await.expect(200)
}

pub async fn until(owner: &Client, id: &str, right: impl Fn(&Value) -> bool) -> Value {
    eventually(|| async { find(owner, id).await }, right).await
}

async fn order(owner: &Client, id: &str, order: &str) -> Answer {
    owner.post(&format!("{BULK}/{id}/{order}"), json!({})).await
}

async fn result(owner: &Client, id: &str) -> Vec<Vec<String>> {
    let answer = owner.get(&format!("{BULK}/{id}/result.csv")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    let mut file = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(answer.text.as_bytes());
    file.records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect())
        .collect()
}

/// What the ledger says the bulk became, one after the other.
async fn told(app: &TestApp, account: &str) -> Vec<BulkStatus> {
    let became = |event| match event {
        Event::BulkStatus { status, .. } => Some(status),
        _ => None,
    };
    let events = ledger(app, account).await;
    events.into_iter().filter_map(became).collect()
}

on_both_databases! {
    async fn everybody_gets_their_own_words_and_the_result_tells_it(setup: Setup) {
        let simulator = simulator().await;
        simulator.add_phone(CARLA, "Carla").await.unwrap();
        let setup = setup.with("RATE_LIMITING_ENABLED", "false");
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let mut events = app.app.events.listen();
        let mut bulk = greeting(&account, json!([
            {"to": BRUNO, "variables": {"name": "Bruno", "unused": 1}},
            {"to": CARLA.trim_start_matches('+'), "variables": {"name": "=Carla"}},
        ]));
        bulk["idempotency_key"] = json!("campaign");
        bulk["metadata"] = json!({"campaign": 7});
        let accepted = ana.post(BULK, bulk.clone()).await.expect(202);
        assert_eq!((&accepted["accepted"], &accepted["skipped"]), (&json!(2), &json!(0)));
        let id = accepted["id"].as_str().unwrap();
        let done = until(&ana, id, |bulk| bulk["progress"]["delivered"] == 2).await;
        let done = if done["status"] == "finished" { done } else {
            until(&ana, id, |bulk| bulk["status"] == "finished").await
        };
        assert_eq!(texts(received(&simulator, BRUNO)), ["Hello Bruno"]);
        assert_eq!(texts(received(&simulator, CARLA)), ["Hello =Carla"]);
        assert_eq!(done["text"], "Hello {{name}}");
        assert_eq!(done["priority"], "low");
        assert_eq!(done["metadata"], json!({"campaign": 7}));
        assert_eq!((&done["waits_for"], &done["reason"]), (&json!(null), &json!(null)));
        assert!(done["started_at"].is_string() && done["finished_at"].is_string(), "{done}");
        assert_eq!(ana.post(BULK, bulk).await.expect(202), accepted, "the first answer");
        assert_eq!(received(&simulator, BRUNO).len(), 1);

        let rows = result(&ana, id).await;
        assert_eq!(rows[0][..7], ["row", "to", "phone_number", "lid", "message_id", "whatsapp_message_id", "status"]);
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[1][..3], ["1", BRUNO, BRUNO]);
        assert_eq!(rows[2][1], CARLA.trim_start_matches('+'));
        assert_eq!((rows[2][2].as_str(), rows[2][6].as_str()), (CARLA, "delivered"));
        assert!(rows[2][3].ends_with("@lid") && rows[2][9].ends_with('Z'), "{rows:?}");

        let messages = ana.get(&format!("/api/messages?bulk_id={id}")).await.expect(200);
        let items = messages["items"].as_array().unwrap();
        assert_eq!(items.len(), 2);
        assert!(items.iter().all(|message| message["bulk_id"] == id), "{messages}");
        let listed = ana.get(&format!("{BULK}?account_id={account}")).await.expect(200);
        assert_eq!(listed["items"][0]["id"], id);
        for (status, count) in [("running,paused", 0), ("paused,finished", 1)] {
            let listed = ana.get(&format!("{BULK}?status={status}")).await.expect(200);
            assert_eq!(listed["items"].as_array().unwrap().len(), count, "{listed}");
        }
        ana.get(&format!("{BULK}?status=gone")).await.expect_invalid("status");
        assert_eq!(told(&app, &account).await, [BulkStatus::Running, BulkStatus::Finished]);
        let mut pushed = false;
        while let Ok(event) = events.try_recv() {
            pushed |= matches!(event.event.event, Event::BulkProgress { .. });
        }
        assert!(pushed, "it was told how far the bulk was");
        app.stop().await;
    }

    async fn a_list_with_mistakes_is_refused_whole_and_each_mistake_named(setup: Setup) {
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let long = "x".repeat(70_000);
        let refused = ana.post(BULK, greeting(&account, json!([
            {"to": BRUNO, "variables": {"name": "Bruno"}},
            {"to": "nobody", "variables": {"name": "x"}},
            {"to": CARLA},
            {"to": ANA, "variables": {"name": long}},
            {"to": "593 99 120 3344", "variables": {"name": "again"}},
            {"to": 5},
        ]))).await;
        let details = refused.expect_error(422, "invalid_input");
        assert_eq!((&details["field"], &details["count"]), (&json!("recipients"), &json!(5)));
        let named: BTreeSet<(u64, &str)> = details["rows"].as_array().unwrap().iter()
            .map(|error| (error["row"].as_u64().unwrap(), error["field"].as_str().unwrap()))
            .collect();
        let wanted = [(2, "to"), (3, "variables.name"), (4, "text"), (5, "to"), (6, "to")];
        assert_eq!(named, BTreeSet::from(wanted));

        let fine = json!([{"to": BRUNO, "variables": {"name": "Bruno"}}]);
        let with = |field: &str, value: Value| {
            let mut bulk = greeting(&account, fine.clone());
            bulk[field] = value;
            bulk
        };
        let many: Vec<Value> = (0..10_001).map(|_| json!({"to": BRUNO})).collect();
        for (bulk, field) in [
            (with("recipients", json!([])), "recipients"),
            (with("recipients", json!({})), "recipients"),
            (with("recipients", json!(null)), "recipients"),
            (with("recipients", json!(many)), "recipients"),
            (with("text", json!("Hello {{name")), "text"),
            (with("text", json!("")), "text"),
            (with("type", json!("fax")), "type"),
            (with("to", json!(BRUNO)), "to"),
            (with("duplicates", json!("maybe")), "duplicates"),
            (with("send_at", json!("2999-01-01T00:00:00Z")), "send_at"),
            (with("expires_at", json!("2001-01-01T00:00:00Z")), "expires_at"),
            (with("priority", json!("urgent")), "priority"),
            (with("nonsense", json!(1)), "nonsense"),
            (with("reply_to", json!({"id": "A"})), "reply_to"),
        ] {
            ana.post(BULK, bulk).await.expect_invalid(field);
        }
        let none = ana.get(BULK).await.expect(200);
        assert_eq!(none["items"], json!([]));
        let messages = ana.get("/api/messages").await.expect(200);
        assert_eq!(messages["items"], json!([]));

        let twice = json!([{"to": BRUNO}, {"to": CARLA}, {"to": BRUNO}]);
        let mut bulk = json!({"account_id": account, "type": "text", "text": "hi", "recipients": twice});
        bulk["duplicates"] = json!("skip");
        let accepted = ana.post(BULK, bulk).await.expect(202);
        assert_eq!((&accepted["accepted"], &accepted["skipped"]), (&json!(2), &json!(1)));
        app.stop().await;
    }

    async fn a_paused_bulk_holds_up_nobody_and_goes_on_where_it_was(setup: Setup) {
        let simulator = simulator().await;
        simulator.add_phone(CARLA, "Carla").await.unwrap();
        let setup = setup.with("RATE_LIMITING_ENABLED", "false");
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let to = [BRUNO, CARLA];
        let id = accept(&ana, many(&account, &to, 6)).await;
        let waits = until(&ana, &id, |bulk| bulk["progress"]["queued"] == 6).await;
        assert_eq!((&waits["status"], &waits["waits_for"]), (&json!("running"), &json!("session")));
        let paused = order(&ana, &id, "pause").await.expect(200);
        assert_eq!((&paused["status"], &paused["waits_for"]), (&json!("paused"), &json!("paused")));
        order(&ana, &id, "pause").await.expect(200);

        let single = send_text(&ana, &account, BRUNO, "not one of many").await;
        link(&ana, &account, &simulator, ANA).await;
        until_message(&ana, single["id"].as_str().unwrap(), "delivered").await;
        let held = ana.get(&format!("/api/messages?bulk_id={id}")).await.expect(200);
        for message in held["items"].as_array().unwrap() {
            assert_eq!((&message["status"], &message["waits_for"]), (&json!("queued"), &json!("paused")));
        }
        assert_eq!(texts(received(&simulator, BRUNO)), ["not one of many"]);
        assert_eq!(received(&simulator, CARLA).len(), 0);

        order(&ana, &id, "resume").await.expect(200);
        until(&ana, &id, |bulk| bulk["progress"]["delivered"] == 6).await;
        assert_eq!(texts(received(&simulator, BRUNO))[1..], expected(&to, BRUNO, 6));
        assert_eq!(texts(received(&simulator, CARLA)), expected(&to, CARLA, 6));
        until(&ana, &id, |bulk| bulk["status"] == "finished").await;
        for refused in ["pause", "resume"] {
            let details = order(&ana, &id, refused).await.expect_error(409, "bulk_over");
            assert_eq!(details["status"], "finished");
        }
        let wanted = [BulkStatus::Running, BulkStatus::Paused, BulkStatus::Running, BulkStatus::Finished];
        assert_eq!(told(&app, &account).await, wanted);
        app.stop().await;
    }

    async fn ten_thousand_are_accepted_and_cancelled_at_once(setup: Setup) {
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let recipients: Vec<Value> = (0..10_000)
            .map(|n| json!({"to": format!("+59399{n:07}"), "variables": {"name": format!("person {n}")}}))
            .collect();
        let bulk = greeting(&account, json!(recipients));
        let began = Instant::now();
        let id = accept(&ana, bulk).await;
        eprintln!("accepted in {} ms", began.elapsed().as_millis());
        let full = until(&ana, &id, |bulk| bulk["progress"]["queued"] == 200).await;
        assert_eq!((&full["progress"]["total"], &full["progress"]["waiting"]), (&json!(10_000), &json!(9_800)));
        let began = Instant::now();
        let path = format!("{BULK}/{id}");
        let cancelled = ana.delete(&path).await.expect(200);
        eprintln!("cancelled in {} ms", began.elapsed().as_millis());
        assert_eq!((&cancelled["status"], &cancelled["reason"]), (&json!("cancelled"), &json!("cancelled")));
        assert_eq!(cancelled["progress"]["cancelled"], 10_000, "{cancelled}");
        ana.delete(&path).await.expect(200);
        let rows = result(&ana, &id).await;
        assert_eq!(rows.len(), 10_001);
        assert_eq!(rows[10_000][6..8], ["cancelled", "cancelled"]);
        assert_eq!(rows[200][6..8], ["cancelled", "bulk_cancelled"]);
        app.stop().await;
    }

    async fn single_messages_go_first_and_the_bulk_says_what_it_waits_for(setup: Setup) {
        let simulator = simulator().await;
        simulator.add_phone(CARLA, "Carla").await.unwrap();
        let setup = setup.with("LIMIT_SESSION_PER_MINUTE", "2");
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let id = accept(&ana, many(&account, &[BRUNO, CARLA], 21)).await;
        until(&ana, &id, |bulk| bulk["progress"]["queued"] == 21).await;
        let stands = find(&ana, &id).await;
        assert_eq!(
            (&stands["waits_for"], &stands["ends_at_earliest"]),
            (&json!("session"), &json!(null)),
            "nobody knows when it is connected"
        );
        let single = send_text(&ana, &account, BRUNO, "your code").await;
        link(&ana, &account, &simulator, ANA).await;
        until_message(&ana, single["id"].as_str().unwrap(), "delivered").await;
        let waits = until(&ana, &id, |bulk| bulk["waits_for"] == "session_limit").await;
        assert!(waits["waits_until"].is_string(), "{waits}");
        // Two a minute, and twenty to go.
        let end = waits["ends_at_earliest"].as_str().unwrap();
        let end: chrono::DateTime<chrono::Utc> = end.parse().unwrap();
        let ahead = (end - app.app.clock.now()).num_seconds();
        assert!((9 * 60..=10 * 60).contains(&ahead), "{ahead} s");
        assert_eq!(texts(received(&simulator, BRUNO))[0], "your code");
        app.stop().await;
    }

    async fn a_bulk_waits_for_its_time_and_ends_at_its_expiry(setup: Setup) {
        let simulator = simulator().await;
        simulator.add_phone(CARLA, "Carla").await.unwrap();
        let setup = setup.with("LIMIT_SESSION_PER_MINUTE", "1");
        let (setup, hands) = setup.on(&simulator).with_manual_clock();
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let mut bulk = many(&account, &[BRUNO, CARLA], 2);
        bulk["send_at"] = json!("2027-01-15T08:01:00Z");
        bulk["expires_at"] = json!("2027-01-15T08:01:30Z");
        let id = accept(&ana, bulk).await;
        let waits = find(&ana, &id).await;
        assert_eq!(waits["waits_for"], "scheduled");
        assert_eq!(waits["waits_until"], "2027-01-15T08:01:00Z");
        assert_eq!(waits["progress"]["waiting"], 2);
        hands.advance(Duration::from_secs(61));
        until_received(&simulator, BRUNO, 1).await;
        until(&ana, &id, |bulk| bulk["waits_for"] == "session_limit").await;
        hands.advance(Duration::from_secs(30));
        let over = until(&ana, &id, |bulk| bulk["status"] == "finished").await;
        assert_eq!(over["progress"]["failed"], 1);
        assert_eq!(result(&ana, &id).await[2][6..8], ["failed", "expired"]);

        let mut paused = many(&account, &[BRUNO], 1);
        paused["send_at"] = json!("2027-01-15T08:03:00Z");
        paused["expires_at"] = json!("2027-01-15T08:04:00Z");
        let id = accept(&ana, paused).await;
        order(&ana, &id, "pause").await.expect(200);
        hands.advance(Duration::from_secs(300));
        let over = until(&ana, &id, |bulk| bulk["status"] == "finished").await;
        assert_eq!((&over["reason"], &over["progress"]["failed"]), (&json!("expired"), &json!(1)));
        assert_eq!(result(&ana, &id).await[1][6..8], ["failed", "expired"]);
        app.stop().await;
    }

    async fn a_bulk_is_its_owners_and_its_keys_alone(setup: Setup) {
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let bruno = app.register("bruno@example.com").await;
        let account = app.account(&ana, "Store").await;
        let other = app.account(&ana, "Other").await;
        let id = accept(&ana, many(&account, &[BRUNO], 1)).await;
        let path = format!("{BULK}/{id}");
        let elsewhere = app.api_key_for(&ana, &["read", "send"], Some(&[&other])).await;
        for stranger in [&bruno, &elsewhere] {
            stranger.get(&path).await.expect_error(404, "bulk_not_found");
            stranger.get(&format!("{path}/result.csv")).await.expect_error(404, "bulk_not_found");
            stranger.delete(&path).await.expect_error(404, "bulk_not_found");
            order(stranger, &id, "pause").await.expect_error(404, "bulk_not_found");
            let bulk = many(&account, &[BRUNO], 1);
            stranger.post(BULK, bulk).await.expect_error(404, "account_not_found");
            assert_eq!(stranger.get(BULK).await.expect(200)["items"], json!([]));
            let messages = format!("/api/messages?bulk_id={id}");
            assert_eq!(stranger.get(&messages).await.expect(200)["items"], json!([]));
        }
        let reader = app.api_key(&ana, &["read"]).await;
        assert_eq!(find(&reader, &id).await["id"], id);
        reader.delete(&path).await.expect_error(403, "scope_missing");
        order(&reader, &id, "resume").await.expect_error(403, "scope_missing");
        ana.get(&format!("{BULK}/nonsense")).await.expect_error(404, "bulk_not_found");
        ana.delete(&format!("/api/accounts/{account}")).await.expect(204);
        ana.get(&path).await.expect_error(404, "bulk_not_found");
        app.stop().await;
    }
}

#[tokio::test]
async fn a_list_may_come_as_a_file_of_a_spreadsheet() {
    let app = Setup::sqlite().start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    let upload = |file: &str| {
        let message =
            json!({"account_id": account, "type": "text", "text": "{{First name}}: {{note|none}}"});
        let part = Part::text(file.to_owned()).mime_str("text/csv").unwrap();
        let form = Form::new()
            .text("message", message.to_string())
            .part("recipients", part);
        send(ana.request(Method::POST, BULK).multipart(form))
    };
    let file = format!(
        "\u{feff}First name;Phone;note\r\nBruno;{BRUNO};\"two\r\nlines\"\r\nCarla;{CARLA};\r\n"
    );
    let accepted = upload(&file).await.expect(202);
    assert_eq!(accepted["accepted"], 2);
    let id = accepted["id"].as_str().unwrap();
    until(&ana, id, |bulk| bulk["progress"]["queued"] == 2).await;
    let messages = ana
        .get(&format!("/api/messages?bulk_id={id}"))
        .await
        .expect(200);
    assert_eq!(messages["items"][1]["text"], "Bruno: two\r\nlines");
    assert_eq!(messages["items"][0]["text"], "Carla: none");

    let details = upload("to,First name\nnobody,x\n+593991203344,\n").await;
    let details = details.expect_error(422, "invalid_input");
    assert_eq!(details["rows"][0]["line"], 2);
    assert_eq!(details["rows"][1]["field"], "variables.First name");
    upload("name\nAna\n").await.expect_invalid("recipients");
    upload("to,First name\n").await.expect_invalid("recipients");
    let form = Form::new().text("message", "{}").text("files", "x");
    send(ana.request(Method::POST, BULK).multipart(form))
        .await
        .expect_invalid("files");
    let form = Form::new().text("message", "{}");
    send(ana.request(Method::POST, BULK).multipart(form))
        .await
        .expect_invalid("recipients");
    let large = "x".repeat((16 << 20) + 1);
    upload(&large).await.expect_error(413, "payload_too_large");
    app.stop().await;
}
