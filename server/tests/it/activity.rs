//! What happened to an account, as people read it, and its uptime.

use crate::support::{
    Client, Setup,
    eventually::eventually,
    on_both_databases,
    process::Server,
    whatsapp::{ANA, link, simulator, until_status},
};
use serde_json::{Value, json};
use whahook_simulator::Fault;

async fn entries(owner: &Client, account: &str) -> Vec<Value> {
    let path = format!("/api/accounts/{account}/activity");
    let page = owner.get(&path).await.expect(200);
    page["items"].as_array().unwrap().clone()
}

/// Kind, status, reason and by whom, newest first.
fn short(entries: &[Value]) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    entries
        .iter()
        .map(|entry| {
            let by = &entry["by"];
            let name = by["name"].as_str().map(|name| format!(" {name}"));
            format!(
                "{} {} {} by {}{}",
                text(&entry["kind"]),
                text(&entry["status"]),
                text(&entry["reason"]),
                text(&by["kind"]),
                name.unwrap_or_default()
            )
        })
        .collect()
}

on_both_databases! {
    async fn linking_losing_and_unlinking_are_told_with_who_made_them_happen(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        simulator.fault(Some(ANA), &Fault::Close).unwrap();
        eventually(
            || async { short(&entries(&ana, &account).await) },
            |told| told[0].starts_with("session ready") && told.len() == 6,
        )
        .await;
        let key = app.api_key(&ana, &["admin"]).await;
        key.delete(&format!("/api/accounts/{account}/session")).await.expect(200);

        let told = entries(&ana, &account).await;
        assert_eq!(
            short(&told),
            [
                "session disconnected unlinked by key test",
                "session ready - by server",
                "session reconnecting connection_closed by whatsapp",
                "session ready - by phone",
                "linked connecting - by phone",
                "session qr - by person Ana",
                "created - - by person Ana",
            ]
        );
        // Each lasted until the next began, and the newest lasts.
        assert_eq!(told[0]["lasted_s"], json!(null));
        assert_eq!(told[6]["label"], "Store");
        for entry in &told[1..6] {
            assert!(entry["lasted_s"].as_i64().unwrap() >= 0, "{entry}");
        }
        let ids: Vec<i64> = told.iter().map(|entry| entry["id"].as_i64().unwrap()).collect();
        assert!(ids.is_sorted_by(|a, b| a > b), "{ids:?}");
        app.stop().await;
    }

    async fn unlinking_on_the_phone_is_by_the_phone(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let device = simulator.phone(ANA).unwrap().devices[0].id;
        simulator.unlink(ANA, device).await.unwrap();
        until_status(&ana, &account, "logged_out").await;
        let told = short(&entries(&ana, &account).await);
        assert_eq!(told[0], "session logged_out phone_unlinked by phone");
        link(&ana, &account, &simulator, ANA).await;
        let told = short(&entries(&ana, &account).await);
        assert_eq!(told[2], "session qr - by person Ana", "{told:?}");
        app.stop().await;
    }

    async fn a_long_outage_is_one_entry(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        simulator.fault(Some(ANA), &Fault::Unavailable { for_s: 600.0 }).unwrap();
        simulator.fault(Some(ANA), &Fault::Close).unwrap();
        // Attempts that fail in the same way.
        let changes = || async {
            let mut conn = app.app.db.read().await.unwrap();
            let count: i64 = sqlx::query_scalar(
                "SELECT COUNT(*) FROM events WHERE account_id = $1 AND type = 'whatsapp:status' \
                 AND data LIKE '%\"reconnecting\"%'",
            )
            .bind(&account)
            .fetch_one(&mut *conn)
            .await
            .unwrap();
            count
        };
        eventually(changes, |count| *count >= 4).await;
        let told = short(&entries(&ana, &account).await);
        let losses = told.iter().filter(|entry| entry.contains("reconnecting")).count();
        assert!(losses <= 2, "{told:?}");
        assert!(told[0].contains("reconnecting"), "{told:?}");
        app.stop().await;
    }

    async fn uptime_counts_linked_time_by_the_days_of_the_page(setup: Setup) {
        let simulator = simulator().await;
        let (setup, hands) = setup.on(&simulator).with_manual_clock();
        // 2027-01-15 08:00 UTC.
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let hour = std::time::Duration::from_secs(3_600);
        hands.advance(hour);
        link(&ana, &account, &simulator, ANA).await;
        hands.advance(2 * hour);
        let device = simulator.phone(ANA).unwrap().devices[0].id;
        simulator.unlink(ANA, device).await.unwrap();
        until_status(&ana, &account, "logged_out").await;
        hands.advance(hour);

        let path = format!("/api/accounts/{account}/uptime");
        let view = ana.get(&path).await.expect(200);
        let days = view["days"].as_array().unwrap();
        assert_eq!(days.len(), 30);
        assert_eq!(
            days[29],
            json!({"date": "2027-01-15", "ready_s": 7_200, "down_s": 0, "unlinked_s": 7_200})
        );
        assert_eq!(days[28]["unlinked_s"], 0, "it was not there yet");
        assert_eq!(view["ready_ratio"], 1.0);

        // Nine hours behind UTC the day began at nine.
        let there = format!("{path}?days=2&utc_offset_minutes=-540");
        let view = ana.get(&there).await.expect(200);
        assert_eq!(
            view["days"],
            json!([
                {"date": "2027-01-14", "ready_s": 0, "down_s": 0, "unlinked_s": 3_600},
                {"date": "2027-01-15", "ready_s": 7_200, "down_s": 0, "unlinked_s": 3_600},
            ])
        );
        for (field, query) in [
            ("days", "days=0"),
            ("days", "days=367"),
            ("utc_offset_minutes", "utc_offset_minutes=841"),
            ("utc_offset_minutes", "utc_offset_minutes=-9223372036854775808"),
            ("offset", "offset=1"),
        ] {
            ana.get(&format!("{path}?{query}")).await.expect_invalid(field);
        }
        let eva = app.register("eva@example.com").await;
        eva.get(&path).await.expect_error(404, "account_not_found");
        app.stop().await;
    }

    async fn settings_are_a_persons_own_and_the_language_is_that_of_the_page(setup: Setup) {
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let eva = app.register("eva@example.com").await;
        let path = "/api/me/settings";
        assert_eq!(
            ana.get(path).await.expect(200),
            json!({"email_alerts": true, "language": null, "email_available": false})
        );
        let changed = ana.patch(path, json!({"email_alerts": false})).await.expect(200);
        assert_eq!(changed["email_alerts"], false);
        assert_eq!(ana.patch(path, json!({})).await.expect(200), changed);
        assert_eq!(eva.get(path).await.expect(200)["email_alerts"], true);

        // The page in a language that was not chosen says what people speak…
        let spanish = eva
            .request(reqwest::Method::GET, "/settings/connections")
            .header("accept-language", "es");
        crate::support::send(spanish).await;
        assert_eq!(eva.get(path).await.expect(200)["language"], "es");
        // … until they choose one, here or there.
        eva.get("/settings/connections?lang=en").await;
        assert_eq!(eva.get(path).await.expect(200)["language"], "en");
        eva.patch(path, json!({"language": "es"})).await.expect(200);
        eva.get("/settings/connections").await;
        assert_eq!(eva.get(path).await.expect(200)["language"], "es");

        for (field, wrong) in [
            ("language", json!({"language": "xx"})),
            ("email_alerts", json!({"email_alerts": "yes"})),
            ("colour", json!({"colour": "red"})),
        ] {
            ana.patch(path, wrong).await.expect_invalid(field);
        }
        let key = app.api_key(&ana, &["read"]).await;
        key.get(path).await.expect(200);
        key.patch(path, json!({})).await.expect_error(403, "scope_missing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_was_down_from_the_last_sign_of_life() {
    let simulator = simulator().await;
    let mut server = Server::start(&simulator, &[]).await;
    let ana = server.register("ana@example.com").await;
    let account = crate::support::traffic::linked(&ana, &simulator, ANA).await;
    let path = format!("/api/accounts/{account}");
    let seen = ana.get(&path).await.expect(200)["last_activity_at"].clone();
    server.kill().await;
    server.launch();
    server.until_ready().await;
    until_status(&ana, &account, "ready").await;
    let told = entries(&ana, &account).await;
    assert_eq!(
        short(&told)[..3],
        [
            "session ready - by server",
            "session connecting server_restart by server",
            "session ready - by phone",
        ]
    );
    // A later sign of life may have been written before the kill.
    let down_since = told[1]["at"].as_str().unwrap();
    assert!(down_since >= seen.as_str().unwrap(), "{down_since} {seen}");
    let ready_since = told[0]["at"].as_str().unwrap();
    assert!(down_since < ready_since, "{told:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_was_stopped_was_up_until_then() {
    let simulator = simulator().await;
    let (setup, hands) = Setup::sqlite().on(&simulator).with_manual_clock();
    let app = setup.start().await;
    let ana = app.register("ana@example.com").await;
    let key = app.api_key(&ana, &["read"]).await;
    let account = app.linked(&ana, &simulator, ANA).await;
    hands.advance(std::time::Duration::from_secs(600));
    let app = app.restart().await;
    let ana = Client::program(&app.url, key.key());
    until_status(&ana, &account, "ready").await;
    let told = entries(&ana, &account).await;
    assert_eq!(
        short(&told)[1],
        "session connecting server_restart by server"
    );
    assert_eq!(told[2]["status"], "ready");
    assert_eq!(told[2]["lasted_s"], 600);
    app.stop().await;
}
