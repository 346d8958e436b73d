use crate::support::on_both_databases;
use serde_json::json;

on_both_databases! {
    async fn a_new_account_is_not_linked_and_names_its_session(setup: Setup) {
        let app = setup.start().await;
        let browser = app.register("ana@example.com").await;
        let me = browser.get("/api/auth/me").await.expect(200);
        let created = browser.post("/api/accounts", json!({"label": " Sales "})).await.expect(201);
        assert_eq!(created["label"], "Sales");
        assert_eq!(created["status"], "disconnected");
        assert_eq!(created["reason"], "not_linked");
        assert_eq!(created["phone_number"], json!(null));
        let (user, id) = (me["id"].as_str().unwrap(), created["id"].as_str().unwrap());
        assert_eq!(created["session_id"], format!("user_{user}_wa_{id}"));
        assert!(created["created_at"].as_str().unwrap().ends_with('Z'));
        let found = browser.get(&format!("/api/accounts/{id}")).await.expect(200);
        assert_eq!(found, created);
    }

    async fn another_persons_account_does_not_exist(setup: Setup) {
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let eva = app.register("eva@example.com").await;
        let id = app.account(&ana, "Sales").await;
        let missing = "01934f3e-7a10-7cc0-9c5e-2f6a4c1b7d11";
        for id in [id.as_str(), missing, "1", "..%2f..", "%00"] {
            let path = format!("/api/accounts/{id}");
            eva.get(&path).await.expect_error(404, "account_not_found");
            let label = json!({"label": "mine"});
            eva.patch(&path, label).await.expect_error(404, "account_not_found");
            eva.delete(&path).await.expect_error(404, "account_not_found");
            let path = format!("{path}/activity");
            eva.get(&path).await.expect_error(404, "account_not_found");
        }
        assert_eq!(eva.get("/api/accounts").await.expect(200)["items"], json!([]));
        let found = ana.get(&format!("/api/accounts/{id}")).await.expect(200);
        assert_eq!(found["label"], "Sales");
    }

    async fn without_signing_in_there_is_nothing_to_see(setup: Setup) {
        let app = setup.start().await;
        let nobody = app.browser();
        nobody.get("/api/accounts").await.expect_error(401, "not_signed_in");
        let new = json!({"label": "Sales"});
        nobody.post("/api/accounts", new).await.expect_error(401, "not_signed_in");
    }

    async fn a_label_has_one_to_sixty_characters(setup: Setup) {
        let app = setup.start().await;
        let browser = app.register("ana@example.com").await;
        let id = app.account(&browser, &"ñ".repeat(60)).await;
        for bad in ["", "   ", &"ñ".repeat(61), "a\u{0}b"] {
            let label = json!({ "label": bad });
            browser.post("/api/accounts", label.clone()).await.expect_invalid("label");
            browser.patch(&format!("/api/accounts/{id}"), label).await.expect_invalid("label");
        }
        browser.post("/api/accounts", json!({"label": 1})).await.expect_invalid("label");
        browser.post("/api/accounts", json!({})).await.expect_invalid("label");
    }

    async fn a_list_is_read_page_by_page(setup: Setup) {
        let app = setup.start().await;
        let browser = app.register("ana@example.com").await;
        let mut made = Vec::new();
        for n in 0..5 {
            made.push(app.account(&browser, &format!("Account {n}")).await);
        }
        let mut seen = Vec::new();
        let mut path = "/api/accounts?limit=2".to_owned();
        loop {
            let page = browser.get(&path).await.expect(200);
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= 2);
            seen.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
            match page["next_cursor"].as_str() {
                Some(cursor) => path = format!("/api/accounts?limit=2&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(seen, made);
        for (field, query) in [
            ("limit", "limit=0"),
            ("limit", "limit=201"),
            ("limit", "limit=x"),
            ("cursor", "cursor=x"),
            ("colour", "colour=red"),
        ] {
            browser.get(&format!("/api/accounts?{query}")).await.expect_invalid(field);
        }
    }

    async fn renaming_shows_everywhere_and_in_the_activity(setup: Setup) {
        let app = setup.start().await;
        let browser = app.register("ana@example.com").await;
        let id = app.account(&browser, "Sales").await;
        let path = format!("/api/accounts/{id}");
        let renamed = browser.patch(&path, json!({"label": "Support"})).await.expect(200);
        assert_eq!(renamed["label"], "Support");
        // The same label again, or none, is no change.
        browser.patch(&path, json!({"label": "Support"})).await.expect(200);
        browser.patch(&path, json!({})).await.expect(200);
        assert_eq!(browser.get(&path).await.expect(200)["label"], "Support");

        let activity = browser.get(&format!("{path}/activity")).await.expect(200);
        assert_eq!(activity["next_cursor"], json!(null));
        let entries = activity["items"].as_array().unwrap();
        let short: Vec<_> = entries
            .iter()
            .map(|e| {
                let text = |name: &str| e[name].as_str().unwrap().to_owned();
                let by = e["by"]["name"].as_str().unwrap().to_owned();
                (e["id"].as_i64().unwrap(), text("kind"), text("label"), by)
            })
            .collect();
        let entry = |id, kind: &str, label: &str| {
            (id, kind.to_owned(), label.to_owned(), "Ana".to_owned())
        };
        assert_eq!(
            short,
            [entry(2, "renamed", "Support"), entry(1, "created", "Sales")]
        );
        let first = browser.get(&format!("{path}/activity?limit=1")).await.expect(200);
        assert_eq!(first["items"][0]["id"], 2);
        let cursor = first["next_cursor"].as_str().unwrap();
        let next = browser.get(&format!("{path}/activity?limit=1&cursor={cursor}")).await;
        assert_eq!(next.expect(200)["items"][0]["id"], 1);
    }

    async fn a_removed_account_is_gone_with_all_that_belongs_to_it(setup: Setup) {
        let app = setup.start().await;
        let browser = app.register("ana@example.com").await;
        let id = app.account(&browser, "Sales").await;
        let kept = app.account(&browser, "Support").await;
        let path = format!("/api/accounts/{id}");
        let mut events = app.app.events.listen();
        browser.delete(&path).await.expect(204);
        browser.get(&path).await.expect_error(404, "account_not_found");
        browser.delete(&path).await.expect_error(404, "account_not_found");

        let listed = browser.get("/api/accounts").await.expect(200);
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
        assert_eq!(listed["items"][0]["id"], kept);
        let mut conn = app.app.db.read().await.unwrap();
        let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM events WHERE account_id = $1")
            .bind(&id)
            .fetch_one(&mut *conn)
            .await
            .unwrap();
        assert_eq!(left, 0);

        // The page hears of it, last of all.
        let mut last = None;
        while let Ok(recorded) = events.try_recv() {
            last = Some(recorded.event.event.name());
        }
        assert_eq!(last, Some("account:removed"));
    }
}
