use crate::support::{Setup, send};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn what_does_not_exist_and_what_does_not_fit_is_said_in_json() {
    let app = Setup::sqlite().start().await;
    let browser = app.browser();
    for path in ["/api", "/api/", "/api/nothing", "/api/accounts/1/nothing"] {
        browser.get(path).await.expect_error(404, "not_found");
    }
    let answer = browser.delete("/api/accounts").await;
    assert!(answer.header("allow").contains("POST"));
    answer.expect_error(405, "method_not_allowed");
}

#[tokio::test]
async fn a_body_that_is_no_json_too_large_or_of_another_type_is_refused() {
    let app = Setup::sqlite().start().await;
    let browser = app.register("ana@example.com").await;
    let post = |body: String, content_type: &str| {
        let request = browser
            .request(Method::POST, "/api/accounts")
            .header("content-type", content_type)
            .body(body);
        send(request)
    };
    let json = "application/json";
    post("{".to_owned(), json)
        .await
        .expect_error(400, "malformed_json");
    post("label=x".to_owned(), "application/x-www-form-urlencoded")
        .await
        .expect_error(415, "unsupported_media_type");
    let huge = json!({ "label": "x".repeat((1 << 20) + 1) }).to_string();
    post(huge, json)
        .await
        .expect_error(413, "payload_too_large");
    let deep = format!("{{\"label\":{}", "[".repeat(100_000));
    assert!((400..500).contains(&post(deep, json).await.status));
}

#[tokio::test]
async fn every_answer_carries_a_request_id() {
    let app = Setup::sqlite().start().await;
    let browser = app.browser();
    let own = send(
        browser
            .request(Method::GET, "/live")
            .header("x-request-id", "job-7:a.b"),
    )
    .await;
    assert_eq!(own.header("x-request-id"), "job-7:a.b");
    let made = browser.get("/live").await;
    assert_eq!(made.header("x-request-id").len(), 36);
    let long = "x".repeat(65);
    for odd in [long.as_str(), "a b", "<script>"] {
        let answer = send(
            browser
                .request(Method::GET, "/live")
                .header("x-request-id", odd),
        )
        .await;
        assert_eq!(answer.header("x-request-id").len(), 36, "{odd}");
    }
}

#[tokio::test]
async fn browsers_are_told_what_not_to_do() {
    let app = Setup::sqlite().start().await;
    let browser = app.browser();
    for path in ["/live", "/api/accounts", "/nothing", "/docs/"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(!answer.header("referrer-policy").is_empty(), "{path}");
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(
            !policy.contains("script-src 'unsafe-inline'"),
            "{path}: {policy}"
        );
        assert_eq!(answer.header("strict-transport-security"), "", "{path}");
    }
    let answer = browser.get("/api/accounts").await;
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_can_read_them() {
    let app = Setup::sqlite().start().await;
    let request = app
        .browser()
        .request(Method::GET, "/openapi.json")
        .header("accept-encoding", "br");
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "br");
}

#[tokio::test]
async fn a_database_that_is_gone_is_503_and_tells_nothing_of_itself() {
    let app = Setup::sqlite().start().await;
    let browser = app.register("ana@example.com").await;
    app.app.db.close().await;
    let answer = browser.get("/api/accounts").await;
    assert_eq!(answer.header("retry-after"), "2");
    assert!(
        !answer.text.to_lowercase().contains("pool"),
        "{}",
        answer.text
    );
    answer.expect_error(503, "database_unavailable");
}

#[tokio::test]
async fn a_server_that_stops_takes_nothing_new_and_ends() {
    let app = Setup::sqlite().start().await;
    let browser = app.register("ana@example.com").await;
    let url = app.url.clone();
    tokio::time::timeout(std::time::Duration::from_secs(10), app.stop())
        .await
        .unwrap();
    let after = browser.request(Method::GET, "/live").send().await;
    assert!(after.is_err(), "{url} still answers");
}
