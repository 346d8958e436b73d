//! Files to send: taken in, told about, kept as long as they are needed.

use crate::support::{
    Answer, Client, Setup, TestApp,
    eventually::eventually,
    on_both_databases,
    samples::{VOICE, picture},
    send,
};
use futures::StreamExt;
use hyper::body::Bytes;
use image::ImageFormat;
use reqwest::{
    Body, Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use std::{
    fs,
    io::Write,
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{sync::mpsc, task::JoinHandle};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn part(bytes: &[u8], name: &str) -> Part {
    Part::bytes(bytes.to_vec()).file_name(name.to_owned())
}

async fn upload(client: &Client, bytes: &[u8], name: &str) -> Answer {
    let form = Form::new().part("file", part(bytes, name));
    send(client.request(Method::POST, "/api/media").multipart(form)).await
}

/// Every file under `media/` of the volume.
fn files(app: &TestApp) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![app.volume().join("media")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found
}

on_both_databases! {
    async fn the_same_bytes_of_a_person_are_one_file(setup: Setup) {
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let png = picture(300, 200, ImageFormat::Png);
        let first = upload(&ana, &png, "C:\\photos\\a b.png").await.expect(201);
        assert_eq!(first["mime_type"], "image/png");
        assert_eq!(first["size"], png.len());
        assert_eq!((&first["width"], &first["height"]), (&json!(300), &json!(200)));
        assert_eq!(first["file_name"], "a b.png");
        let hash = first["sha256"].as_str().unwrap();
        let again = upload(&ana, &png, "other.png").await.expect(201);
        assert_eq!(again["id"], first["id"]);
        assert_eq!(again["file_name"], "other.png");

        let ben = app.register("ben@example.com").await;
        let bens = upload(&ben, &png, "b.png").await.expect(201);
        assert_ne!(bens["id"], first["id"]);
        let path = app.volume().join("media").join(&hash[..2]).join(hash);
        assert_eq!(files(&app), std::slice::from_ref(&path));
        assert_eq!(fs::read(&path).unwrap(), png);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

        let id = first["id"].as_str().unwrap();
        assert_eq!(ana.get(&format!("/api/media/{id}")).await.expect(200), again);
        for path in [format!("/api/media/{id}"), format!("/api/media/{id}/file")] {
            ben.get(&path).await.expect_error(404, "media_not_found");
        }
        let reader = app.api_key(&ana, &["read"]).await;
        upload(&reader, &png, "a.png").await.expect_error(403, "scope_missing");
        let sender = app.api_key(&ana, &["send"]).await;
        sender
            .get(&format!("/api/media/{id}/file"))
            .await
            .expect_error(403, "scope_missing");
    }

    async fn a_key_of_some_accounts_has_the_files_of_their_messages_and_its_own(setup: Setup) {
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let (sales, help) = (app.account(&ana, "Sales").await, app.account(&ana, "Help").await);
        let key = app.api_key_for(&ana, &["read", "send"], Some(&[&sales])).await;
        let message = |account: &str, id: &Value| json!({
            "account_id": account, "to": "+6287733760363", "type": "document", "media": {"id": id},
        });
        let path = |id: &Value| format!("/api/media/{}", id.as_str().unwrap());
        let file = |bytes: &'static [u8]| upload(&ana, bytes, "a.bin");
        let (unsent, theirs, ours) = (
            file(b"1").await.expect(201)["id"].clone(),
            file(b"2").await.expect(201)["id"].clone(),
            file(b"3").await.expect(201)["id"].clone(),
        );
        ana.post("/api/messages", message(&help, &theirs)).await.expect(202);
        ana.post("/api/messages", message(&sales, &ours)).await.expect(202);
        for hidden in [&unsent, &theirs] {
            key.get(&path(hidden)).await.expect_error(404, "media_not_found");
            key.get(&format!("{}/file", path(hidden))).await.expect_error(404, "media_not_found");
            key.post("/api/messages", message(&sales, hidden)).await.expect_invalid("media.id");
            let mut bulk = message(&sales, hidden);
            bulk.as_object_mut().unwrap().remove("to");
            bulk["recipients"] = json!([{"to": "+6287733760363"}]);
            key.post("/api/messages/bulk", bulk).await.expect_invalid("media.id");
        }
        key.get(&format!("{}/file", path(&ours))).await.expect(200);
        key.post("/api/messages", message(&sales, &ours)).await.expect(202);
        let own = upload(&key, b"4", "b.bin").await.expect(201)["id"].clone();
        key.get(&path(&own)).await.expect(200);
        key.post("/api/messages", message(&sales, &own)).await.expect(202);
        let other = app.api_key_for(&ana, &["read"], Some(&[&help])).await;
        other.get(&path(&own)).await.expect_error(404, "media_not_found");
        other.get(&path(&theirs)).await.expect(200);
    }

    async fn a_message_comes_with_its_file(setup: Setup) {
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Sales").await;
        let form = |account: &str| {
            Form::new()
                .part("file", part(VOICE, "note.ogg"))
                .text("account_id", account.to_owned())
                .text("to", "+6287733760363")
                .text("type", "voice")
                .text("idempotency_key", "1")
                .text("metadata", r#"{"order": 7}"#)
        };
        let post = |form: Form| send(ana.request(Method::POST, "/api/messages").multipart(form));
        let accepted = post(form(&account)).await.expect(202);
        assert_eq!(accepted["type"], "voice");
        assert_eq!(accepted["metadata"], json!({"order": 7}));
        let media = &accepted["media"];
        assert_eq!(media["mime_type"], "audio/ogg; codecs=opus");
        assert_eq!(media["seconds"], 3);
        assert_eq!(media["file_name"], "note.ogg");
        assert_eq!(post(form(&account)).await.expect(202), accepted);

        // The same file again, by its id; the whole message as one part.
        let message = json!({
            "account_id": account, "to": "+6287733760363", "type": "document",
            "media": {"id": media["id"], "file_name": "again.ogg"}, "caption": "Listen",
        });
        let form = Form::new().text("message", message.to_string());
        let by_id = post(form).await.expect(202);
        assert_eq!(by_id["media"]["id"], media["id"]);
        assert_eq!(by_id["media"]["file_name"], "again.ogg");
        assert_eq!(by_id["caption"], "Listen");

        let ben = app.register("ben@example.com").await;
        let theirs = json!({
            "account_id": app.account(&ben, "B").await, "to": "+6287733760363",
            "type": "document", "media": {"id": media["id"]},
        });
        ben.post("/api/messages", theirs).await.expect_invalid("media.id");
    }

    async fn what_is_wrong_with_a_message_keeps_its_file_out(setup: Setup) {
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Sales").await;
        let png = picture(300, 200, ImageFormat::Png);
        let webp = picture(100, 100, ImageFormat::WebP);
        let table: [(&str, &str, &[u8], &str); 9] = [
            ("text", "+6287733760363", &png, "file"),
            ("image", "nobody", &png, "to"),
            ("voice", "+6287733760363", &png, "media"),
            ("video", "+6287733760363", &png, "media"),
            ("sticker", "+6287733760363", &png, "media"),
            ("sticker", "+6287733760363", &webp, "media"),
            ("image", "+6287733760363", &webp, "media"),
            ("audio", "+6287733760363", b"not a sound", "media"),
            ("drawing", "+6287733760363", &png, "type"),
        ];
        for (kind, to, bytes, field) in table {
            let form = Form::new()
                .text("account_id", account.clone())
                .text("to", to.to_owned())
                .text("type", kind.to_owned())
                .part("file", part(bytes, "a.ogg"));
            let answer = send(ana.request(Method::POST, "/api/messages").multipart(form)).await;
            assert_eq!(answer.status, 422, "{kind}: {}", answer.text);
            answer.expect_invalid(field);
        }
        let two = Form::new()
            .part("file", part(&png, "a.png"))
            .part("file", part(&png, "b.png"));
        send(ana.request(Method::POST, "/api/messages").multipart(two))
            .await
            .expect_invalid("file");
        assert_eq!(files(&app), Vec::<PathBuf>::new());
        let listed = ana.get("/api/messages").await.expect(200);
        assert_eq!(listed["items"], json!([]));
    }

    async fn a_file_is_removed_when_no_message_needs_it_any_more(setup: Setup) {
        let (setup, hands) = setup.with_manual_clock();
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let key = app.api_key(&ana, &["read", "send"]).await;
        let account = app.account(&ana, "Sales").await;
        let needed = upload(&key, VOICE, "a.ogg").await.expect(201);
        let png = picture(20, 20, ImageFormat::Png);
        let unneeded = upload(&key, &png, "b.png").await.expect(201);
        let message = json!({
            "account_id": account, "to": "+6287733760363", "type": "voice",
            "media": {"id": needed["id"]},
        });
        let message = key.post("/api/messages", message).await.expect(202);

        hands.advance(DAY * 29);
        assert_eq!(app.app.media.remove_unneeded().await.unwrap(), 0);
        hands.advance(DAY * 2);
        assert_eq!(app.app.media.remove_unneeded().await.unwrap(), 1);
        let path = |media: &Value| format!("/api/media/{}", media["id"].as_str().unwrap());
        key.get(&path(&unneeded)).await.expect_error(404, "media_not_found");
        key.get(&path(&needed)).await.expect(200);
        assert_eq!(files(&app).len(), 1);

        let id = message["id"].as_str().unwrap();
        key.delete(&format!("/api/messages/{id}")).await.expect(200);
        assert_eq!(app.app.media.remove_unneeded().await.unwrap(), 1);
        assert_eq!(files(&app), Vec::<PathBuf>::new());
    }
}

#[tokio::test]
async fn a_download_is_the_same_bytes_whole_and_in_parts() {
    let app = Setup::sqlite().start().await;
    let ana = app.register("ana@example.com").await;
    let png = picture(30, 20, ImageFormat::Png);
    let media = upload(&ana, &png, "größe.png").await.expect(201);
    let path = format!("/api/media/{}/file", media["id"].as_str().unwrap());
    let whole = ana.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(whole.status().as_u16(), 200);
    let header = |name: &str| whole.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "image/png");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(
        header("content-disposition"),
        "inline; filename*=UTF-8''gr%C3%B6%C3%9Fe%2Epng"
    );
    assert!(header("content-security-policy").contains("sandbox"));
    assert_eq!(whole.bytes().await.unwrap(), png);
    let part = ana
        .request(Method::GET, &path)
        .header("range", "bytes=1-3")
        .send()
        .await
        .unwrap();
    assert_eq!(part.status().as_u16(), 206);
    assert_eq!(part.bytes().await.unwrap(), &b"PNG"[..]);

    let beyond = ana
        .request(Method::GET, &path)
        .header("range", "bytes=5000-");
    let beyond = send(beyond).await;
    assert_eq!(
        beyond.header("content-range"),
        format!("bytes */{}", png.len())
    );
    beyond.expect_error(416, "range_not_satisfiable");

    let page = upload(&ana, b"<script>alert(1)</script>", "a.html")
        .await
        .expect(201);
    let path = format!("/api/media/{}/file", page["id"].as_str().unwrap());
    let page = ana.get(&path).await;
    assert!(page.header("content-disposition").starts_with("attachment"));
}

/// How long the only file of a folder is.
fn length_of_one(folder: &Path) -> u64 {
    let file = fs::read_dir(folder).unwrap().next();
    file.map_or(0, |file| file.unwrap().metadata().unwrap().len())
}

/// A file that comes chunk by chunk, and the answer to it.
fn upload_slowly(client: &Client) -> (mpsc::Sender<Bytes>, JoinHandle<Answer>) {
    let (chunks, coming) = mpsc::channel::<Bytes>(1);
    let coming = futures::stream::unfold(coming, async |mut coming| {
        let chunk = coming.recv().await?;
        Some((Ok::<_, std::io::Error>(chunk), coming))
    });
    let file = Part::stream(Body::wrap_stream(coming.boxed())).file_name("film.bin");
    let form = Form::new().part("file", file);
    let request = client.request(Method::POST, "/api/media").multipart(form);
    (chunks, tokio::spawn(send(request)))
}

#[tokio::test]
async fn what_has_no_room_is_not_written_and_may_be_here_already() {
    const CHUNK: usize = 1 << 20;
    const QUOTA: u64 = 10 << 20;
    let setup = Setup::sqlite().with("MEDIA_QUOTA_BYTES", &QUOTA.to_string());
    let app = setup.start().await;
    let ana = app.register("ana@example.com").await;
    let incoming = app.volume().join("media/incoming");
    let (chunks, answer) = upload_slowly(&ana);
    for _ in 0..30 {
        chunks.send(Bytes::from(vec![7; CHUNK])).await.unwrap();
        assert!(length_of_one(&incoming) <= QUOTA);
    }
    drop(chunks);
    let details = answer
        .await
        .unwrap()
        .expect_error(413, "media_quota_exceeded");
    assert_eq!(
        (&details["size"], &details["used"]),
        (&json!(30 * CHUNK), &json!(0))
    );
    assert_eq!(files(&app), Vec::<PathBuf>::new());

    let known = upload(&ana, &[5; 6 * CHUNK], "a.bin").await.expect(201);
    let again = upload(&ana, &[5; 6 * CHUNK], "b.bin").await.expect(201);
    assert_eq!(again["id"], known["id"]);
    upload(&ana, &[6; 6 * CHUNK], "c.bin")
        .await
        .expect_error(413, "media_quota_exceeded");
    assert_eq!(files(&app).len(), 1);
}

#[tokio::test]
async fn a_file_goes_to_the_volume_as_it_comes() {
    const CHUNK: usize = 1 << 20;
    const CHUNKS: usize = 50;
    let app = Setup::sqlite().start().await;
    let ana = app.register("ana@example.com").await;
    let (chunks, answer) = upload_slowly(&ana);
    let incoming = app.volume().join("media/incoming");
    for n in 0..CHUNKS {
        chunks.send(Bytes::from(vec![7; CHUNK])).await.unwrap();
        // Ten chunks later all but the last few have left the process.
        if n % 10 == 9 {
            let least = ((n - 5) * CHUNK) as u64;
            eventually(async || length_of_one(&incoming), |length| *length >= least).await;
        }
    }
    drop(chunks);
    let media = answer.await.unwrap().expect(201);
    assert_eq!(media["size"], CHUNK * CHUNKS);
    assert_eq!(files(&app).len(), 1);
}

#[tokio::test]
async fn a_file_that_is_too_large_or_empty_is_refused_and_nothing_of_it_stays() {
    let app = Setup::sqlite()
        .with("MEDIA_MAX_BYTES", "10000")
        .start()
        .await;
    let ana = app.register("ana@example.com").await;
    upload(&ana, &[1; 10_000], "a.bin").await.expect(201);
    let details = upload(&ana, &[1; 10_001], "a.bin")
        .await
        .expect_error(413, "media_too_large");
    assert_eq!(details["limit"], 10_000);
    upload(&ana, b"", "a.bin").await.expect_invalid("file");
    let none = Form::new().text("name", "a");
    send(ana.request(Method::POST, "/api/media").multipart(none))
        .await
        .expect_invalid("name");
    ana.post("/api/media", json!({}))
        .await
        .expect_error(415, "unsupported_media_type");
    assert_eq!(files(&app).len(), 1);
}

#[tokio::test]
async fn a_file_that_breaks_off_leaves_nothing() {
    let app = Setup::sqlite().start().await;
    let ana = app.register("ana@example.com").await;
    let key = app.api_key(&ana, &["send"]).await;
    let mut line = TcpStream::connect(app.url.trim_start_matches("http://")).unwrap();
    let head = format!(
        "POST /api/media HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\n\
         content-type: multipart/form-data; boundary=x\r\ncontent-length: 100000\r\n\r\n\
         --x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nbeginning",
        key.key()
    );
    line.write_all(head.as_bytes()).unwrap();
    eventually(async || files(&app), |files| files.len() == 1).await;
    drop(line);
    eventually(async || files(&app), Vec::is_empty).await;
}

#[tokio::test]
async fn what_a_crash_left_is_removed() {
    let app = Setup::sqlite().start().await;
    let ana = app.register("ana@example.com").await;
    upload(&ana, VOICE, "a.ogg").await.expect(201);
    let volume = app.volume();
    let app = app
        .restart_after(|| {
            fs::write(volume.join("media/incoming/half"), b"half").unwrap();
            // Named, but the crash came before its row.
            fs::create_dir_all(volume.join("media/ab")).unwrap();
            fs::write(volume.join("media/ab").join("ab".repeat(32)), b"lost").unwrap();
        })
        .await;
    eventually(async || files(&app), |files| files.len() == 1).await;
}

on_both_databases! {
    async fn the_files_of_a_person_have_a_quota_that_several_at_once_do_not_pass(setup: Setup) {
        let app = setup.with("MEDIA_QUOTA_BYTES", "10000").start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Sales").await;
        let file = |n: u8| vec![n; 4_000];
        let names: Vec<Vec<u8>> = (1..=6).map(file).collect();
        let answers = futures::future::join_all(
            names.iter().map(|bytes| upload(&ana, bytes, "a.bin")),
        ).await;
        let (taken, refused): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|answer| answer.status == 201);
        assert_eq!((taken.len(), refused.len()), (2, 4));
        for answer in refused {
            let details = answer.expect_error(413, "media_quota_exceeded");
            assert_eq!(details, json!({"field": "file", "size": 4_000, "used": 8_000, "quota": 10_000}));
        }
        assert_eq!(files(&app).len(), 2, "nothing of the others was kept");

        // What is here already takes no more room; what fits is taken.
        let here = taken[0].json()["sha256"].as_str().unwrap().to_owned();
        let known = names.iter().find(|bytes| {
            use sha2::{Digest, Sha256};
            hex::encode(Sha256::digest(bytes)) == here
        });
        upload(&ana, known.unwrap(), "again.bin").await.expect(201);
        upload(&ana, &[9; 2_000], "b.bin").await.expect(201);
        let form = Form::new()
            .part("file", part(&[8; 1], "c.bin"))
            .text("account_id", account)
            .text("to", "+6287733760363")
            .text("type", "document");
        let message = send(ana.request(Method::POST, "/api/messages").multipart(form)).await;
        let details = message.expect_error(413, "media_quota_exceeded");
        assert_eq!((&details["size"], &details["used"]), (&json!(1), &json!(10_000)));

        // Another person has a quota of their own.
        let ben = app.register("ben@example.com").await;
        upload(&ben, &names[0], "a.bin").await.expect(201);
    }
}
