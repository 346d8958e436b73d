use crate::support::{on_both_databases, send};
use reqwest::Method;
use serde_json::json;

on_both_databases! {
    async fn a_healthy_server_says_so_with_its_sessions_by_state(setup: Setup) {
        let app = setup.start().await;
        let browser = app.register("ana@example.com").await;
        app.account(&browser, "Sales").await;
        app.account(&browser, "Support").await;

        assert_eq!(browser.get("/live").await.expect(200)["status"], "ok");
        let ready = browser.get("/ready").await.expect(200);
        assert_eq!(ready["status"], "ok");
        assert_eq!(
            ready["checks"],
            json!([{"name": "database", "ok": true}, {"name": "volume", "ok": true}])
        );
        let health = browser.get("/health").await.expect(200);
        assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(health["sessions"]["disconnected"], 2);
        assert_eq!(health["sessions"]["ready"], 0);
        assert!(health["uptime_seconds"].as_i64().unwrap() >= 0);
    }

    async fn a_database_that_fails_is_named(setup: Setup) {
        let app = setup.start().await;
        app.app.db.close().await;
        let answer = app.browser().get("/ready").await.expect(503);
        assert_eq!(answer["status"], "failing");
        assert_eq!(answer["checks"][0]["name"], "database");
        assert_eq!(answer["checks"][0]["ok"], false);
        assert_eq!(answer["checks"][1]["ok"], true);
        let health = app.browser().get("/health").await.expect(503);
        assert_eq!(health["sessions"], json!(null));
        app.browser().get("/live").await.expect(200);
    }

    async fn a_volume_that_cannot_be_written_is_named(setup: Setup) {
        let app = setup.start().await;
        app.browser().get("/ready").await.expect(200);
        // Gone: root may write anywhere else.
        std::fs::rename(app.volume(), app.volume().with_extension("gone")).unwrap();
        let answer = app.browser().get("/ready").await.expect(503);
        assert_eq!(answer["checks"][0]["ok"], true);
        assert_eq!(answer["checks"][1]["name"], "volume");
        assert_eq!(answer["checks"][1]["ok"], false);
        std::fs::rename(app.volume().with_extension("gone"), app.volume()).unwrap();
        app.browser().get("/ready").await.expect(200);
        // What was written to try is not left behind.
        let left = std::fs::read_dir(app.volume()).unwrap();
        let names = left.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut tries = names.filter(|name| name.starts_with(".health"));
        assert_eq!(tries.next(), None);
    }

    async fn a_redis_that_does_not_answer_is_named_and_everything_else_works(setup: Setup) {
        // Nothing listens on the discard port.
        let app = setup.with("REDIS_URL", "redis://127.0.0.1:9").start().await;
        let answer = app.browser().get("/ready").await.expect(503);
        assert_eq!(answer["checks"][2]["name"], "redis");
        assert_eq!(answer["checks"][2]["ok"], false);
        let browser = app.register("ana@example.com").await;
        app.account(&browser, "Sales").await;
    }

    async fn a_redis_that_answers_is_part_of_being_ready(setup: Setup) {
        let Ok(url) = std::env::var("TEST_REDIS_URL") else {
            eprintln!("SKIPPED: being ready with Redis (TEST_REDIS_URL is not set)");
            return;
        };
        let app = setup.with("REDIS_URL", &url).start().await;
        let answer = app.browser().get("/ready").await.expect(200);
        assert_eq!(answer["checks"][2], json!({"name": "redis", "ok": true}));
    }

    async fn figures_count_requests_by_route_and_sessions_by_state(setup: Setup) {
        let app = setup.start().await;
        let browser = app.register("ana@example.com").await;
        let id = app.account(&browser, "Sales").await;
        browser.get(&format!("/api/accounts/{id}")).await.expect(200);
        let text = browser.get("/metrics").await.text;
        let counted = text.lines().any(|line| {
            line.starts_with("whahook_http_requests_total{")
                && line.contains("route=\"/api/accounts/{id}\"")
                && line.contains("status=\"200\"")
        });
        assert!(counted, "{text}");
        assert!(!text.contains(&id), "ids must not become labels");
        for name in [
            "whahook_http_request_duration_seconds_bucket{",
            "whahook_sessions{status=\"disconnected\"}",
            "process_resident_memory_bytes",
        ] {
            assert!(text.contains(name), "{name}\n{text}");
        }
    }

    async fn figures_are_for_this_machine_unless_there_is_a_token(setup: Setup) {
        let app = setup.start().await;
        let forwarded = app
            .browser()
            .request(Method::GET, "/metrics")
            .header("x-forwarded-for", "203.0.113.9");
        send(forwarded).await.expect_error(403, "metrics_not_allowed");
    }

    async fn with_a_token_figures_are_for_those_who_have_it(setup: Setup) {
        let app = setup.with("METRICS_TOKEN", "a-token-for-prometheus").start().await;
        let ask = |token: &'static str| {
            send(app.browser().request(Method::GET, "/metrics").bearer_auth(token))
        };
        app.browser().get("/metrics").await.expect_error(403, "metrics_not_allowed");
        ask("a-token-for-prometheuz").await.expect_error(403, "metrics_not_allowed");
        assert_eq!(ask("a-token-for-prometheus").await.status, 200);
    }
}
