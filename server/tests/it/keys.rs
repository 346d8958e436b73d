use crate::support::{Client, on_both_databases};
use chrono::TimeDelta;
use serde_json::json;
use std::time::Duration;
use whahook_contract::Timestamp;

on_both_databases! {
    async fn a_key_is_shown_once_and_then_works(setup: Setup) {
        let app = setup.start().await;
        let browser = app.register("ana@example.com").await;
        let new = json!({"name": " CI ", "scopes": ["read", "read", "send"]});
        let created = browser.post("/api/keys", new).await.expect(201);
        let key = created["key"].as_str().unwrap();
        assert!(key.starts_with("whk_") && key.len() == 47, "{key}");
        assert!(key.starts_with(created["prefix"].as_str().unwrap()));
        assert_eq!(created["name"], "CI");
        assert_eq!(created["scopes"], json!(["read", "send"]));
        assert_eq!(created["last_used_at"], json!(null));

        let program = Client::program(&app.url, key);
        let owner = program.get("/api/auth/me").await.expect(200);
        assert_eq!(owner["email"], "ana@example.com");

        let listed = browser.get("/api/keys").await;
        assert!(!listed.text.contains(key));
        let items = listed.expect(200)["items"].clone();
        assert_eq!(items.as_array().unwrap().len(), 1);
        assert_eq!(items[0]["id"], created["id"]);
        assert!(items[0]["last_used_at"].is_string());
    }

    async fn a_key_does_only_what_its_scopes_say(setup: Setup) {
        let app = setup.start().await;
        let browser = app.register("ana@example.com").await;
        let read = app.api_key(&browser, &["read"]).await;
        let send = app.api_key(&browser, &["send"]).await;
        let admin = app.api_key(&browser, &["admin"]).await;

        let new = json!({"label": "Sales"});
        let refused = read.post("/api/accounts", new.clone()).await;
        assert_eq!(refused.expect_error(403, "scope_missing")["scope"], "admin");
        let account = admin.post("/api/accounts", new).await.expect(201);
        let path = format!("/api/accounts/{}", account["id"].as_str().unwrap());

        read.get(&path).await.expect(200);
        send.get(&path).await.expect_error(403, "scope_missing");
        for key in [&read, &send] {
            key.delete(&path).await.expect_error(403, "scope_missing");
            let label = json!({"label": "x"});
            key.patch(&path, label).await.expect_error(403, "scope_missing");
        }
        admin.patch(&path, json!({"label": "Support"})).await.expect(200);
    }

    async fn a_key_for_some_accounts_sees_no_others(setup: Setup) {
        let app = setup.start().await;
        let browser = app.register("ana@example.com").await;
        let mut ids = Vec::new();
        for label in ["a", "b", "c"] {
            ids.push(app.account(&browser, label).await);
        }
        let named = [ids[0].as_str(), ids[2].as_str()];
        let key = app.api_key_for(&browser, &["read"], Some(&named)).await;

        let listed = key.get("/api/accounts?limit=1").await.expect(200);
        assert_eq!(listed["items"][0]["id"], ids[0]);
        let cursor = listed["next_cursor"].as_str().unwrap();
        let path = format!("/api/accounts?limit=1&cursor={cursor}");
        let listed = key.get(&path).await.expect(200);
        assert_eq!(listed["items"][0]["id"], ids[2]);
        assert_eq!(listed["next_cursor"], json!(null));

        let path = |id: &str| format!("/api/accounts/{id}");
        key.get(&path(&ids[0])).await.expect(200);
        key.get(&path(&ids[1])).await.expect_error(404, "account_not_found");
    }

    async fn a_revoked_key_stops_working_at_once(setup: Setup) {
        let app = setup.start().await;
        let browser = app.register("ana@example.com").await;
        let key = app.api_key(&browser, &["read"]).await;
        key.get("/api/accounts").await.expect(200);
        let listed = browser.get("/api/keys").await.expect(200);
        let path = format!("/api/keys/{}", listed["items"][0]["id"].as_str().unwrap());
        browser.delete(&path).await.expect(204);
        key.get("/api/accounts").await.expect_error(401, "invalid_key");
        browser.delete(&path).await.expect_error(404, "key_not_found");
    }

    async fn a_key_works_until_it_expires_and_then_says_so(setup: Setup) {
        let (setup, hands) = setup.with_manual_clock();
        let app = setup.start().await;
        let browser = app.register("ana@example.com").await;
        let new = |expires_at: &str| {
            json!({"name": "CI", "scopes": ["read"], "expires_at": expires_at})
        };
        let me = browser.get("/api/auth/me").await.expect(200);
        let now: Timestamp = me["created_at"].as_str().unwrap().parse().unwrap();
        for bad in [now, now - TimeDelta::days(1)] {
            let answer = browser.post("/api/keys", new(&bad.to_rfc3339())).await;
            answer.expect_invalid("expires_at");
        }
        browser.post("/api/keys", new("tomorrow")).await.expect_invalid("expires_at");

        let end = now + TimeDelta::hours(1);
        let created = browser.post("/api/keys", new(&end.to_rfc3339())).await.expect(201);
        let at: Timestamp = created["expires_at"].as_str().unwrap().parse().unwrap();
        assert_eq!(at, end);
        let program = Client::program(&app.url, created["key"].as_str().unwrap());
        hands.advance(Duration::from_millis(3_599_999));
        program.get("/api/accounts").await.expect(200);
        hands.advance(Duration::from_millis(1));
        let refused = program.get("/api/accounts").await;
        assert!(refused.header("www-authenticate").starts_with("Bearer"));
        refused.expect_error(401, "key_expired");

        let listed = browser.get("/api/keys").await.expect(200);
        assert_eq!(listed["items"][0]["expires_at"], created["expires_at"]);
        let path = format!("/api/keys/{}", created["id"].as_str().unwrap());
        browser.delete(&path).await.expect(204);
        program.get("/api/accounts").await.expect_error(401, "invalid_key");
    }

    async fn keys_cannot_manage_keys(setup: Setup) {
        let app = setup.start().await;
        let browser = app.register("ana@example.com").await;
        let key = app.api_key(&browser, &["admin"]).await;
        let new = json!({"name": "more", "scopes": ["admin"]});
        key.post("/api/keys", new).await.expect_error(403, "cookie_required");
        key.get("/api/keys").await.expect_error(403, "cookie_required");
        let id = browser.get("/api/keys").await.expect(200)["items"][0]["id"].clone();
        let path = format!("/api/keys/{}", id.as_str().unwrap());
        key.delete(&path).await.expect_error(403, "cookie_required");
    }

    async fn nobody_reaches_another_persons_accounts_or_keys(setup: Setup) {
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let eva = app.register("eva@example.com").await;
        let account = app.account(&ana, "Sales").await;
        app.api_key(&ana, &["read"]).await;

        let new = json!({"name": "x", "scopes": ["read"], "account_ids": [account]});
        eva.post("/api/keys", new).await.expect_invalid("account_ids");
        let listed = ana.get("/api/keys").await.expect(200);
        let path = format!("/api/keys/{}", listed["items"][0]["id"].as_str().unwrap());
        eva.delete(&path).await.expect_error(404, "key_not_found");
        assert_eq!(eva.get("/api/keys").await.expect(200)["items"], json!([]));
        ana.delete(&path).await.expect(204);
    }

    async fn each_wrong_field_of_a_key_is_named(setup: Setup) {
        let app = setup.start().await;
        let browser = app.register("ana@example.com").await;
        for (field, bad) in [
            ("name", json!({"name": " ", "scopes": ["read"]})),
            ("scopes", json!({"name": "x", "scopes": []})),
            ("scopes[0]", json!({"name": "x", "scopes": ["root"]})),
            ("scopes", json!({"name": "x"})),
            ("account_ids", json!({"name": "x", "scopes": ["read"], "account_ids": []})),
            ("account_ids[0]", json!({"name": "x", "scopes": ["read"], "account_ids": ["1"]})),
        ] {
            browser.post("/api/keys", bad).await.expect_invalid(field);
        }
    }

    async fn the_use_of_a_key_is_written_down_once_a_minute(setup: Setup) {
        let (setup, hands) = setup.with_manual_clock();
        let app = setup.start().await;
        let browser = app.register("ana@example.com").await;
        let key = app.api_key(&browser, &["read"]).await;
        let last_used = async || {
            let listed = browser.get("/api/keys").await.expect(200);
            listed["items"][0]["last_used_at"].as_str().unwrap().to_owned()
        };
        key.get("/api/accounts").await.expect(200);
        let first = last_used().await;
        hands.advance(Duration::from_secs(59));
        key.get("/api/accounts").await.expect(200);
        assert_eq!(last_used().await, first);
        hands.advance(Duration::from_secs(1));
        key.get("/api/accounts").await.expect(200);
        assert_ne!(last_used().await, first);
    }

    async fn a_wrong_key_is_refused_even_beside_a_good_cookie(setup: Setup) {
        let app = setup.start().await;
        let browser = app.register("ana@example.com").await;
        for header in ["Bearer whk_unknown", "Bearer nonsense", "Basic abc", "x"] {
            let request = browser
                .request(reqwest::Method::GET, "/api/auth/me")
                .header("authorization", header);
            let answer = crate::support::send(request).await;
            assert!(answer.header("www-authenticate").starts_with("Bearer"));
            answer.expect_error(401, "invalid_key");
        }
    }

    async fn a_key_of_another_origins_page_is_not_stopped_by_its_origin(setup: Setup) {
        let app = setup.start().await;
        let browser = app.register("ana@example.com").await;
        let key = app.api_key(&browser, &["admin"]).await;
        let page = key.on_a_page_of(Some("https://elsewhere.example"));
        page.post("/api/accounts", json!({"label": "Sales"})).await.expect(201);
    }
}
