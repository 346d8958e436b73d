//! Limits against abuse, and the headers that tell of them.

use crate::support::Setup;
use serde_json::json;

#[tokio::test]
async fn every_answer_of_the_api_says_how_many_requests_are_left() {
    let app = Setup::sqlite().start().await;
    let ana = app.register("ana@example.com").await;
    let first = ana.get("/api/auth/me").await;
    assert_eq!(first.header("ratelimit-limit"), "60000");
    assert_eq!(first.header("ratelimit-reset"), "1");
    let left: u32 = first.header("ratelimit-remaining").parse().unwrap();
    assert!((59_990..60_000).contains(&left), "{left}");

    let program = app.api_key(&ana, &["read"]).await;
    let refused = program.post("/api/accounts", json!({ "label": "x" })).await;
    assert_eq!(refused.header("ratelimit-limit"), "60000");
    refused.expect_error(403, "scope_missing");
    let stranger = app.browser().get("/api/accounts").await;
    assert_eq!(stranger.header("ratelimit-limit"), "600");
    stranger.expect_error(401, "not_signed_in");
    assert_eq!(
        app.browser().get("/live").await.header("ratelimit-limit"),
        ""
    );
    app.stop().await;
}

#[tokio::test]
async fn a_key_with_too_many_requests_waits_and_other_keys_do_not() {
    let app = Setup::sqlite()
        .with("LIMIT_REQUESTS_PER_MINUTE", "3")
        .start()
        .await;
    let ana = app.register("ana@example.com").await;
    let one = app.api_key(&ana, &["read"]).await;
    let other = app.api_key(&ana, &["read"]).await;
    for left in ["2", "1", "0"] {
        let answer = one.get("/api/accounts").await;
        assert_eq!(answer.header("ratelimit-remaining"), left);
        answer.expect(200);
    }
    let refused = one.get("/api/accounts").await;
    let wait: u32 = refused.header("retry-after").parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    assert_eq!(refused.header("ratelimit-remaining"), "0");
    assert_eq!(refused.header("ratelimit-limit"), "3");
    refused.expect_error(429, "too_many_requests");
    other.get("/api/accounts").await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn whoever_tries_keys_is_refused_and_holds_up_nobody_who_is_known() {
    let app = Setup::sqlite()
        .with("LIMIT_STRANGERS_PER_MINUTE", "5")
        .start()
        .await;
    let ana = app.register("ana@example.com").await;
    let known = app.api_key(&ana, &["read"]).await;
    let guess = |n: u32| crate::support::Client::program(&app.url, &format!("whk_{n:043}"));
    // Registering was the first.
    for n in 0..4 {
        let answer = guess(n).get("/api/accounts").await;
        answer.expect_error(401, "invalid_key");
    }
    let refused = guess(5).get("/api/accounts").await;
    assert!(!refused.header("retry-after").is_empty());
    refused.expect_error(429, "too_many_requests");
    let login = json!({ "email": "ana@example.com", "password": crate::support::PASSWORD });
    let login = app.browser().post("/api/auth/login", login).await;
    login.expect_error(429, "too_many_requests");
    known.get("/api/accounts").await.expect(200);
    ana.get("/api/accounts").await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn without_rate_limiting_nobody_is_counted() {
    let app = Setup::sqlite()
        .with("RATE_LIMITING_ENABLED", "false")
        .with("LIMIT_REQUESTS_PER_MINUTE", "1")
        .start()
        .await;
    let ana = app.register("ana@example.com").await;
    for _ in 0..3 {
        let answer = ana.get("/api/accounts").await;
        assert_eq!(answer.header("ratelimit-limit"), "");
        answer.expect(200);
    }
    app.stop().await;
}
