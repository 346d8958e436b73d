//! The receivers of the documents, run.

use crate::{
    events::happen,
    support::{
        Setup,
        process::{Program, find, on_path, unused_port},
        whatsapp::{ANA, BRUNO, link, simulator, until_received},
    },
    webhooks::reaching_here,
};
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

#[tokio::test]
async fn the_examples_of_the_documents_verify_and_take_webhooks() {
    let node = find(
        "the JavaScript example of a receiver",
        "NODE_BIN",
        on_path("node"),
    );
    let python = find(
        "the Python example of a receiver",
        "PYTHON_WITH_REDIS",
        on_path("python3"),
    );
    for (program, file) in [
        (node, "receive_webhooks.mjs"),
        (python, "receive_webhooks.py"),
    ] {
        if let Some(program) = program {
            receives(&program, file).await;
        }
    }
}

async fn receives(program: &Path, file: &str) {
    let simulator = simulator().await;
    let app = reaching_here(Setup::sqlite()).on(&simulator).start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    let port = unused_port();
    let url = format!("http://127.0.0.1:{port}/");
    let new = json!({"url": url, "enabled": false, "replies": true});
    let created = ana.post("/api/webhooks", new).await.expect(201);
    let path = format!("/api/webhooks/{}", created["id"].as_str().unwrap());

    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = tempfile::TempDir::new().unwrap();
    let example: PathBuf = root.join("docs/examples").join(file);
    let mut command = Command::new(program);
    command
        .arg(example)
        .arg(port.to_string())
        .env("WEBHOOK_SECRET", created["secret"].as_str().unwrap());
    let mut example = Program::start(command, folder.path().join("log"));
    example.until_it_says("listening").await;

    let sent = ana
        .post(&format!("{path}/test"), json!({}))
        .await
        .expect(200);
    assert_eq!(sent["last_attempt"]["status"], 200, "{file}: {sent}");
    ana.patch(&path, json!({"enabled": true})).await.expect(200);
    happen(
        &app,
        &account,
        ["first", "second"].map(str::to_owned).into_iter(),
    )
    .await;
    example.until_it_says("\"second\"").await;
    // Once each, also when they are sent again.
    let wish = json!({"account_id": account, "after": 1});
    ana.post(&format!("{path}/replay"), wish).await.expect(202);
    happen(&app, &account, std::iter::once("third".to_owned())).await;
    example.until_it_says("\"third\"").await;
    assert_eq!(example.said().matches("\"first\"").count(), 1, "{file}");

    // Whoever writes is answered.
    link(&ana, &account, &simulator, ANA).await;
    simulator.send_text(BRUNO, ANA, "Hello").await.unwrap();
    let answered = until_received(&simulator, BRUNO, 1).await;
    assert_eq!(answered[0].text, "You wrote: Hello", "{file}");

    // What others send is refused: a secret of their own, or something changed.
    ana.post(&format!("{path}/secret"), json!({"overlap_s": 0}))
        .await
        .expect(200);
    let refused = ana
        .post(&format!("{path}/test"), json!({}))
        .await
        .expect(200);
    assert_eq!(refused["last_attempt"]["status"], 401, "{file}: {refused}");
    app.stop().await;
}
