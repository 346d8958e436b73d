//! Linking by a code typed on the phone and with a passkey; what is noticed
//! about the number and the phone; how many may be linked.

use crate::support::{
    Client, Setup,
    eventually::eventually,
    on_both_databases,
    whatsapp::{ANA, BRUNO, CARLA, fault, ledger, link, simulator, states, until_status},
};
use serde_json::{Value, json};
use std::time::Duration;
use whahook_contract::{Timestamp, event::Event};
use whahook_simulator::Simulator;

fn session(account: &str) -> String {
    format!("/api/accounts/{account}/session")
}

async fn status(owner: &Client, account: &str) -> Value {
    owner
        .get(&format!("{}/status", session(account)))
        .await
        .expect(200)
}

async fn pair_code(owner: &Client, account: &str, phone: &str) -> Value {
    let ask = json!({ "phone_number": phone });
    owner
        .post(&format!("{}/pair-code", session(account)), ask)
        .await
        .expect(200)
}

/// Starts linking; the code on show.
async fn shown_qr(owner: &Client, account: &str) -> String {
    owner.post(&session(account), json!({})).await.expect(202);
    let shown = eventually(
        || async { owner.get(&format!("{}/qr", session(account))).await },
        |answer| answer.status == 200,
    );
    shown.await.json()["qr"].as_str().unwrap().to_owned()
}

/// A new person's phone asks for a passkey when `account` is linked to it.
async fn asked_for_passkey(owner: &Client, account: &str, simulator: &Simulator) -> Value {
    let passkey = fault(json!({"kind": "passkey"}));
    simulator.fault(Some(ANA), &passkey).unwrap();
    let qr = shown_qr(owner, account).await;
    simulator.scan(ANA, &qr).await.unwrap_err();
    let asked = eventually(
        || status(owner, account),
        |view| view["reason"] == "passkey_required",
    )
    .await;
    assert_eq!(asked["status"], "qr");
    let path = format!("{}/passkey", session(account));
    let asked = eventually(
        || async { owner.get(&path).await },
        |answer| answer.status == 200,
    );
    asked.await.json()
}

on_both_databases! {
    async fn a_code_typed_on_the_phone_links_the_account(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let mut events = app.app.events.listen();
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let code = pair_code(&ana, &account, ANA).await;
        let text = code["code"].as_str().unwrap();
        assert_eq!(text.len(), 8, "{code}");
        let expires_at: Timestamp = code["expires_at"].as_str().unwrap().parse().unwrap();
        let good_for = (expires_at - app.app.clock.now()).num_seconds();
        assert!((170..=180).contains(&good_for), "{good_for} s");

        // Sockets are told the code, the ledger only that there was one.
        let told = loop {
            let recorded = events.recv().await.unwrap();
            if let Event::PairCode { code, .. } = recorded.event.event.clone() {
                break code;
            }
        };
        assert_eq!(told.as_deref(), Some(text));
        let kept = ledger(&app, &account).await;
        assert!(kept.iter().any(|event| matches!(event, Event::PairCode { code: None, .. })));

        simulator.pair(ANA, text).await.unwrap();
        let view = until_status(&ana, &account, "ready").await;
        assert_eq!(view["phone_number"], ANA);
        ana.post(&format!("{}/pair-code", session(&account)), json!({"phone_number": ANA}))
            .await
            .expect_error(409, "already_linked");
        app.stop().await;
    }

    async fn the_same_number_under_a_second_account_is_refused_and_leaves_no_device(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let first = app.linked(&ana, &simulator, ANA).await;
        let second = app.account(&ana, "Second").await;
        let qr = shown_qr(&ana, &second).await;
        simulator.scan(ANA, &qr).await.unwrap();

        let view = until_status(&ana, &second, "disconnected").await;
        assert_eq!(view["reason"], "number_in_use");
        let detail = view["detail"].as_str().unwrap();
        assert!(detail.contains("“Store”") && detail.contains(ANA), "{detail}");
        assert_eq!(view["phone_number"], Value::Null);
        assert!(!states(&app, &second).await.contains(&"ready/".to_owned()));
        let devices = eventually(
            || async { simulator.phone(ANA).unwrap().devices },
            |devices| devices.len() == 1,
        );
        assert!(devices.await[0].connected);
        assert_eq!(states(&app, &first).await.last().unwrap(), "ready/");

        // It goes on with another number; and another person may have Ana's.
        link(&ana, &second, &simulator, BRUNO).await;
        let bruno = app.register("bruno@example.com").await;
        let other = app.linked(&bruno, &simulator, ANA).await;
        assert_eq!(status(&bruno, &other).await["detail"], Value::Null);
        assert_eq!(status(&ana, &first).await["status"], "ready");
        app.stop().await;
    }

    async fn a_phone_that_is_not_seen_for_twelve_days_is_warned_about(setup: Setup) {
        let simulator = simulator().await;
        let (setup, hands) = setup.on(&simulator).with_manual_clock();
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let program = app.api_key(&ana, &["admin", "read", "send"]).await;
        let account = app.linked(&ana, &simulator, ANA).await;
        // What the phone tells a new device has been heard before time moves.
        let told = || async { simulator.phone(ANA).unwrap().devices[0].queued };
        eventually(told, |queued| *queued == 0).await;
        for _ in 0..10 {
            program.post(&session(&account), json!({})).await.expect(202);
        }
        let day = Duration::from_secs(24 * 60 * 60);
        let linked_at = app.app.clock.now();
        hands.advance(11 * day);
        program.post(&session(&account), json!({})).await.expect(202);
        assert_eq!(status(&program, &account).await["warning"], Value::Null);

        hands.advance(day);
        program.post(&session(&account), json!({})).await.expect(202);
        let view = status(&program, &account).await;
        assert_eq!(view["status"], "ready");
        let warning = &view["warning"];
        assert_eq!(warning["code"], "phone_not_seen");
        let at = |field: &str| warning[field].as_str().unwrap().parse::<Timestamp>().unwrap();
        assert_eq!(at("since"), linked_at);
        assert_eq!((at("until") - linked_at).num_days(), 14);
        let listed = program.get(&format!("/api/accounts/{account}")).await.expect(200);
        assert_eq!(&listed["warning"], warning);

        // The phone writes to somebody, and this device hears of it.
        simulator.send_text(ANA, BRUNO, "I am back").await.unwrap();
        eventually(|| status(&program, &account), |view| view["warning"].is_null()).await;
        let told: Vec<bool> = ledger(&app, &account)
            .await
            .iter()
            .filter_map(|event| match event {
                Event::Warning { warning, .. } => Some(warning.is_some()),
                _ => None,
            })
            .collect();
        assert_eq!(told, [true, false]);
        app.stop().await;
    }
}

#[tokio::test]
async fn a_code_asked_for_again_replaces_the_one_before() {
    let simulator = simulator().await;
    let app = Setup::sqlite().on(&simulator).start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    let first = pair_code(&ana, &account, ANA).await;
    let second = pair_code(&ana, &account, ANA).await;
    assert_ne!(first["code"], second["code"]);
    let typed = |code: &Value| code["code"].as_str().unwrap().to_owned();
    // It can be read, and opens nothing.
    simulator.pair(ANA, &typed(&first)).await.unwrap_err();
    let third = pair_code(&ana, &account, ANA).await;
    simulator.pair(ANA, &typed(&third)).await.unwrap();
    until_status(&ana, &account, "ready").await;
    app.stop().await;
}

#[tokio::test]
async fn a_wrong_number_is_told_by_the_name_of_its_field() {
    let simulator = simulator().await;
    let app = Setup::sqlite().on(&simulator).start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    let path = format!("{}/pair-code", session(&account));
    for wrong in ["", "hello", "12", "099 123 4567"] {
        ana.post(&path, json!({ "phone_number": wrong }))
            .await
            .expect_invalid("phone_number");
    }
    assert_eq!(status(&ana, &account).await["status"], "disconnected");
    app.stop().await;
}

#[tokio::test]
async fn a_number_with_a_passkey_is_linked_with_it() {
    let simulator = simulator().await;
    let app = Setup::sqlite().on(&simulator).start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    let path = format!("{}/passkey", session(&account));
    ana.get(&path).await.expect_error(409, "no_passkey");
    let asked = asked_for_passkey(&ana, &account, &simulator).await;
    assert_eq!(asked["stage"], "assertion");
    let options = &asked["options"];
    assert_eq!(options["rpId"], "web.whatsapp.com");
    assert!(asked["expires_at"].is_string(), "{asked}");

    // An answer to another question, and none at all, are told apart.
    let another = json!({"challenge": "AAAA"});
    let wrong = simulator.passkey(ANA, &another).unwrap();
    ana.post(&path, json!({ "assertion": wrong }))
        .await
        .expect_invalid("assertion");
    ana.post(&path, json!({ "assertion": {"type": "public-key"} }))
        .await
        .expect_invalid("assertion");
    // A passkey that this number does not have is refused by WhatsApp.
    let brunos = simulator.passkey(BRUNO, options).unwrap();
    ana.post(&path, json!({ "assertion": brunos }))
        .await
        .expect_error(409, "passkey_refused");
    ana.post(&format!("{path}/confirm"), json!({}))
        .await
        .expect_error(409, "no_passkey");

    let assertion = simulator.passkey(ANA, options).unwrap();
    ana.post(&path, json!({ "assertion": assertion }))
        .await
        .expect(202);
    let shown = eventually(
        || async { ana.get(&path).await.json() },
        |shown| shown["stage"] == "confirmation",
    )
    .await;
    let on_phone = simulator.phone(ANA).unwrap().passkey.unwrap();
    assert_eq!(shown["code"].as_str(), on_phone.code.as_deref());
    assert!(shown["code"].as_str().unwrap().len() == 9, "{shown}");
    ana.post(&format!("{path}/confirm"), json!({}))
        .await
        .expect(202);
    let view = until_status(&ana, &account, "ready").await;
    assert_eq!(view["phone_number"], ANA);
    assert_eq!(simulator.phone(ANA).unwrap().devices.len(), 1);
    assert_eq!(simulator.phone(ANA).unwrap().passkey, None);

    // Nothing of it is kept but that it was asked for.
    let kept = serde_json::to_string(&ledger(&app, &account).await).unwrap();
    assert!(kept.contains("whatsapp:passkey"), "{kept}");
    let challenge = options["challenge"].as_str().unwrap();
    let code = shown["code"].as_str().unwrap();
    assert!(!kept.contains(challenge) && !kept.contains(code), "{kept}");
    app.stop().await;
}

#[tokio::test]
async fn while_a_passkey_is_asked_for_the_phone_may_be_linked_another_way() {
    let simulator = simulator().await;
    let app = Setup::sqlite().on(&simulator).start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    asked_for_passkey(&ana, &account, &simulator).await;
    let code = pair_code(&ana, &account, ANA).await;
    simulator
        .pair(ANA, code["code"].as_str().unwrap())
        .await
        .unwrap();
    until_status(&ana, &account, "ready").await;
    app.stop().await;
}

#[tokio::test]
async fn a_key_without_the_scope_admin_and_another_person_are_kept_from_the_passkey() {
    let simulator = simulator().await;
    let app = Setup::sqlite().on(&simulator).start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    asked_for_passkey(&ana, &account, &simulator).await;
    let path = format!("{}/passkey", session(&account));
    let key = app.api_key(&ana, &["read", "send"]).await;
    let bruno = app.register("bruno@example.com").await;
    for (who, code, error) in [
        (&key, 403, "scope_missing"),
        (&bruno, 404, "account_not_found"),
    ] {
        let confirm = format!("{path}/confirm");
        who.get(&path).await.expect_error(code, error);
        let answer = json!({"assertion": {}});
        who.post(&path, answer).await.expect_error(code, error);
        who.post(&confirm, json!({}))
            .await
            .expect_error(code, error);
    }
    app.stop().await;
}

#[tokio::test]
async fn more_sessions_than_allowed_are_refused_with_the_limit_and_its_use() {
    let simulator = simulator().await;
    simulator.add_phone(CARLA, "Carla").await.unwrap();
    let setup = Setup::sqlite().on(&simulator);
    let setup = setup.with("MAX_SESSIONS_PER_USER", "2");
    let app = setup.with("MAX_SESSIONS", "3").start().await;
    let ana = app.register("ana@example.com").await;
    let first = app.linked(&ana, &simulator, ANA).await;
    let second = app.account(&ana, "Second").await;
    shown_qr(&ana, &second).await;

    // Accounts as many as she likes; in use, two.
    let third = app.account(&ana, "Third").await;
    let refused = ana.post(&session(&third), json!({})).await;
    let details = refused.expect_error(409, "session_limit_reached");
    assert_eq!(details, json!({"limit": 2, "used": 2, "scope": "user"}));
    let refused = ana
        .post(
            &format!("{}/pair-code", session(&third)),
            json!({"phone_number": CARLA}),
        )
        .await;
    refused.expect_error(409, "session_limit_reached");
    // What is in use already goes on.
    ana.post(&session(&first), json!({"restart": true}))
        .await
        .expect(202);
    ana.post(&session(&second), json!({})).await.expect(202);

    let bruno = app.register("bruno@example.com").await;
    app.linked(&bruno, &simulator, BRUNO).await;
    let more = app.account(&bruno, "More").await;
    let refused = bruno.post(&session(&more), json!({})).await;
    let details = refused.expect_error(409, "session_limit_reached");
    assert_eq!(details, json!({"limit": 3, "used": 3, "scope": "server"}));

    // One that is ended makes room.
    ana.delete(&session(&second)).await.expect(200);
    shown_qr(&ana, &third).await;
    app.stop().await;
}

#[tokio::test]
async fn nobody_slips_past_the_limit_by_clicking_at_the_same_time() {
    let simulator = simulator().await;
    let setup = Setup::sqlite().on(&simulator);
    let app = setup.with("MAX_SESSIONS_PER_USER", "3").start().await;
    let ana = app.register("ana@example.com").await;
    let mut accounts = Vec::new();
    for n in 0..12 {
        accounts.push(app.account(&ana, &format!("Store {n}")).await);
    }
    let clicks = accounts.iter().map(|account| async {
        let answer = ana.post(&session(account), json!({})).await;
        answer.status
    });
    let mut answers = futures::future::join_all(clicks).await;
    answers.sort_unstable();
    assert_eq!(answers[..3], [202; 3]);
    assert_eq!(answers[3..], [409; 9]);
    app.stop().await;
}
