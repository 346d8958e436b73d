use reqwest::multipart::{Form, Part};
use reqwest::{Client, StatusCode};
use serde_json::Value;
use whahook_simulator::{ChatMessage, Config, Simulator};
use whatsapp_rust::download::MediaType;
use whatsapp_rust::media::{ImageOptions, image_message};
use whatsapp_rust::prelude::*;
use whatsapp_rust::waproto::whatsapp::message::ImageMessage;

use crate::support::*;

/// Not a multiple of a cipher's block, and more than one chunk of the library's.
fn picture() -> Vec<u8> {
    (0..300_001_u32).map(|n| (n % 251) as u8).collect()
}

fn options() -> ImageOptions {
    ImageOptions {
        mimetype: Some("image/png".to_owned()),
        caption: Some("the harbour".to_owned()),
        ..Default::default()
    }
}

async fn media_on_phone(simulator: &Simulator, id: &str) -> ChatMessage {
    eventually("media on the phone", async || {
        let messages = simulator.messages(BRUNO).unwrap();
        messages.into_iter().find(|m| m.id == id)
    })
    .await
}

async fn image(client: &TestClient) -> ImageMessage {
    client
        .event("an image", |event| match event {
            Event::Messages(batch) => batch
                .messages
                .iter()
                .find_map(|m| m.message.image_message.as_option().cloned()),
            _ => None,
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_of_a_client_stands_on_the_phone_byte_for_byte_even_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        data: Some(folder.path().to_owned()),
        ..Default::default()
    };
    let simulator = Simulator::start(config.clone()).await.unwrap();
    simulator.add_phone(ANA, "Ana").await.unwrap();
    simulator.add_phone(BRUNO, "Bruno").await.unwrap();
    let ana = TestClient::linked(&simulator, ANA).await;
    let uploaded = ana
        .client
        .upload(picture(), MediaType::Image, Default::default());
    let message = image_message(uploaded.await.unwrap(), options());
    let id = ana
        .client
        .send_message(jid(BRUNO), message)
        .await
        .unwrap()
        .message_id;
    let received = media_on_phone(&simulator, &id).await;
    assert_eq!(
        (received.kind.as_str(), received.text.as_str()),
        ("image", "the harbour")
    );
    let media = received.media.unwrap();
    assert_eq!(media.error, None);
    assert_eq!(
        (media.mime_type.as_str(), media.size),
        ("image/png", 300_001)
    );
    assert_eq!(media.caption.as_deref(), Some("the harbour"));
    ana.stop().await;
    simulator.stop().await;

    let simulator = Simulator::start(config).await.unwrap();
    let url = format!(
        "{}/phones/{BRUNO}/messages/{id}/media",
        simulator.http_url()
    );
    let http = Client::new();
    let shown = http.get(&url).send().await.unwrap();
    assert_eq!(shown.headers()["content-type"], "image/png");
    assert_eq!(shown.bytes().await.unwrap(), picture());
    let part = http
        .get(&url)
        .header("range", "bytes=10-19")
        .send()
        .await
        .unwrap();
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.headers()["content-range"], "bytes 10-19/300001");
    assert_eq!(part.bytes().await.unwrap(), picture()[10..20]);
    let past = http
        .get(&url)
        .header("range", "bytes=300001-")
        .send()
        .await
        .unwrap();
    assert_eq!(past.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_of_a_phone_is_downloaded_by_the_client() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let file = Part::bytes(picture())
        .file_name("a.png")
        .mime_str("image/png")
        .unwrap();
    let form = Form::new()
        .text("to", ANA)
        .text("caption", "look")
        .part("file", file);
    let url = format!("{}/phones/{BRUNO}/messages", simulator.http_url());
    let response = Client::new()
        .post(url)
        .multipart(form)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::CREATED);
    let written: Value = response.json().await.unwrap();
    assert_eq!(written["type"], "image");
    let received = image(&ana).await;
    assert_eq!(received.caption.as_deref(), Some("look"));
    assert_eq!(ana.client.download(&received).await.unwrap(), picture());
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_tampered_with_is_told_as_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        data: Some(folder.path().to_owned()),
        ..Default::default()
    };
    let simulator = Simulator::start(config).await.unwrap();
    simulator.add_phone(ANA, "Ana").await.unwrap();
    simulator.add_phone(BRUNO, "Bruno").await.unwrap();
    let ana = TestClient::linked(&simulator, ANA).await;
    let uploaded = ana
        .client
        .upload(picture(), MediaType::Image, Default::default());
    let uploaded = uploaded.await.unwrap();
    let blob = folder
        .path()
        .join("media")
        .join(uploaded.direct_path.rsplit('/').next().unwrap());
    let mut bytes = std::fs::read(&blob).unwrap();
    bytes[1000] ^= 1;
    std::fs::write(&blob, bytes).unwrap();
    let message = image_message(uploaded, options());
    let id = ana
        .client
        .send_message(jid(BRUNO), message)
        .await
        .unwrap()
        .message_id;
    let media = media_on_phone(&simulator, &id).await.media.unwrap();
    assert!(media.error.unwrap().contains("hash differs"));
    let url = format!(
        "{}/phones/{BRUNO}/messages/{id}/media",
        simulator.http_url()
    );
    let shown = Client::new().get(&url).send().await.unwrap();
    assert_eq!(shown.status(), StatusCode::CONFLICT);

    std::fs::remove_file(&blob).unwrap();
    let told = simulator.media(BRUNO, &id).unwrap_err().to_string();
    assert!(told.contains("do not have the file"), "{told}");
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_tokens_and_authorisations_are_refused() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let auth = ana.client.refresh_media_conn(true).await.unwrap().auth;
    let http = Client::new();
    let at = |path: &str| format!("{}{path}", simulator.http_url());
    let upload = async |token: &str, auth: &str| {
        let url = at(&format!("/mms/image/{token}?auth={auth}&token={token}"));
        let sent = http.post(url).body("abc").send().await.unwrap();
        sent.status()
    };
    let other = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    // The SHA-256 of "abc".
    let own = "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0";
    assert_eq!(upload(own, "guessed").await, StatusCode::UNAUTHORIZED);
    assert_eq!(upload(other, &auth).await, StatusCode::BAD_REQUEST);
    assert_eq!(
        upload("..%2Fsimulator.db", &auth).await,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(upload(own, &auth).await, StatusCode::OK);
    let get = async |path: String| http.get(at(&path)).send().await.unwrap().status();
    assert_eq!(
        get(format!("/v/t62/{own}?token={own}")).await,
        StatusCode::OK
    );
    assert_eq!(
        get(format!("/v/t62/{own}?token={other}")).await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        get(format!("/v/t62/{own}?auth=guessed")).await,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(get(format!("/v/t62/{other}")).await, StatusCode::NOT_FOUND);
    let resume = format!("/mms/image/{own}?auth={auth}&token={own}&resume=1");
    let known: Value = http
        .post(at(&resume))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(known["resume"], "complete");
    simulator.stop().await;
}
