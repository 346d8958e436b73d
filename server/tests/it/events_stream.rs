//! Events as they happen, over server-sent events.

use crate::{
    events::{happen, labels},
    support::{Client, TestApp, on_both_databases},
};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(60);

/// A client as browsers have it: it remembers the last id.
struct Source {
    response: Response,
    read: Vec<u8>,
    last_id: String,
}

impl Source {
    async fn open(client: &Client, query: &str, last_id: &str) -> Self {
        let path = format!("/api/events/stream{query}");
        let mut request = client.request(Method::GET, &path);
        if !last_id.is_empty() {
            request = request.header("last-event-id", last_id);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut source = Self {
            response,
            read: Vec::new(),
            last_id: last_id.to_owned(),
        };
        // From here on it misses nothing, whatever happens to it.
        let first = source.block().await.unwrap();
        assert_eq!(first, Value::Null);
        assert!(!source.last_id.is_empty());
        source
    }

    /// What comes next; `null`: an id alone. `None`: the stream has ended.
    async fn block(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.read.windows(2).position(|it| it == b"\n\n") {
                let block: Vec<u8> = self.read.drain(..end + 2).collect();
                return Some(self.take(&String::from_utf8(block).unwrap()));
            }
            let chunk = timeout(PATIENCE, self.response.chunk()).await;
            let chunk = chunk.expect("something comes, or it ends").unwrap()?;
            self.read.extend_from_slice(&chunk);
        }
    }

    fn take(&mut self, block: &str) -> Value {
        let mut data = Value::Null;
        for line in block.lines() {
            match line.split_once(": ") {
                Some(("id", id)) => id.clone_into(&mut self.last_id),
                Some(("data", text)) => data = serde_json::from_str(text).unwrap(),
                Some(("event", name)) => panic!("`onmessage` would not hear of {name}"),
                _ => {}
            }
        }
        data
    }

    async fn event(&mut self) -> Value {
        loop {
            let block = self.block().await.expect("it goes on");
            if !block.is_null() {
                return block;
            }
        }
    }

    /// The next labels that accounts get.
    async fn labels(&mut self, count: usize) -> Vec<String> {
        let mut labels = Vec::new();
        while labels.len() < count {
            let event = self.event().await;
            assert_eq!(event["type"], "account:renamed", "{event}");
            labels.push(event["data"]["label"].as_str().unwrap().to_owned());
        }
        labels
    }

    /// Waits until the server ends it.
    async fn until_ended(mut self) {
        while self.block().await.is_some() {}
    }
}

async fn two_accounts(app: &TestApp, ana: &Client) -> [String; 2] {
    [app.account(ana, "A").await, app.account(ana, "B").await]
}

async fn called(app: &TestApp, account: &str, label: &str) {
    happen(app, account, std::iter::once(label.to_owned())).await;
}

on_both_databases! {
    async fn a_client_that_comes_back_with_its_id_misses_and_doubles_nothing(setup: Setup) {
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let [a, b] = two_accounts(&app, &ana).await;
        let mut source = Source::open(&ana, "", "").await;
        called(&app, &a, "1").await;
        called(&app, &b, "2").await;
        called(&app, &a, "3").await;
        // Among accounts there is no order.
        let mut got = source.labels(3).await;
        got.sort();
        assert_eq!(got, ["1", "2", "3"]);
        let id = source.last_id.clone();
        assert!(id.contains(&format!("{}:3", &a[24..])), "{id}");
        drop(source);
        called(&app, &b, "4").await;
        // It was never told before: all of it is new.
        let c = app.account(&ana, "C").await;
        called(&app, &a, "5").await;
        let mut source = Source::open(&ana, "", &id).await;
        let mut got = Vec::new();
        for _ in 0..3 {
            let event = source.event().await;
            got.push((event["account_id"].as_str().unwrap().to_owned(), event["seq"].as_i64().unwrap()));
        }
        got.sort();
        let mut expected = [(a.clone(), 4), (b.clone(), 3), (c, 1)];
        expected.sort();
        assert_eq!(got, expected);
        called(&app, &b, "6").await;
        assert_eq!(source.labels(1).await, ["6"]);
        app.stop().await;
    }

    async fn a_client_that_is_gone_before_the_first_event_misses_nothing(setup: Setup) {
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "A").await;
        let source = Source::open(&ana, "", "").await;
        let id = source.last_id.clone();
        drop(source);
        called(&app, &account, "meanwhile").await;
        let mut source = Source::open(&ana, "", &id).await;
        assert_eq!(source.labels(1).await, ["meanwhile"]);
        // The same for clients that cannot set a header at first.
        let mut source = Source::open(&ana, &format!("?last_event_id={id}"), "").await;
        assert_eq!(source.labels(1).await, ["meanwhile"]);
        app.stop().await;
    }

    async fn whoever_reads_slowly_gets_everything_in_order_once(setup: Setup) {
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "A").await;
        let mut source = Source::open(&ana, "", "").await;
        let mut expected = Vec::new();
        for part in 0..8 {
            let labels: Vec<String> = labels(1_000).map(|it| format!("{part}: {it}")).collect();
            expected.extend(labels.clone());
            happen(&app, &account, labels.into_iter()).await;
        }
        assert_eq!(source.labels(8_000).await, expected);
        app.stop().await;
    }

    async fn a_stream_tells_only_what_was_asked_for_and_may_be_seen(setup: Setup) {
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let eva = app.register("eva@example.com").await;
        let [a, b] = two_accounts(&app, &ana).await;
        let key = app.api_key_for(&ana, &["read"], Some(&[&a])).await;
        let mut limited = Source::open(&key, "", "").await;
        let mut one = Source::open(&ana, &format!("?account_ids={b}"), "").await;
        let mut typed = Source::open(&ana, "?types=account:created", "").await;
        let mut evas = Source::open(&eva, "", "").await;
        called(&app, &a, "of a").await;
        called(&app, &b, "of b").await;
        let new = app.account(&ana, "New").await;
        let of_eva = app.account(&eva, "Eva's").await;
        called(&app, &a, "of a again").await;
        called(&app, &b, "of b again").await;
        assert_eq!(limited.labels(2).await, ["of a", "of a again"]);
        assert_eq!(one.labels(2).await, ["of b", "of b again"]);
        assert_eq!(typed.event().await["account_id"], new.as_str());
        assert_eq!(evas.event().await["account_id"], of_eva.as_str());

        let path = format!("/api/events/stream?account_ids={a}");
        eva.get(&path).await.expect_error(404, "account_not_found");
        ana.get("/api/events/stream?account_ids=x").await.expect_invalid("account_ids");
        let send = app.api_key(&ana, &["send"]).await;
        send.get("/api/events/stream").await.expect_error(403, "scope_missing");
        ana.get("/api/events/stream?types=x").await.expect_invalid("types");
        ana.get("/api/events/stream?last_event_id=x").await.expect_invalid("last_event_id");
        app.stop().await;
    }

    async fn a_stream_ends_with_what_opened_it(setup: Setup) {
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        app.account(&ana, "A").await;
        let key = app.api_key(&ana, &["read"]).await;
        let by_key = Source::open(&key, "", "").await;
        let by_cookie = Source::open(&ana, "", "").await;
        let listed = ana.get("/api/keys").await.expect(200);
        let id = listed["items"][0]["id"].as_str().unwrap();
        ana.delete(&format!("/api/keys/{id}")).await.expect(204);
        by_key.until_ended().await;
        ana.post("/api/auth/logout", json!({})).await;
        by_cookie.until_ended().await;
        key.get("/api/events/stream").await.expect_error(401, "invalid_key");
        app.stop().await;
    }

    async fn a_stream_ends_when_the_server_stops(setup: Setup) {
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        app.account(&ana, "A").await;
        let source = Source::open(&ana, "", "").await;
        app.stop().await;
        source.until_ended().await;
    }

    async fn the_removal_of_an_account_is_the_last_that_is_told_of_it(setup: Setup) {
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let [a, b] = two_accounts(&app, &ana).await;
        let mut source = Source::open(&ana, "", "").await;
        ana.delete(&format!("/api/accounts/{a}")).await.expect(204);
        let last = loop {
            let event = source.event().await;
            if event["type"] == "account:removed" {
                break event;
            }
        };
        assert_eq!(last["account_id"], a.as_str());
        called(&app, &b, "still here").await;
        assert_eq!(source.labels(1).await, ["still here"]);
        assert!(!source.last_id.contains(&a[24..]), "{}", source.last_id);
        app.stop().await;
    }
}
