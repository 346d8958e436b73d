//! Files of messages that come in: fetched, kept, handed out.

use crate::support::{
    Answer, Client, PASSWORD, TestApp,
    eventually::eventually,
    fake::{FakeGateway, FakeWhatsApp},
    on_both_databases,
    samples::picture,
    send,
    whatsapp::{ANA, BRUNO, ledger, simulator, until_status},
};
use axum::body::Bytes;
use image::ImageFormat;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use whahook_contract::event::Event;
use whahook_simulator::{Attachment, Simulator};
use whahook_whatsapp::port::{
    Attachment as Attached, Author, Body, Chat, DownloadError, Incoming, MediaKind, Person,
    RemoteFile,
};

const DAY: Duration = Duration::from_secs(86_400);

async fn bruno_sends(simulator: &Simulator, bytes: &[u8], kind: &str, mime_type: &str) {
    let attachment = Attachment {
        kind: Some(kind.to_owned()),
        mime_type: mime_type.to_owned(),
        file_name: (kind == "document").then(|| "invoice.pdf".to_owned()),
        caption: None,
        quoted: None,
        view_once: false,
        bytes: Bytes::copy_from_slice(bytes),
    };
    simulator.send_media(BRUNO, ANA, attachment).await.unwrap();
}

/// The newest message of the only conversation, once its file is in the state.
async fn until_file(owner: &Client, account: &str, state: &str) -> Value {
    let path = format!("/api/conversations?account_id={account}");
    eventually(
        || async {
            let list = owner.get(&path).await.expect(200);
            list["items"][0]["last_message"].clone()
        },
        |message| message["media"]["state"] == state,
    )
    .await
}

fn address(message: &Value) -> String {
    format!(
        "/api/conversations/{}/messages/{}/media",
        message["conversation_id"].as_str().unwrap(),
        message["id"].as_str().unwrap()
    )
}

async fn part_of(owner: &Client, path: &str, range: &str) -> Answer {
    let request = owner.request(Method::GET, path).header("range", range);
    send(request).await
}

async fn bytes_of(owner: &Client, path: &str) -> Vec<u8> {
    let answer = owner.request(Method::GET, path).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    answer.bytes().await.unwrap().to_vec()
}

/// The states that were told of files, in order.
async fn told(app: &TestApp, account: &str) -> Vec<String> {
    let events = ledger(app, account).await;
    let state = |event: &Event| match event {
        Event::MessageMedia { media, .. } => {
            let reason = media.reason.map_or("", |reason| reason.code());
            Some(format!("{}/{reason}", media.state?))
        }
        _ => None,
    };
    events.iter().filter_map(state).collect()
}

on_both_databases! {
    async fn a_file_that_comes_in_is_fetched_and_handed_out(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let png = picture(40, 30, ImageFormat::Png);
        // What the phone says of it is not what it is.
        bruno_sends(&simulator, &png, "image", "image/jpeg").await;
        let message = until_file(&ana, &account, "ready").await;
        let media = &message["media"];
        assert_eq!(media["mime_type"], "image/png", "as its bytes say");
        assert_eq!(media["size"], png.len());
        assert_eq!(media["sha256"], hex::encode(Sha256::digest(&png)));
        let path = address(&message);
        assert_eq!(bytes_of(&ana, &path).await, png);
        let part = part_of(&ana, &path, "bytes=1-3").await;
        assert_eq!((part.status, part.text.as_str()), (206, "PNG"));
        let beyond = part_of(&ana, &path, "bytes=500000-").await;
        beyond.expect_error(416, "range_not_satisfiable");
        assert_eq!(told(&app, &account).await, ["ready/"]);
        // It is a file like any: it can be sent on.
        let by_id = format!("/api/media/{}/file", media["id"].as_str().unwrap());
        assert_eq!(bytes_of(&ana, &by_id).await, png);

        let other = app.register("eve@example.com").await;
        other.get(&path).await.expect_error(404, "conversation_not_found");
        other.post(&path, json!({})).await.expect_error(404, "conversation_not_found");
        let elsewhere = app.account(&ana, "Other").await;
        let key = app.api_key_for(&ana, &["read"], Some(&[&elsewhere])).await;
        key.get(&path).await.expect_error(404, "conversation_not_found");
        let key = app.api_key(&ana, &["send"]).await;
        key.get(&path).await.expect_error(403, "scope_missing");
        let nobody = path.replace(message["id"].as_str().unwrap(), elsewhere.as_str());
        ana.get(&nobody).await.expect_error(404, "message_not_found");
        simulator.send_text(BRUNO, ANA, "no file").await.unwrap();
        let text = eventually(
            || async {
                let list = ana.get("/api/conversations").await.expect(200);
                list["items"][0]["last_message"].clone()
            },
            |message| message["type"] == "text",
        ).await;
        ana.get(&address(&text)).await.expect_error(404, "media_not_found");
        app.stop().await;
    }

    async fn an_account_says_which_files_come_by_themselves(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let settings = format!("/api/accounts/{account}/receiving");
        let before = ana.get(&settings).await.expect(200);
        assert_eq!(before["media_download"], Value::Null);
        assert_eq!(before["applies"]["media_download"], "all");
        assert_eq!(before["applies"]["media_max_bytes"], 104_857_600);
        let change = json!({"media_kinds": ["document"], "media_max_bytes": 1_000});
        let after = ana.patch(&settings, change).await.expect(200);
        assert_eq!(after["applies"]["media_kinds"], json!(["document"]));
        let too_large = json!({"media_max_bytes": 104_857_601});
        ana.patch(&settings, too_large).await.expect_invalid("media_max_bytes");

        bruno_sends(&simulator, &[7; 1_000], "document", "application/pdf").await;
        let small = until_file(&ana, &account, "ready").await;
        assert_eq!(small["media"]["file_name"], "invoice.pdf");
        let large = vec![8; 1_001];
        bruno_sends(&simulator, &large, "document", "application/pdf").await;
        let message = until_file(&ana, &account, "on_demand").await;
        assert_eq!(message["media"]["reason"], "size");
        let path = address(&message);
        let details = ana.get(&path).await.expect_error(409, "media_not_here");
        assert_eq!(details, json!({"state": "on_demand", "reason": "size"}));
        let key = app.api_key(&ana, &["read"]).await;
        let asked = key.post(&path, json!({})).await.expect(202);
        assert_eq!(asked["state"], "pending");
        until_file(&ana, &account, "ready").await;
        assert_eq!(bytes_of(&ana, &path).await, large);
        let asked = ana.post(&path, json!({})).await.expect(202);
        assert_eq!(asked["state"], "ready", "asked for in vain");

        ana.patch(&settings, json!({"media_download": "none"})).await.expect(200);
        bruno_sends(&simulator, &[9; 10], "document", "application/pdf").await;
        let message = until_file(&ana, &account, "on_demand").await;
        assert_eq!(message["media"]["reason"], "off");
        ana.post(&address(&message), json!({})).await.expect_error(409, "media_download_off");
        let back = ana.patch(&settings, json!({"media_download": null, "media_kinds": null}));
        assert_eq!(back.await.expect(200)["applies"], json!({
            "media_download": "all",
            "media_kinds": ["image", "video", "gif", "audio", "voice", "document", "sticker"],
            "media_max_bytes": 1_000,
            "statuses": false,
            "history_days": 0,
            "history_messages": 1_000,
        }));
        let reader = app.api_key(&ana, &["read", "send"]).await;
        reader.patch(&settings, json!({})).await.expect_error(403, "scope_missing");
        app.stop().await;
    }

    async fn a_file_that_does_not_come_is_tried_again_and_can_be_asked_for(setup: Setup) {
        let fake = FakeWhatsApp::new();
        let (setup, hands) = setup.with_manual_clock();
        let app = setup.on_gateway(Arc::new(FakeGateway(fake.clone()))).start().await;
        let ana = app.register("ana@example.com").await;
        let (account, session) = linked(&app, &ana).await;
        let later = || Err(DownloadError::NotNow("HTTP 503".to_owned()));
        fake.files.lock().extend([later(), later(), Ok(b"hello".to_vec())]);
        fake.deliver(&session, vec![document("A1", b"hello")]).await.unwrap();
        eventually(|| async { fake.files.lock().len() }, |left| *left == 2).await;
        eventually(
            || async {
                // Due by the clock alone.
                hands.advance(Duration::from_secs(60));
                until_file_now(&ana, &account).await
            },
            |message| message["media"]["state"] == "ready",
        ).await;
        assert_eq!(told(&app, &account).await, ["ready/"]);

        // Damaged each time, then gone, and there after all.
        let damaged = || Ok(b"jello".to_vec());
        fake.files.lock().extend([damaged(), damaged(), damaged()]);
        fake.deliver(&session, vec![document("A2", b"other")]).await.unwrap();
        let message = eventually(
            || async {
                hands.advance(Duration::from_secs(60));
                until_file_now(&ana, &account).await
            },
            |message| message["media"]["state"] == "failed",
        ).await;
        assert_eq!(message["media"]["reason"], "damaged");
        fake.files.lock().push_back(Err(DownloadError::Gone));
        let path = address(&message);
        ana.post(&path, json!({})).await.expect(202);
        eventually(
            || async { until_file_now(&ana, &account).await["media"]["reason"].clone() },
            |reason| *reason == "gone",
        ).await;
        fake.files.lock().push_back(Ok(b"other".to_vec()));
        ana.post(&path, json!({})).await.expect(202);
        until_file(&ana, &account, "ready").await;
        let told = told(&app, &account).await;
        assert_eq!(told, ["ready/", "failed/damaged", "failed/gone", "ready/"]);
        app.stop().await;
    }

    async fn a_file_that_waits_outlives_a_restart(setup: Setup) {
        let fake = FakeWhatsApp::new();
        let app = setup.on_gateway(Arc::new(FakeGateway(fake.clone()))).start().await;
        let ana = app.register("ana@example.com").await;
        let (account, session) = linked(&app, &ana).await;
        fake.files.lock().push_back(Err(DownloadError::NotNow("HTTP 503".to_owned())));
        fake.deliver(&session, vec![document("A1", b"hello")]).await.unwrap();
        eventually(|| async { fake.files.lock().len() }, |left| *left == 0).await;
        let app = app.restart().await;
        fake.files.lock().push_back(Ok(b"hello".to_vec()));
        let ana = app.browser();
        let login = json!({"email": "ana@example.com", "password": PASSWORD});
        ana.post("/api/auth/login", login).await.expect(200);
        let message = until_file(&ana, &account, "ready").await;
        assert_eq!(bytes_of(&ana, &address(&message)).await, b"hello");
        app.stop().await;
    }

    async fn files_count_for_the_owners_quota_and_go_by_retention(setup: Setup) {
        let fake = FakeWhatsApp::new();
        let (setup, hands) = setup.with("MEDIA_QUOTA_BYTES", "8").with_manual_clock();
        let app = setup.on_gateway(Arc::new(FakeGateway(fake.clone()))).start().await;
        let ana = app.register("ana@example.com").await;
        let (account, session) = linked(&app, &ana).await;
        // A cookie does not last as long.
        let ana = app.api_key(&ana, &["read"]).await;
        fake.files.lock().push_back(Ok(b"hello".to_vec()));
        fake.deliver(&session, vec![document("A1", b"hello")]).await.unwrap();
        let first = until_file(&ana, &account, "ready").await;
        fake.files.lock().push_back(Ok(b"world".to_vec()));
        fake.deliver(&session, vec![document("A2", b"world")]).await.unwrap();
        let second = until_file(&ana, &account, "failed").await;
        assert_eq!(second["media"]["reason"], "quota_exceeded");

        hands.advance(DAY * 31);
        assert_eq!(app.app.media.remove_unneeded().await.unwrap(), 1);
        let path = address(&first);
        let details = ana.get(&path).await.expect_error(409, "media_not_here");
        assert_eq!(details["state"], "expired");
        fake.files.lock().push_back(Ok(b"world".to_vec()));
        ana.post(&address(&second), json!({})).await.expect(202);
        until_file(&ana, &account, "ready").await;
        app.stop().await;
    }
}

/// An account that the fake has linked, and its session.
async fn linked(app: &TestApp, owner: &Client) -> (String, String) {
    let account = app.account(owner, "Store").await;
    let path = format!("/api/accounts/{account}/session");
    let session = owner.post(&path, json!({})).await.expect(202);
    until_status(owner, &account, "ready").await;
    (account, session["session_id"].as_str().unwrap().to_owned())
}

async fn until_file_now(owner: &Client, account: &str) -> Value {
    let path = format!("/api/conversations?account_id={account}");
    let list = owner.get(&path).await.expect(200);
    list["items"][0]["last_message"].clone()
}

/// A document with these bytes, as WhatsApp hands it on.
fn document(id: &str, bytes: &[u8]) -> Incoming {
    let n: u64 = id.trim_start_matches('A').parse().unwrap();
    let from = Person {
        phone_number: Some(BRUNO.to_owned()),
        lid: None,
    };
    Incoming {
        id: id.to_owned(),
        chat: Chat::Person(from.clone()),
        author: Author {
            person: from,
            ..Author::default()
        },
        at: SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000 + n),
        body: Body::Media(Box::new(Attached {
            kind: MediaKind::Document,
            file: RemoteFile {
                direct_path: format!("/v/{id}"),
                key: "00".repeat(32),
                sha256: hex::encode(Sha256::digest(bytes)),
                encrypted_sha256: String::new(),
                size: bytes.len() as u64,
            },
            mime_type: Some("application/pdf".to_owned()),
            file_name: Some("a.pdf".to_owned()),
            caption: None,
            width: None,
            height: None,
            seconds: None,
            view_once: false,
        })),
        quote: None,
        mentions: Vec::new(),
    }
}
