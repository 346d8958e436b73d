//! Pictures of people and groups, and status updates.

use crate::support::{
    Client,
    eventually::eventually,
    on_both_databases,
    samples::picture,
    whatsapp::{ANA, BRUNO, ledger, simulator},
};
use axum::body::Bytes;
use image::ImageFormat;
use reqwest::Method;
use serde_json::{Value, json};
use whahook_contract::event::Event;
use whahook_simulator::Addressing;

async fn conversations(
    owner: &Client,
    account: &str,
    right: impl Fn(&[Value]) -> bool,
) -> Vec<Value> {
    let path = format!("/api/conversations?account_id={account}");
    eventually(
        || async {
            let list = owner.get(&path).await.expect(200);
            list["items"].as_array().unwrap().clone()
        },
        |items| right(items),
    )
    .await
}

async fn bytes_of(owner: &Client, path: &str) -> Vec<u8> {
    let answer = owner.request(Method::GET, path).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(answer.headers()["content-type"], "image/png");
    answer.bytes().await.unwrap().to_vec()
}

on_both_databases! {
    async fn a_picture_is_fetched_when_somebody_looks_and_again_when_it_changes(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        simulator.send_text(BRUNO, ANA, "Hello").await.unwrap();
        let found = conversations(&ana, &account, |all| all.len() == 1).await;
        let id = found[0]["id"].as_str().unwrap().to_owned();
        assert_eq!(found[0]["picture_id"], Value::Null);
        let path = format!("/api/conversations/{id}/picture");
        ana.get(&path).await.expect_error(404, "picture_not_found");

        let mut shown = Vec::new();
        for side in [20, 30] {
            let png = picture(side, side, ImageFormat::Png);
            let bytes = Some(Bytes::from(png.clone()));
            let phone = simulator.set_picture(BRUNO, bytes).await.unwrap();
            let newest = phone.picture_id.unwrap();
            // He is told of by himself.
            conversations(&ana, &account, |all| all[0]["picture_id"] == newest.as_str()).await;
            assert_eq!(bytes_of(&ana, &path).await, png);
            assert_eq!(bytes_of(&ana, &path).await, png, "the second time from the volume");
            shown.push(newest);
        }
        let other = app.register("eve@example.com").await;
        other.get(&path).await.expect_error(404, "conversation_not_found");

        simulator.set_picture(BRUNO, None).await.unwrap();
        conversations(&ana, &account, |all| all[0]["picture_id"].is_null()).await;
        ana.get(&path).await.expect_error(404, "picture_not_found");
        let told: Vec<Option<String>> = ledger(&app, &account).await.into_iter()
            .filter_map(|event| match event {
                Event::ConversationPicture { picture_id, conversation_id, .. } => {
                    assert_eq!(conversation_id.to_string(), id);
                    Some(picture_id)
                }
                _ => None,
            })
            .collect();
        let shown: Vec<Option<String>> = shown.into_iter().map(Some).chain([None]).collect();
        assert_eq!(told, shown);
        app.stop().await;
    }

    async fn the_picture_of_a_group_is_shown_and_told_of_like_a_persons(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let group = simulator
            .make_group("Saturday", BRUNO, &[ANA.to_owned()], Addressing::Lid)
            .await
            .unwrap()
            .jid;
        simulator.send_text(BRUNO, &group, "Hello").await.unwrap();
        let found = conversations(&ana, &account, |all| all.len() == 1 && all[0]["kind"] == "group").await;
        let path = format!("/api/conversations/{}/picture", found[0]["id"].as_str().unwrap());
        ana.get(&path).await.expect_error(404, "picture_not_found");

        let png = picture(20, 20, ImageFormat::Png);
        let shown = simulator
            .set_group_picture(&group, None, Some(Bytes::from(png.clone())))
            .await
            .unwrap();
        let newest = shown.picture_id.unwrap();
        conversations(&ana, &account, |all| all[0]["picture_id"] == newest.as_str()).await;
        assert_eq!(bytes_of(&ana, &path).await, png);

        simulator.set_group_picture(&group, None, None).await.unwrap();
        conversations(&ana, &account, |all| all[0]["picture_id"].is_null()).await;
        ana.get(&path).await.expect_error(404, "picture_not_found");
        app.stop().await;
    }

    async fn a_picture_that_is_here_is_shown_without_whatsapp(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let png = picture(20, 20, ImageFormat::Png);
        simulator.set_picture(BRUNO, Some(Bytes::from(png.clone()))).await.unwrap();
        simulator.send_text(BRUNO, ANA, "Hello").await.unwrap();
        let found = conversations(&ana, &account, |all| all.len() == 1).await;
        let path = format!("/api/conversations/{}/picture", found[0]["id"].as_str().unwrap());
        assert_eq!(bytes_of(&ana, &path).await, png);
        let session = format!("/api/accounts/{account}/session");
        ana.delete(&session).await;
        assert_eq!(bytes_of(&ana, &path).await, png);
        app.stop().await;
    }

    async fn status_updates_are_taken_where_an_account_wants_them(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        simulator.send_text(BRUNO, "status@broadcast", "on the beach").await.unwrap();
        simulator.send_text(BRUNO, ANA, "Hello").await.unwrap();
        let found = conversations(&ana, &account, |all| !all.is_empty()).await;
        assert_eq!(found.len(), 1, "nobody wanted it");
        assert_eq!(found[0]["kind"], "person");

        let settings = format!("/api/accounts/{account}/receiving");
        let after = ana.patch(&settings, json!({"statuses": true})).await.expect(200);
        assert_eq!(after["applies"]["statuses"], true);
        simulator.send_text(BRUNO, "status@broadcast", "back home").await.unwrap();
        let found = conversations(&ana, &account, |all| all.len() == 2).await;
        assert_eq!(found[0]["kind"], "status");
        assert_eq!(found[0]["with"]["jid"], "status@broadcast");
        assert_eq!(found[0]["unread"], 0, "nobody needs to read it");
        let last = &found[0]["last_message"];
        assert_eq!(last["text"], "back home");
        assert_eq!(last["from"]["phone_number"], BRUNO);
        app.stop().await;
    }
}
