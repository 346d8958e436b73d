//! What the other side sees besides messages: typing, read, online.

use crate::support::{
    Setup,
    eventually::eventually,
    on_both_databases,
    whatsapp::{ANA, BRUNO, simulator, until_received},
};
use serde_json::{Value, json};
use whahook_simulator::{ChatMessage, Simulator, Status};

/// What a phone is shown of others.
async fn shown(simulator: &Simulator, phone: &str) -> Value {
    let url = format!("{}/phones/{phone}/presence", simulator.http_url());
    reqwest::get(url).await.unwrap().json().await.unwrap()
}

on_both_databases! {
    async fn the_other_side_sees_typing_recording_and_its_end(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let typing = format!("/api/accounts/{account}/chats/%2B593991203344/typing");
        for (state, doing) in [("typing", "composing"), ("recording", "recording")] {
            ana.post(&typing, json!({"state": state})).await.expect(204);
            eventually(
                || shown(&simulator, BRUNO),
                |shown| shown["typing"].to_string().contains(doing),
            )
            .await;
        }
        ana.post(&typing, json!({"state": "stopped"})).await.expect(204);
        eventually(|| shown(&simulator, BRUNO), |shown| shown["typing"] == json!([])).await;
        app.stop().await;
    }

    async fn received_messages_are_marked_as_read(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        simulator.send_text(BRUNO, ANA, "hello").await.unwrap();
        let got = until_received(&simulator, ANA, 1).await;
        let read = format!("/api/accounts/{account}/chats/{BRUNO}/read").replace('+', "%2B");
        ana.post(&read, json!({"message_ids": [got[0].id]})).await.expect(204);
        eventually(
            || async { simulator.messages(BRUNO).unwrap() },
            |messages| {
                let is_read = |message: &ChatMessage| message.status == Status::Read;
                messages.iter().any(|message| message.id == got[0].id && is_read(message))
            },
        )
        .await;
        app.stop().await;
    }

    async fn the_account_is_shown_online_and_not(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let presence = format!("/api/accounts/{account}/presence");
        for (word, online) in [("available", true), ("unavailable", false)] {
            let put = ana.request(reqwest::Method::PUT, &presence);
            let answer = crate::support::send(put.json(&json!({"presence": word}))).await;
            assert_eq!(answer.status, 204, "{}", answer.text);
            eventually(
                || shown(&simulator, ANA),
                |shown| shown["available"] == json!(online),
            )
            .await;
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn without_a_connection_it_says_what_the_session_is_and_bad_input_is_named() {
    let app = Setup::sqlite().start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    let chats = format!("/api/accounts/{account}/chats");
    let typing = json!({"state": "typing"});
    let refused = ana
        .post(&format!("{chats}/593991203344/typing"), typing.clone())
        .await;
    let details = refused.expect_error(409, "not_connected");
    assert_eq!(details["status"], "disconnected");
    let nobody = ana
        .post(&format!("{chats}/nobody/typing"), typing.clone())
        .await;
    nobody.expect_invalid("chat");
    let read = |chat: &str| format!("{chats}/{chat}/read");
    for (field, chat, body) in [
        ("message_ids", "593991203344", json!({"message_ids": []})),
        (
            "message_ids",
            "593991203344",
            json!({"message_ids": ["a b"]}),
        ),
        (
            "from",
            "120363012345678901@g.us",
            json!({"message_ids": ["3EB0"]}),
        ),
        (
            "from",
            "593991203344",
            json!({"message_ids": ["3EB0"], "from": "nobody"}),
        ),
    ] {
        ana.post(&read(chat), body).await.expect_invalid(field);
    }
    let bruno = app.register("bruno@example.com").await;
    let not_his = bruno
        .post(&format!("{chats}/593991203344/typing"), typing.clone())
        .await;
    not_his.expect_error(404, "account_not_found");
    let key = app.api_key(&ana, &["read"]).await;
    let refused = key
        .post(&format!("{chats}/593991203344/typing"), typing)
        .await;
    refused.expect_error(403, "scope_missing");
    app.stop().await;
}
