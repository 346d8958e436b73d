//! Webhooks: what is sent where, and who may say so.

use crate::{
    events::{happen, labels},
    support::{
        Client, Setup, TestApp,
        eventually::eventually,
        on_both_databases,
        receiver::{Got, Receiver},
        whatsapp::{ANA, BRUNO, send_text, simulator, until_message},
    },
};
use serde_json::{Value, json};
use std::time::Duration;

pub fn reaching_here(setup: Setup) -> Setup {
    setup.with("ALLOW_PRIVATE_TARGETS", "true")
}

/// The path of a new webhook, and its secret.
pub async fn webhook(client: &Client, receiver: &Receiver, more: Value) -> (String, String) {
    let mut new = json!({ "url": receiver.url });
    for (name, value) in more.as_object().unwrap() {
        new[name] = value.clone();
    }
    let created = client.post("/api/webhooks", new).await.expect(201);
    let path = format!("/api/webhooks/{}", created["id"].as_str().unwrap());
    (path, created["secret"].as_str().unwrap().to_owned())
}

pub async fn until_state(client: &Client, path: &str, state: &str) -> Value {
    let look = || async { client.get(path).await.expect(200) };
    eventually(look, |view| view["state"] == state).await
}

fn label_of(got: &Got) -> &str {
    got.body["data"]["label"].as_str().unwrap()
}

async fn called(app: &TestApp, account: &str, label: &str) {
    happen(app, account, std::iter::once(label.to_owned())).await;
}

on_both_databases! {
    async fn what_happens_is_sent_signed_and_as_the_ledger_has_it(setup: Setup) {
        let receiver = Receiver::start().await;
        let app = reaching_here(setup).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let headers = json!({"Authorization": "Bearer of-the-receiver"});
        let (path, secret) = webhook(&ana, &receiver, json!({"headers": headers})).await;
        happen(&app, &account, labels(5)).await;
        let got = receiver.until_got(5).await;
        let ledger = ana.get(&format!("/api/events?account_id={account}&after=1")).await.expect(200);
        for (got, event) in got.iter().zip(ledger["items"].as_array().unwrap()) {
            assert_eq!(&got.body, event);
            assert_eq!(got.id, format!("evt_{account}_{}", got.seq()));
            assert!(got.is_signed_with(&secret));
            assert!(!got.is_signed_with("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"));
            assert_eq!(got.headers["authorization"], "Bearer of-the-receiver");
            assert_eq!(got.headers["content-type"], "application/json");
            assert!(got.headers["user-agent"].to_str().unwrap().starts_with("WhaHook/"));
        }
        assert_eq!(receiver.got().len(), 5, "nothing is sent twice");

        // Secrets are shown once, and the database does not have them.
        let shown = ana.get(&path).await.text + &ana.get("/api/webhooks").await.text;
        let mut conn = app.app.db.read().await.unwrap();
        let kept: (String, String) = sqlx::query_as("SELECT secret, headers FROM webhooks")
            .fetch_one(&mut *conn).await.unwrap();
        for text in [shown, kept.0, kept.1] {
            assert!(!text.contains(&secret[6..]) && !text.contains("of-the-receiver"), "{text}");
        }
        let view = ana.get(&path).await.expect(200);
        assert_eq!(view["header_names"], json!(["authorization"]));
        assert_eq!(view["state"], "active");

        let list = ana.get(&format!("{path}/deliveries?limit=2")).await.expect(200);
        let first = &list["items"][0];
        assert_eq!((&first["status"], &first["seq"]), (&json!("delivered"), &json!(6)));
        assert_eq!(first["last_attempt"]["status"], 204);
        assert_eq!(first["event"]["data"]["label"], "label 5");
        let next = list["next_cursor"].as_str().unwrap();
        let more = ana.get(&format!("{path}/deliveries?cursor={next}")).await.expect(200);
        assert_eq!(more["items"].as_array().unwrap().len(), 3);
        app.stop().await;
    }

    async fn only_what_is_wanted_is_sent_and_accounts_to_come_are_covered(setup: Setup) {
        let all = Receiver::start().await;
        let one = Receiver::start().await;
        let typed = Receiver::start().await;
        let app = reaching_here(setup).start().await;
        let ana = app.register("ana@example.com").await;
        let eva = app.register("eva@example.com").await;
        let of_eva = app.account(&eva, "Eva's").await;
        let old = app.account(&ana, "Old").await;
        called(&app, &old, "before").await;
        webhook(&ana, &all, json!({})).await;
        let (path, _) = webhook(&ana, &one, json!({"account_ids": [old]})).await;
        webhook(&ana, &typed, json!({"events": ["account:created"]})).await;
        called(&app, &of_eva, "not Ana's").await;
        let new = app.account(&ana, "New").await;
        called(&app, &old, "after").await;
        called(&app, &new, "of the new").await;

        let got = all.until_got(3).await;
        let mut told: Vec<(&str, &str)> = got.iter().map(|it| (it.account(), label_of(it))).collect();
        told.sort_unstable();
        let mut expected = [(old.as_str(), "after"), (&new, "New"), (&new, "of the new")];
        expected.sort_unstable();
        assert_eq!(told, expected);
        assert_eq!(label_of(&one.until_got(1).await[0]), "after");
        assert_eq!(typed.until_got(1).await[0].body["type"], "account:created");

        // An account that is added begins with what happens from then on.
        ana.patch(&path, json!({"account_ids": [old, new]})).await.expect(200);
        called(&app, &new, "of both").await;
        assert_eq!(label_of(&one.until_got(2).await[1]), "of both");
        ana.patch(&path, json!({"account_ids": [new]})).await.expect(200);
        called(&app, &old, "nobody's").await;
        called(&app, &new, "last").await;
        assert_eq!(label_of(&one.until_got(3).await[2]), "last");
        app.stop().await;
    }

    async fn one_that_was_off_goes_on_where_it_stopped_also_after_a_restart(setup: Setup) {
        let receiver = Receiver::start().await;
        let app = reaching_here(setup).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let (path, _) = webhook(&ana, &receiver, json!({})).await;
        called(&app, &account, "1").await;
        receiver.until_got(1).await;
        let off = ana.patch(&path, json!({"enabled": false})).await.expect(200);
        assert_eq!(off["state"], "off");
        called(&app, &account, "2").await;
        let app = app.restart().await;
        let ana = app.browser();
        let login = json!({"email": "ana@example.com", "password": crate::support::PASSWORD});
        ana.post("/api/auth/login", login).await.expect(200);
        called(&app, &account, "3").await;
        assert_eq!(receiver.got().len(), 1);
        ana.patch(&path, json!({"enabled": true})).await.expect(200);
        let got = receiver.until_got(3).await;
        assert_eq!(got.iter().map(label_of).collect::<Vec<_>>(), ["1", "2", "3"]);
        app.stop().await;
    }

    async fn a_secret_is_replaced_while_both_sign(setup: Setup) {
        let receiver = Receiver::start().await;
        let app = reaching_here(setup).start().await;
        let ana = app.register("ana@example.com").await;
        let (path, first) = webhook(&ana, &receiver, json!({})).await;
        let rotate = async |wish: Value| {
            let answer = ana.post(&format!("{path}/secret"), wish).await.expect(200);
            answer["secret"].as_str().unwrap().to_owned()
        };
        let test = async || {
            ana.post(&format!("{path}/test"), json!({})).await.expect(200);
            receiver.got().pop().unwrap()
        };
        let second = rotate(json!({})).await;
        let got = test().await;
        assert!(got.is_signed_with(&first) && got.is_signed_with(&second));
        let third = rotate(json!({"overlap_s": 0})).await;
        let got = test().await;
        assert!(!got.is_signed_with(&second) && got.is_signed_with(&third));
        ana.post(&format!("{path}/secret"), json!({"overlap_s": -1})).await.expect_invalid("overlap_s");
        app.stop().await;
    }

    async fn a_test_tells_at_once_how_it_went(setup: Setup) {
        let receiver = Receiver::start().await;
        let app = reaching_here(setup).start().await;
        let ana = app.register("ana@example.com").await;
        let (path, secret) = webhook(&ana, &receiver, json!({"enabled": false})).await;
        receiver.answer(|_| (200, "thanks".to_owned()));
        let sent = ana.post(&format!("{path}/test"), json!({})).await.expect(200);
        assert_eq!(sent["status"], "delivered");
        assert_eq!(sent["last_attempt"]["body"], "thanks");
        let got = receiver.until_got(1).await.remove(0);
        assert!(got.is_signed_with(&secret));
        assert_eq!(got.body["type"], "webhook:test");
        assert_eq!(got.id, sent["webhook_message_id"].as_str().unwrap());
        receiver.always(500);
        let sent = ana.post(&format!("{path}/test"), json!({})).await.expect(200);
        assert_eq!(sent["status"], "failed");
        assert_eq!(sent["last_attempt"]["error"], "answered with status 500");
        let list = ana.get(&format!("{path}/deliveries?status=failed")).await.expect(200);
        assert_eq!(list["items"][0]["id"], sent["id"]);
        app.stop().await;
    }

    async fn events_are_sent_again_after_a_number_or_since_a_time(setup: Setup) {
        let receiver = Receiver::start().await;
        let app = reaching_here(setup).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let (path, _) = webhook(&ana, &receiver, json!({})).await;
        happen(&app, &account, labels(4)).await;
        let first = receiver.until_got(4).await;
        let replay = format!("{path}/replay");
        let wish = json!({"account_id": account, "after": 3});
        assert_eq!(ana.post(&replay, wish).await.expect(202), json!({"events": 2}));
        let got = receiver.until_got(6).await;
        assert_eq!(got[4..].iter().map(Got::seq).collect::<Vec<_>>(), [4, 5]);
        assert_eq!(got[5].id, first[3].id, "the receiver can tell");
        // Also what was before the webhook.
        let wish = json!({"since": "2020-01-01T00:00:00Z"});
        assert_eq!(ana.post(&replay, wish).await.expect(202), json!({"events": 5}));
        let got = receiver.until_got(11).await;
        assert_eq!(got[6..].iter().map(Got::seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        let wish = json!({"since": "2100-01-01T00:00:00Z"});
        assert_eq!(ana.post(&replay, wish).await.expect(202), json!({"events": 0}));

        for (wish, field) in [
            (json!({}), "after"),
            (json!({"after": 1}), "account_id"),
            (json!({"account_id": account, "after": -1}), "after"),
            (json!({"account_id": account, "after": 1, "failed": true}), "after"),
        ] {
            ana.post(&replay, wish).await.expect_invalid(field);
        }
        let eva = app.register("eva@example.com").await;
        let other = app.account(&eva, "Eva's").await;
        let wish = json!({"account_id": other, "after": 0});
        ana.post(&replay, wish).await.expect_error(404, "account_not_found");
        app.stop().await;
    }

    async fn nobody_reaches_anothers_webhooks_and_a_key_only_those_of_its_accounts(setup: Setup) {
        let receiver = Receiver::start().await;
        let app = reaching_here(setup).start().await;
        let ana = app.register("ana@example.com").await;
        let eva = app.register("eva@example.com").await;
        let [a, b] = [app.account(&ana, "A").await, app.account(&ana, "B").await];
        let (of_all, _) = webhook(&ana, &receiver, json!({})).await;
        let (of_a, _) = webhook(&ana, &receiver, json!({"account_ids": [a]})).await;
        for path in [&of_all, &of_a] {
            eva.get(path).await.expect_error(404, "webhook_not_found");
            eva.patch(path, json!({"enabled": false})).await.expect_error(404, "webhook_not_found");
            eva.post(&format!("{path}/test"), json!({})).await.expect_error(404, "webhook_not_found");
            eva.post(&format!("{path}/secret"), json!({})).await.expect_error(404, "webhook_not_found");
            eva.get(&format!("{path}/deliveries")).await.expect_error(404, "webhook_not_found");
            eva.delete(path).await.expect_error(404, "webhook_not_found");
        }
        let new = json!({"url": receiver.url, "account_ids": [a]});
        eva.post("/api/webhooks", new).await.expect_invalid("account_ids");

        let key = app.api_key_for(&ana, &["admin"], Some(&[&a])).await;
        key.get(&of_a).await.expect(200);
        key.get(&of_all).await.expect_error(404, "webhook_not_found");
        let listed = key.get("/api/webhooks").await.expect(200);
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
        let new = json!({"url": receiver.url, "account_ids": [b]});
        key.post("/api/webhooks", new).await.expect_invalid("account_ids");
        let made = key.post("/api/webhooks", json!({"url": receiver.url})).await.expect(201);
        assert_eq!(made["account_ids"], json!([a]));
        let changed = key.patch(&of_a, json!({"account_ids": null})).await.expect(200);
        assert_eq!(changed["account_ids"], json!([a]));

        let read = app.api_key(&ana, &["read"]).await;
        read.get(&of_all).await.expect(200);
        let new = json!({"url": receiver.url});
        read.post("/api/webhooks", new).await.expect_error(403, "scope_missing");
        ana.delete(&of_all).await.expect(204);
        ana.get(&of_all).await.expect_error(404, "webhook_not_found");
        app.stop().await;
    }

    async fn each_wrong_field_of_a_webhook_is_named(setup: Setup) {
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let url = "https://example.com/hook";
        for (field, wrong) in [
            ("url", json!({})),
            ("url", json!({"url": "example.com"})),
            ("url", json!({"url": "ftp://example.com"})),
            ("url", json!({"url": "https://a:b@example.com"})),
            // What is behind the server's back.
            ("url", json!({"url": "http://127.0.0.1:1/"})),
            ("url", json!({"url": "http://169.254.169.254/latest"})),
            ("events", json!({"url": url, "events": []})),
            ("events", json!({"url": url, "events": ["nonsense"]})),
            ("account_ids", json!({"url": url, "account_ids": []})),
            ("label", json!({"url": url, "label": "a".repeat(61)})),
            ("headers", json!({"url": url, "headers": {"Host": "x"}})),
            ("headers", json!({"url": url, "headers": {"a": "b\r\nc: d"}})),
            ("secret", json!({"url": url, "secret": "mine"})),
        ] {
            ana.post("/api/webhooks", wrong).await.expect_invalid(field);
        }
        for _ in 0..49 {
            ana.post("/api/webhooks", json!({"url": url})).await.expect(201);
        }
        // Of those that come at once one is the last.
        let at_once = (0..4).map(|_| ana.post("/api/webhooks", json!({"url": url})));
        let mut answers = futures::future::join_all(at_once).await;
        answers.sort_unstable_by_key(|answer| answer.status);
        let refused = answers.split_off(1);
        answers.remove(0).expect(201);
        for answer in refused {
            assert_eq!(answer.expect_error(409, "webhook_limit_reached")["limit"], 50);
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn where_private_addresses_are_forbidden_nothing_is_sent_there_even_by_name_or_redirect() {
    let receiver = Receiver::start().await;
    let target = Receiver::start().await;
    let app = reaching_here(Setup::sqlite()).start().await;
    let ana = app.register("ana@example.com").await;
    let (path, _) = webhook(&ana, &receiver, json!({})).await;
    let to = target.url.clone();
    receiver.answer(move |_| (307, to.clone()));
    let sent = ana
        .post(&format!("{path}/test"), json!({}))
        .await
        .expect(200);
    assert_eq!(sent["last_attempt"]["error"], "answered with status 307");
    assert!(target.got().is_empty(), "a redirect is not followed");

    // The settings are others after a restart, and hold for what is there.
    let app = app.restart_with("ALLOW_PRIVATE_TARGETS", "false").await;
    let ana = app.browser();
    let login = json!({"email": "ana@example.com", "password": crate::support::PASSWORD});
    ana.post("/api/auth/login", login).await.expect(200);
    let by_name = receiver.url.replace("127.0.0.1", "localhost");
    ana.patch(&path, json!({"url": by_name})).await.expect(200);
    let before = receiver.got().len();
    let sent = ana
        .post(&format!("{path}/test"), json!({}))
        .await
        .expect(200);
    let error = sent["last_attempt"]["error"].as_str().unwrap();
    assert!(error.contains("not public"), "{error}");
    assert_eq!(receiver.got().len(), before);
    app.stop().await;
}

#[tokio::test]
async fn one_that_is_slow_holds_up_no_other() {
    let slow = Receiver::start().await;
    let quick = Receiver::start().await;
    let app = reaching_here(Setup::sqlite()).start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    webhook(&ana, &slow, json!({})).await;
    webhook(&ana, &quick, json!({})).await;
    slow.takes(Duration::from_secs(600));
    happen(&app, &account, labels(200)).await;
    let got = quick.until_got(200).await;
    assert!(got.iter().map(Got::seq).eq(2..=201));
    assert!(slow.got().is_empty());
    app.stop().await;
}

#[tokio::test]
async fn who_has_another_key_says_so_and_a_new_secret_mends_it() {
    let receiver = Receiver::start().await;
    let app = reaching_here(Setup::sqlite()).start().await;
    let ana = app.register("ana@example.com").await;
    let (path, _) = webhook(&ana, &receiver, json!({})).await;
    let key = "another key than the one of the volume";
    let app = app.restart_with("SECRET_KEY", key).await;
    let ana = app.browser();
    let login = json!({"email": "ana@example.com", "password": crate::support::PASSWORD});
    ana.post("/api/auth/login", login).await.expect(200);
    let sent = ana
        .post(&format!("{path}/test"), json!({}))
        .await
        .expect(200);
    let error = sent["last_attempt"]["error"].as_str().unwrap();
    assert!(error.contains("SECRET_KEY"), "{error}");
    let made = ana
        .post(&format!("{path}/secret"), json!({"overlap_s": 0}))
        .await
        .expect(200);
    ana.post(&format!("{path}/test"), json!({}))
        .await
        .expect(200);
    let got = receiver.until_got(1).await;
    assert!(got[0].is_signed_with(made["secret"].as_str().unwrap()));
    app.stop().await;
}

#[tokio::test]
async fn every_account_has_its_turn_however_busy_others_are() {
    const BUSY: usize = 20;
    const EACH: usize = 150;
    let receiver = Receiver::start().await;
    let app = reaching_here(Setup::sqlite()).start().await;
    let ana = app.register("ana@example.com").await;
    let mut accounts = Vec::new();
    for n in 0..=BUSY {
        accounts.push(app.account(&ana, &format!("Store {n}")).await);
    }
    webhook(&ana, &receiver, json!({"events": ["account:renamed"]})).await;
    let last = accounts.pop().unwrap();
    for account in &accounts {
        happen(&app, account, labels(EACH)).await;
    }
    called(&app, &last, "of the last").await;
    let got = eventually(
        || async { receiver.got() },
        |got| got.iter().any(|it| it.account() == last),
    )
    .await;
    assert!(
        got.len() < BUSY * EACH * 2 / 3,
        "{} came before it",
        got.len()
    );
    app.stop().await;
}

#[tokio::test]
async fn what_is_sent_and_what_is_answered_keep_one_order() {
    let simulator = simulator().await;
    let receiver = Receiver::start().await;
    let app = reaching_here(Setup::sqlite().on(&simulator)).start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.linked(&ana, &simulator, ANA).await;
    let events = ["message:received", "message:status"];
    webhook(&ana, &receiver, json!({"events": events})).await;
    receiver.always(500);
    // The first event is of a chat that has no conversation yet.
    let sent = send_text(&ana, &account, BRUNO, "Hello").await;
    receiver.until_got(1).await;
    until_message(&ana, sent["id"].as_str().unwrap(), "delivered").await;
    simulator.send_text(BRUNO, ANA, "Hello Ana").await.unwrap();
    receiver.until_got(3).await;
    let got = receiver.got();
    assert!(got.iter().all(|it| it.id == got[0].id), "{got:?}");
    receiver.always(204);
    let arrived = eventually(
        || async { receiver.arrived() },
        |arrived| {
            arrived
                .iter()
                .any(|it| it.body["type"] == "message:received")
        },
    )
    .await;
    let numbers: Vec<i64> = arrived.iter().map(Got::seq).collect();
    assert!(
        numbers.is_sorted() && numbers[0] == got[0].seq(),
        "{numbers:?}"
    );
    app.stop().await;
}
