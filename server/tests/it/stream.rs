//! Redis as a way in: what a backend job adds to the stream is sent as if it had
//! been posted.

use crate::support::{
    Setup,
    eventually::eventually,
    on_both_databases,
    process::{find, on_path},
    services::{PostgresServer, RedisServer},
    whatsapp::{ANA, BRUNO, CARLA, received, simulator, until_received},
};
use redis::{
    Value as Reply, cmd,
    streams::{StreamId, StreamRangeReply},
};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

const STREAM: &str = "whahook:outbound";
const REJECTED: &str = "whahook:outbound:rejected";

async fn add(redis: &RedisServer, message: &str) -> String {
    let mut add = cmd("XADD");
    add.arg(STREAM).arg("*").arg("message").arg(message);
    redis.ask(&add).await
}

fn text(account: &str, text: &str) -> Value {
    json!({
        "account_id": account, "to": BRUNO, "type": "text", "text": text,
        "idempotency_key": format!("key of {text}"),
    })
}

fn texts(messages: Vec<whahook_simulator::ChatMessage>) -> Vec<String> {
    messages.into_iter().map(|message| message.text).collect()
}

/// Waits until every entry was dealt with: none is left, none is pending.
async fn until_empty(redis: &RedisServer) {
    eventually(
        || async { redis.ask::<u64>(cmd("XLEN").arg(STREAM)).await },
        |left| *left == 0,
    )
    .await;
    let pending: (u64, Reply, Reply, Reply) =
        redis.ask(cmd("XPENDING").arg(STREAM).arg("whahook")).await;
    assert_eq!(pending.0, 0);
}

on_both_databases! {
    async fn what_is_added_to_the_stream_is_sent_once_in_order_and_taken_out(setup: Setup) {
        let Some(redis) = RedisServer::start("a stream of messages").await else { return };
        let simulator = simulator().await;
        let setup = setup.with("REDIS_URL", &redis.url).with("RATE_LIMITING_ENABLED", "false");
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let wanted: Vec<String> = (0..20).map(|n| format!("text {n}")).collect();
        for text_of_it in &wanted {
            let message = text(&account, text_of_it).to_string();
            add(&redis, &message).await;
            add(&redis, &message).await;
        }
        until_empty(&redis).await;
        assert_eq!(texts(until_received(&simulator, BRUNO, 20).await), wanted);
        let list = ana.get(&format!("/api/messages?account_id={account}")).await.expect(200);
        assert_eq!(list["items"].as_array().unwrap().len(), 20);
        assert_eq!(redis.ask::<u64>(cmd("XLEN").arg(REJECTED)).await, 0);
        // The API knows the key too.
        ana.post("/api/messages", text(&account, "text 0")).await.expect(202);
        assert_eq!(received(&simulator, BRUNO).len(), 20);
        app.stop().await;
    }
}

#[tokio::test]
async fn a_message_that_is_wrong_is_kept_with_the_error_and_holds_up_no_other() {
    let Some(redis) = RedisServer::start("rejected messages").await else {
        return;
    };
    let app = Setup::sqlite().with("REDIS_URL", &redis.url).start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    let with = |field: &str, value: Value| {
        let mut message = text(&account, "wrong");
        message[field] = value;
        message.to_string()
    };
    let mut keyless = text(&account, "wrong");
    keyless.as_object_mut().unwrap().remove("idempotency_key");
    let table = [
        ("{\"account_id\": ".to_owned(), "malformed_json", None),
        (
            keyless.to_string(),
            "invalid_input",
            Some("idempotency_key"),
        ),
        (
            with("idempotency_key", Value::Null),
            "invalid_input",
            Some("idempotency_key"),
        ),
        (
            with("colour", json!("red")),
            "invalid_input",
            Some("colour"),
        ),
        (with("to", json!("nobody")), "invalid_input", Some("to")),
        (
            with("account_id", json!("00000000-0000-0000-0000-000000000000")),
            "account_not_found",
            None,
        ),
    ];
    let mut ids = Vec::new();
    for (message, _, _) in &table {
        ids.push(add(&redis, message).await);
    }
    add(&redis, &text(&account, "right").to_string()).await;
    until_empty(&redis).await;

    let rejected: StreamRangeReply = redis
        .ask(cmd("XRANGE").arg(REJECTED).arg("-").arg("+"))
        .await;
    assert_eq!(rejected.ids.len(), table.len());
    for (id, (message, code, field)) in ids.iter().zip(&table) {
        let is_it = |entry: &&StreamId| entry.get::<String>("id").as_ref() == Some(id);
        let entry = rejected.ids.iter().find(is_it).unwrap();
        assert_eq!(entry.get::<String>("message").as_ref(), Some(message));
        let error: Value = serde_json::from_str(&entry.get::<String>("error").unwrap()).unwrap();
        assert_eq!(error["error"]["code"], *code, "{error}");
        assert_eq!(
            error["error"]["details"]["field"].as_str(),
            *field,
            "{error}"
        );
        // Where the API can be asked the same, it answers the same.
        if *code != "malformed_json" && *field != Some("idempotency_key") {
            let message = serde_json::from_str(message).unwrap();
            assert_eq!(ana.post("/api/messages", message).await.json(), error);
        }
    }
    let list = ana.get("/api/messages").await.expect(200);
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{list}");
    assert_eq!(items[0]["text"], "right");
    app.stop().await;
}

#[tokio::test]
async fn a_file_that_comes_slowly_holds_up_its_own_chat_only() {
    let Some(redis) = RedisServer::start("a slow file").await else {
        return;
    };
    let simulator = simulator().await;
    simulator.add_phone(CARLA, "Carla").await.unwrap();
    let setup = Setup::sqlite()
        .with("REDIS_URL", &redis.url)
        .with("ALLOW_PRIVATE_TARGETS", "true");
    let app = setup.on(&simulator).start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.linked(&ana, &simulator, ANA).await;
    // Takes the request and never answers.
    let slow = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/film.pdf", slow.local_addr().unwrap());
    let file = json!({
        "account_id": account, "to": BRUNO, "type": "document", "media": {"url": url},
        "idempotency_key": "key of the file",
    });
    add(&redis, &file.to_string()).await;
    let (asking, _) = slow.accept().await.unwrap();
    add(&redis, &text(&account, "behind it").to_string()).await;
    let mut other = text(&account, "to another");
    other["to"] = json!(CARLA);
    add(&redis, &other.to_string()).await;
    let got = until_received(&simulator, CARLA, 1).await;
    assert_eq!(texts(got), ["to another"]);
    assert_eq!(redis.ask::<u64>(cmd("XLEN").arg(STREAM)).await, 2);

    drop(asking);
    let got = until_received(&simulator, BRUNO, 1).await;
    assert_eq!(texts(got), ["behind it"]);
    until_empty(&redis).await;
    assert_eq!(redis.ask::<u64>(cmd("XLEN").arg(REJECTED)).await, 1);
    app.stop().await;
}

#[tokio::test]
async fn what_a_killed_process_had_read_is_taken_over() {
    let Some(redis) = RedisServer::start("messages left by a dead process").await else {
        return;
    };
    let simulator = simulator().await;
    let setup = Setup::sqlite().on(&simulator);
    let app = setup.start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.linked(&ana, &simulator, ANA).await;

    let () = redis
        .ask(
            cmd("XGROUP")
                .arg("CREATE")
                .arg(STREAM)
                .arg("whahook")
                .arg("0")
                .arg("MKSTREAM"),
        )
        .await;
    let mut read = Vec::new();
    for n in 0..3 {
        read.push(add(&redis, &text(&account, &format!("left {n}")).to_string()).await);
    }
    let _: Reply = redis
        .ask(
            cmd("XREADGROUP")
                .arg("GROUP")
                .arg("whahook")
                .arg("dead")
                .arg("STREAMS")
                .arg(STREAM)
                .arg(">"),
        )
        .await;
    // As if it had died more than an hour ago.
    let claimed: Vec<String> = redis
        .ask(
            cmd("XCLAIM")
                .arg(STREAM)
                .arg("whahook")
                .arg("dead")
                .arg(0)
                .arg(&read)
                .arg("IDLE")
                .arg(4_000_000)
                .arg("JUSTID"),
        )
        .await;
    assert_eq!(claimed, read);

    let app = app.restart_with("REDIS_URL", &redis.url).await;
    until_empty(&redis).await;
    let got = texts(until_received(&simulator, BRUNO, 3).await);
    assert_eq!(got, ["left 0", "left 1", "left 2"]);
    app.stop().await;
}

#[tokio::test]
async fn a_redis_that_is_flushed_or_restarted_is_read_again() {
    let Some(mut redis) = RedisServer::start("a stream that is flushed").await else {
        return;
    };
    let simulator = simulator().await;
    let setup = Setup::sqlite().with("REDIS_URL", &redis.url).on(&simulator);
    let app = setup.start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.linked(&ana, &simulator, ANA).await;
    let mut wanted = Vec::new();
    for n in 0..4 {
        if n == 3 {
            redis.kill().await;
            redis.start_again().await;
        } else if n > 0 {
            redis.flush().await;
        }
        let next = format!("text {n}");
        add(&redis, &text(&account, &next).to_string()).await;
        wanted.push(next);
        assert_eq!(
            texts(until_received(&simulator, BRUNO, n + 1).await),
            wanted
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn while_the_database_is_down_messages_wait_in_the_stream_and_keep_their_order() {
    let name = "a stream while PostgreSQL is down";
    let Some(redis) = RedisServer::start(name).await else {
        return;
    };
    let Some(mut postgres) = PostgresServer::start(name).await else {
        return;
    };
    let simulator = simulator().await;
    let setup = Setup::sqlite()
        .with("DATABASE_URL", &postgres.url)
        .with("REDIS_URL", &redis.url);
    let app = setup.on(&simulator).start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.linked(&ana, &simulator, ANA).await;

    postgres.stop_at_once().await;
    let wanted: Vec<String> = (0..5).map(|n| format!("text {n}")).collect();
    for next in &wanted {
        add(&redis, &text(&account, next).to_string()).await;
    }
    // It has begun to read, and cannot accept.
    eventually(
        || async {
            let pending: (u64, Reply, Reply, Reply) =
                redis.ask(cmd("XPENDING").arg(STREAM).arg("whahook")).await;
            pending.0
        },
        |pending| *pending > 0,
    )
    .await;
    assert_eq!(redis.ask::<u64>(cmd("XLEN").arg(STREAM)).await, 5);

    postgres.start_again().await;
    assert_eq!(texts(until_received(&simulator, BRUNO, 5).await), wanted);
    until_empty(&redis).await;
    assert_eq!(redis.ask::<u64>(cmd("XLEN").arg(REJECTED)).await, 0);
    app.stop().await;
}

#[tokio::test]
async fn the_examples_of_the_documents_send() {
    let Some(redis) = RedisServer::start("the examples for Redis").await else {
        return;
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let packages = root.join("e2e/node_modules");
    let test = "the JavaScript example for Redis";
    let node = find(test, "NODE_REDIS_PACKAGE", [packages.join("redis")])
        .and_then(|_| find(test, "NODE_BIN", on_path("node")));
    let python = find(
        "the Python example for Redis",
        "PYTHON_WITH_REDIS",
        std::iter::empty(),
    );
    let simulator = simulator().await;
    let setup = Setup::sqlite().with("REDIS_URL", &redis.url).on(&simulator);
    let app = setup.start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.linked(&ana, &simulator, ANA).await;

    // Node.js looks for packages where the program is.
    let folder = tempfile::TempDir::new().unwrap();
    std::os::unix::fs::symlink(&packages, folder.path().join("node_modules")).unwrap();
    let mut wanted = Vec::new();
    for (program, file) in [(node, "send_by_redis.mjs"), (python, "send_by_redis.py")] {
        let Some(program) = program else { continue };
        let copy: PathBuf = folder.path().join(file);
        std::fs::copy(root.join("docs/examples").join(file), &copy).unwrap();
        let mut example = Command::new(program);
        example
            .arg(copy)
            .args([&account, BRUNO, file])
            .env("REDIS_URL", &redis.url);
        let output = tokio::process::Command::from(example)
            .output()
            .await
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        wanted.push(file.to_owned());
    }
    let got = until_received(&simulator, BRUNO, wanted.len()).await;
    assert_eq!(texts(got), wanted);
    app.stop().await;
}
