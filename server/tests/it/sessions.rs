//! Linking, staying linked, and unlinking: the real client against the
//! simulator.

use crate::support::{
    Setup,
    eventually::{eventually, within},
    on_both_databases,
    whatsapp::{ANA, BRUNO, fault, link, simulator, states, until_status},
};
use serde_json::{Value, json};

fn session(account: &str) -> String {
    format!("/api/accounts/{account}/session")
}

on_both_databases! {
    async fn a_scanned_qr_makes_the_account_ready_with_its_number(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        link(&ana, &account, &simulator, ANA).await;

        let view = ana.get(&format!("/api/accounts/{account}")).await.expect(200);
        assert_eq!(view["status"], "ready");
        assert_eq!(view["phone_number"], ANA);
        assert!(view["lid"].as_str().unwrap().ends_with("@lid"), "{view}");
        assert_eq!(view["push_name"], "Ana");
        assert!(view["last_activity_at"].is_string(), "{view}");
        let folder = app.volume().join("sessions").join(view["session_id"].as_str().unwrap());
        assert!(folder.join("device.db").is_file(), "{}", folder.display());
        assert_eq!(simulator.phone(ANA).unwrap().devices.len(), 1);

        let no_code = ana.get(&format!("{}/qr", session(&account))).await;
        let details = no_code.expect_error(409, "no_qr");
        assert_eq!(details["status"], "ready");
        app.stop().await;
    }

    async fn a_restarted_server_is_ready_again_without_a_new_qr(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let key = app.api_key(&ana, &["admin"]).await;
        let account = app.linked(&ana, &simulator, ANA).await;

        let app = app.restart().await;
        let ana = crate::support::Client::program(&app.url, key.key());
        until_status(&ana, &account, "ready").await;
        assert_eq!(simulator.phone(ANA).unwrap().devices.len(), 1);
        let states = states(&app, &account).await;
        let restarted = states.iter().position(|state| state == "connecting/server_restart");
        let after = &states[restarted.expect("it was brought back")..];
        assert!(!after.contains(&"qr/".to_owned()), "{states:?}");
        app.stop().await;
    }

    async fn unlinking_on_the_phone_logs_the_session_out_and_linking_again_works(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let device = simulator.phone(ANA).unwrap().devices[0].id;
        simulator.unlink(ANA, device).await.unwrap();

        let view = until_status(&ana, &account, "logged_out").await;
        assert_eq!(view["reason"], "phone_unlinked");
        let set_aside = app.volume().join("set-aside");
        let kept = eventually(
            || async { std::fs::read_dir(&set_aside).map_or(0, |entries| entries.count()) },
            |count| *count == 1,
        )
        .await;
        assert_eq!(kept, 1);

        link(&ana, &account, &simulator, ANA).await;
        app.stop().await;
    }

    async fn deleting_the_session_unlinks_it_at_whatsapp_and_keeps_the_account(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;

        let view = ana.delete(&session(&account)).await.expect(200);
        assert_eq!((&view["status"], &view["reason"]), (&json!("disconnected"), &json!("unlinked")));
        assert_eq!(view["detail"], Value::Null, "WhatsApp was told");
        assert!(simulator.phone(ANA).unwrap().devices.is_empty());
        let folder = app.volume().join("sessions").join(view["session_id"].as_str().unwrap());
        assert!(!folder.exists());
        ana.get(&format!("/api/accounts/{account}")).await.expect(200);

        ana.delete(&format!("/api/accounts/{account}")).await.expect(204);
        ana.get(&format!("/api/accounts/{account}")).await.expect_error(404, "account_not_found");
        app.stop().await;
    }

    async fn a_connection_that_whatsapp_closes_is_made_again(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        simulator.fault(Some(ANA), &fault(json!({"kind": "close"}))).unwrap();

        let lost = eventually(
            || states(&app, &account),
            |states| states.contains(&"reconnecting/connection_closed".to_owned()),
        )
        .await;
        assert!(lost.contains(&"ready/".to_owned()), "{lost:?}");
        until_status(&ana, &account, "ready").await;
        app.stop().await;
    }

    async fn a_session_that_whatsapp_no_longer_answers_is_not_called_ready(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        // The socket stays open all the while.
        simulator.fault(Some(ANA), &fault(json!({"kind": "deaf", "for_s": 45}))).unwrap();
        let patience = std::time::Duration::from_secs(90);
        within(
            patience,
            || states(&app, &account),
            |states| states.contains(&"reconnecting/keepalive_timeout".to_owned()),
        )
        .await;
        let status = || async { ana.get(&format!("{}/status", session(&account))).await.expect(200) };
        within(patience, status, |view| view["status"] == "ready").await;
        app.stop().await;
    }

    async fn a_session_that_is_used_elsewhere_stays_off_until_somebody_asks(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        simulator.fault(Some(ANA), &fault(json!({"kind": "replaced"}))).unwrap();

        let view = until_status(&ana, &account, "disconnected").await;
        assert_eq!(view["reason"], "stream_replaced");
        assert_eq!(view["next_attempt_at"], Value::Null);
        ana.post(&session(&account), json!({})).await.expect(202);
        until_status(&ana, &account, "ready").await;
        app.stop().await;
    }

    async fn a_temporary_ban_says_until_when(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let ban = fault(json!({"kind": "temporary_ban", "expire": 3600}));
        simulator.fault(Some(ANA), &ban).unwrap();

        let view = eventually(
            || async { ana.get(&format!("{}/status", session(&account))).await.expect(200) },
            |view| view["reason"] == "temporary_ban",
        )
        .await;
        assert_eq!(view["status"], "reconnecting");
        let at = |field: &str| view[field].as_str().unwrap().parse::<whahook_contract::Timestamp>().unwrap();
        let wait = at("next_attempt_at") - at("since");
        // WhatsApp counts down while the client comes back to hear of it.
        assert!((3_540..=3_600).contains(&wait.num_seconds()), "{view}");
        app.stop().await;
    }
}

#[tokio::test]
async fn whatsapp_out_of_reach_is_said_and_tried_again_by_itself() {
    // Nobody listens there: the port was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("ws://127.0.0.1:{port}/ws/chat");
    let app = Setup::sqlite().with("WHATSAPP_URL", &url).start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    ana.post(&session(&account), json!({})).await.expect(202);
    let view = until_status(&ana, &account, "reconnecting").await;
    assert_eq!(view["reason"], "unreachable");
    assert!(view["next_attempt_at"].is_string(), "{view}");

    let config = whahook_simulator::Config {
        port,
        ..Default::default()
    };
    let simulator = whahook_simulator::Simulator::start(config).await.unwrap();
    until_status(&ana, &account, "qr").await;
    simulator.add_phone(BRUNO, "Bruno").await.unwrap();
    link(&ana, &account, &simulator, BRUNO).await;
    app.stop().await;
}

#[tokio::test]
async fn a_qr_comes_as_text_svg_or_png_and_all_say_the_same() {
    let simulator = simulator().await;
    let app = Setup::sqlite().on(&simulator).start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    ana.post(&session(&account), json!({})).await.expect(202);
    let path = format!("{}/qr", session(&account));
    let shown = eventually(
        || async { ana.get(&path).await },
        |answer| answer.status == 200,
    )
    .await;
    let text = shown.json()["qr"].as_str().unwrap().to_owned();

    let png = ana
        .request(reqwest::Method::GET, &path)
        .header("accept", "image/png")
        .send()
        .await
        .unwrap();
    assert_eq!(png.headers()["content-type"], "image/png");
    let picture = image::load_from_memory(&png.bytes().await.unwrap())
        .unwrap()
        .to_luma8();
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(
        picture.width() as usize,
        picture.height() as usize,
        |x, y| picture.get_pixel(x as u32, y as u32).0[0],
    );
    let (_, decoded) = prepared.detect_grids()[0].decode().unwrap();
    assert_eq!(decoded, text);

    let svg = crate::support::send(
        ana.request(reqwest::Method::GET, &path)
            .header("accept", "image/svg+xml"),
    )
    .await;
    assert_eq!(svg.header("content-type"), "image/svg+xml");
    assert!(
        svg.text.contains("<svg") && svg.text.contains("<path"),
        "{}",
        svg.text
    );
    app.stop().await;
}

/// A link shows six codes in 160 s; this looks for longer than that.
#[tokio::test]
async fn while_somebody_looks_the_codes_never_run_out() {
    let simulator = simulator().await;
    let app = Setup::sqlite().on(&simulator).start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    ana.post(&session(&account), json!({})).await.expect(202);
    let path = format!("{}/qr", session(&account));
    let mut codes = std::collections::HashSet::new();
    let patience = std::time::Duration::from_secs(240);
    tokio::time::timeout(patience, async {
        while codes.len() < 8 {
            let shown = eventually(
                || async { ana.get(&path).await },
                |answer| answer.status == 200,
            );
            codes.insert(shown.await.json()["qr"].as_str().unwrap().to_owned());
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
    })
    .await
    .expect("an eighth code within four minutes");
    let states = states(&app, &account).await;
    assert_eq!(
        states,
        ["initializing/", "qr/"],
        "it never stopped in between"
    );
    app.stop().await;
}

#[tokio::test]
async fn another_persons_session_is_not_found_whatever_is_asked_of_it() {
    let simulator = simulator().await;
    let app = Setup::sqlite().on(&simulator).start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.linked(&ana, &simulator, ANA).await;
    let bruno = app.register("bruno@example.com").await;
    let path = session(&account);
    let not_found = (404, "account_not_found");
    let answers = [
        bruno.post(&path, json!({"restart": true})).await,
        bruno.get(&format!("{path}/status")).await,
        bruno.get(&format!("{path}/qr")).await,
        bruno
            .post(&format!("{path}/pair-code"), json!({"phone_number": BRUNO}))
            .await,
        bruno.delete(&path).await,
        bruno
            .get(&format!("/api/accounts/{account}/activity"))
            .await,
    ];
    for answer in answers {
        answer.expect_error(not_found.0, not_found.1);
    }
    until_status(&ana, &account, "ready").await;
    app.stop().await;
}

#[tokio::test]
async fn a_key_starts_and_ends_sessions_only_with_the_scope_admin() {
    let app = Setup::sqlite().start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    let key = app.api_key(&ana, &["read", "send"]).await;
    let path = session(&account);
    key.get(&format!("{path}/status")).await.expect(200);
    key.post(&path, json!({}))
        .await
        .expect_error(403, "scope_missing");
    key.get(&format!("{path}/qr"))
        .await
        .expect_error(403, "scope_missing");
    key.delete(&path).await.expect_error(403, "scope_missing");
    app.stop().await;
}
