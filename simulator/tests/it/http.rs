use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

use crate::support::*;

async fn error_code(response: Response, status: StatusCode) -> String {
    assert_eq!(response.status(), status);
    let body: Value = response.json().await.unwrap();
    assert!(body["error"]["message"].is_string());
    assert!(body["error"].as_object().unwrap().contains_key("details"));
    body["error"]["code"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_interface_does_what_a_person_would() {
    let simulator = whahook_simulator::Simulator::start(Default::default())
        .await
        .unwrap();
    let http = Client::new();
    let url = |path: &str| format!("{}{path}", simulator.http_url());
    let get = async |path: &str| -> Value {
        let response = http.get(url(path)).send().await.unwrap();
        response.json().await.unwrap()
    };
    for (number, name) in [(ANA, "Ana"), (BRUNO.trim_start_matches('+'), "Bruno")] {
        let new = json!({ "phone_number": number, "name": name });
        let response = http.post(url("/phones")).json(&new).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::CREATED);
    }
    let client = TestClient::fresh(&simulator).await;
    let scan = json!({ "qr": client.qr().await });
    let response = http
        .post(url("/phones/593987654321/scan"))
        .json(&scan)
        .send()
        .await
        .unwrap();
    let device: Value = response.json().await.unwrap();
    assert_eq!(device["jid"], "593987654321:1@s.whatsapp.net");
    client.ready().await;

    let message = json!({ "to": ANA, "text": "over http" });
    let path = format!("/phones/{BRUNO}/messages");
    let response = http.post(url(&path)).json(&message).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::CREATED);
    client.text("over http").await;
    let messages: Value = http
        .get(url(&path))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(messages[0]["from"], BRUNO);
    assert_eq!(messages[0]["to"], ANA);
    assert_eq!(messages[0]["type"], "text");

    let id = client.send(BRUNO, "and back").await;
    client.receipt(&id, ReceiptType::Delivered).await;
    let read = json!({ "from": ANA });
    let path = format!("/phones/{BRUNO}/read");
    let response = http.post(url(&path)).json(&read).send().await.unwrap();
    assert_eq!(response.json::<Value>().await.unwrap()["read"], 1);
    client.receipt(&id, ReceiptType::Read).await;

    let stats = get("/stats").await;
    assert_eq!(stats["connections"], 1);
    assert_eq!(stats["messages_relayed"], 2);
    assert_eq!(stats["clients"], 1);
    assert_eq!(stats["handshakes"], 2, "one to link and one to log in");
    let busiest = stats["handshakes_in_busiest_second"].as_u64().unwrap();
    assert!((1..=2).contains(&busiest), "{stats}");
    let lately = get("/stats?last_s=0").await;
    assert_eq!(lately["handshakes"], 2);
    assert_eq!(lately["handshakes_in_busiest_second"], 0);
    let info = get("/info").await;
    assert_eq!(info["ws"], simulator.ws_url());
    assert_eq!(info["root"].as_str().unwrap().len(), 64);

    let path = format!("/phones/{ANA}/devices/1");
    let response = http.delete(url(&path)).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    let phone = get("/phones/593987654321").await;
    assert_eq!(phone["devices"], json!([]));
    let live = http.get(url("/live")).send().await.unwrap();
    assert_eq!(live.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_are_named() {
    let simulator = simulator().await;
    let http = Client::new();
    let post = async |path: &str, body: Value| {
        let url = format!("{}{path}", simulator.http_url());
        http.post(url).json(&body).send().await.unwrap()
    };
    let new = |number: &str| json!({ "phone_number": number, "name": "X" });
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    let response = post("/phones", new("12ab")).await;
    assert_eq!(error_code(response, unprocessable).await, "invalid_number");
    let response = post("/phones", new(ANA)).await;
    assert_eq!(
        error_code(response, StatusCode::CONFLICT).await,
        "number_taken"
    );
    let response = post("/phones", json!({})).await;
    assert_eq!(error_code(response, unprocessable).await, "invalid_body");
    let scan = format!("/phones/{ANA}/scan");
    let response = post(&scan, json!({ "qr": "nonsense" })).await;
    assert_eq!(error_code(response, unprocessable).await, "invalid_qr");
    let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let stale = format!("2@gone,{key},{key},{key},1");
    let response = post(&scan, json!({ "qr": stale })).await;
    assert_eq!(error_code(response, StatusCode::GONE).await, "qr_expired");
    let message = json!({ "to": "+15550001111", "text": "hi" });
    let response = post(&format!("/phones/{ANA}/messages"), message).await;
    assert_eq!(
        error_code(response, StatusCode::NOT_FOUND).await,
        "phone_not_found"
    );
    let response = http
        .get(format!("{}/stats?last_s=long", simulator.http_url()))
        .send()
        .await
        .unwrap();
    assert_eq!(error_code(response, unprocessable).await, "invalid_input");
    let response = post("/faults", json!({ "kind": "earthquake" })).await;
    assert_eq!(error_code(response, unprocessable).await, "invalid_body");
    let response = post(
        "/faults",
        json!({ "kind": "deaf", "for_s": 0.1, "number": ANA }),
    )
    .await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
}
