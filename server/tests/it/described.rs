//! The whole description asked by schemathesis: whatever it allows, and much that
//! it does not, comes to no failure of the server and to no answer that it does
//! not describe.

use crate::support::{
    Client, Setup, TestApp,
    process::find,
    whatsapp::{ANA, BRUNO, send_text, simulator},
};
use serde_json::{Value, json};
use std::path::Path;
use tokio::process::Command;

const TEST: &str = "the API against its own description";
/// Things for the hooks to name: live ones, and spare ones to delete.
async fn things(app: &TestApp, eva: &Client, account: &str) -> (Value, Value) {
    let other = app.account(eva, "Not linked").await;
    let mut spare_accounts = Vec::new();
    let mut messages = Vec::new();
    let mut spare_keys = Vec::new();
    let mut spare_messages = Vec::new();
    let mut webhooks = Vec::new();
    // Nobody answers there.
    let new = json!({"url": "http://127.0.0.1:9/", "account_ids": [account]});
    for _ in 0..6 {
        let made = eva.post("/api/webhooks", new.clone()).await.expect(201);
        webhooks.push(made["id"].clone());
    }
    let spare_webhooks = webhooks.split_off(2);
    for n in 0..20 {
        spare_accounts.push(app.account(eva, "Spare").await);
        let sent = send_text(eva, account, BRUNO, &format!("text {n}")).await;
        messages.push(sent["id"].clone());
        let sent = send_text(eva, &other, BRUNO, &format!("spare text {n}")).await;
        spare_messages.push(sent["id"].clone());
        let key = eva
            .post("/api/keys", json!({"name": "x", "scopes": ["read"]}))
            .await;
        spare_keys.push(key.expect(201)["id"].clone());
    }
    let live = json!({
        "accounts": [account, other], "messages": messages, "to": [BRUNO, ANA],
        "webhooks": webhooks,
    });
    let spare = json!({
        "accounts": spare_accounts, "keys": spare_keys, "messages": spare_messages,
        "webhooks": spare_webhooks,
    });
    (live, spare)
}

async fn ask(app: &TestApp, program: &Path, things: &(Value, Value), who: &str, more: &[&str]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/described");
    let work = tempfile::TempDir::new().unwrap();
    let mut command = Command::new(program);
    command
        .arg("--config-file")
        .arg(folder.join("schemathesis.toml"))
        .args(["run", &format!("{}/openapi.json", app.url), "--header", who])
        // Has no end; has tests of its own.
        .args(["--exclude-path", "/api/events/stream"])
        .args(more)
        // It keeps files where it runs.
        .current_dir(work.path())
        .env("SCHEMATHESIS_HOOKS", folder.join("hooks.py"))
        .env("LIVE", things.0.to_string())
        .env("SPARE", things.1.to_string())
        .kill_on_drop(true);
    let output = command.output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{errors}");
}

async fn check(setup: Setup) {
    let Some(program) = find(TEST, "SCHEMATHESIS_BIN", std::iter::empty()) else {
        return;
    };
    let simulator = simulator().await;
    let setup = setup.with("ALLOW_PRIVATE_TARGETS", "true");
    let app = setup.on(&simulator).start().await;
    // Not the person of the examples: signing in as them would end this sign-in.
    let eva = app.register("eva@example.com").await;
    let account = app.linked(&eva, &simulator, ANA).await;
    let things = things(&app, &eva, &account).await;
    let key = app.api_key(&eva, &["admin"]).await;
    let bearer = format!("Authorization: Bearer {}", key.key());
    ask(&app, &program, &things, &bearer, &["--exclude-tag", "keys"]).await;
    // Managing keys takes a person; the key of above may go now.
    let cookie = cookie(&app).await;
    ask(&app, &program, &things, &cookie, &["--include-tag", "keys"]).await;
    app.stop().await;
}

#[tokio::test]
#[ignore = "takes a minute of a whole core; `cargo xtask test` runs it by itself"]
async fn nothing_that_is_asked_fails_or_is_answered_in_a_way_that_is_not_described_on_sqlite() {
    check(Setup::sqlite()).await;
}

#[tokio::test]
#[ignore = "takes a minute of a whole core; `cargo xtask test` runs it by itself"]
async fn nothing_that_is_asked_fails_or_is_answered_in_a_way_that_is_not_described_on_postgres() {
    if let Some(setup) = Setup::postgres(TEST).await {
        check(setup).await;
    }
}

/// The header with the cookie of another sign-in of the same person.
async fn cookie(app: &TestApp) -> String {
    let login = json!({"email": "eva@example.com", "password": crate::support::PASSWORD});
    let answer = app.browser().post("/api/auth/login", login).await;
    let cookie = answer.header("set-cookie").split(';').next().unwrap();
    assert!(cookie.starts_with("whahook_session="), "{cookie}");
    format!("Cookie: {cookie}")
}
