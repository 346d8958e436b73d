//! What is told of chats besides messages: what cannot be read yet, missed calls,
//! and what changes about groups.

use crate::support::{
    Client, TestApp,
    eventually::eventually,
    fake::{FakeGateway, FakeWhatsApp},
    on_both_databases,
    samples::picture,
    whatsapp::{ANA, BRUNO, CARLA, ledger, simulator, until_status},
};
use axum::body::Bytes;
use image::ImageFormat;
use serde_json::{Value, json};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use whahook_contract::event::Event;
use whahook_simulator::{Addressing, Attachment, GroupChanges, Simulator};
use whahook_whatsapp::port::{Author, Body, Chat, Incoming, Person};

/// The only conversation of an account, once it is as it should be.
async fn conversation(owner: &Client, account: &str, right: impl Fn(&Value) -> bool) -> Value {
    let path = format!("/api/conversations?account_id={account}");
    eventually(
        || async { owner.get(&path).await.expect(200)["items"][0].clone() },
        |found| found.is_object() && right(found),
    )
    .await
}

/// Its lines, oldest first, once there are so many.
async fn lines(owner: &Client, conversation: &Value, count: usize) -> Vec<Value> {
    let id = conversation["id"].as_str().unwrap();
    let path = format!("/api/conversations/{id}/messages?order=oldest");
    let items = eventually(
        || async { owner.get(&path).await.expect(200)["items"].clone() },
        |items| items.as_array().unwrap().len() >= count,
    )
    .await;
    items.as_array().unwrap().clone()
}

/// What the ledger has of the kinds that have a line in a conversation: the name
/// of each, and the id of its line.
async fn told(app: &TestApp, account: &str) -> Vec<(&'static str, String)> {
    let events = ledger(app, account).await;
    let told = |event: &Event| match event {
        Event::MessageReceived(line)
        | Event::MessageWaiting(line)
        | Event::CallMissed(line)
        | Event::GroupChanged(line) => Some((event.name(), line.id.to_string())),
        _ => None,
    };
    events.iter().filter_map(told).collect()
}

async fn write(simulator: &Simulator, json: Value) -> String {
    let draft = serde_json::from_value(json).unwrap();
    simulator.send(BRUNO, ANA, draft).await.unwrap().id
}

on_both_databases! {
    async fn who_is_taken_into_a_group_again_learns_who_is_in_it(setup: Setup) {
        let simulator = simulator().await;
        simulator.add_phone(CARLA, "Carla").await.unwrap();
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let one = |number: &str| vec![number.to_owned()];
        let group = simulator.make_group("Trip", BRUNO, &one(ANA), Addressing::Lid).await.unwrap();
        simulator.send_text(BRUNO, &group.jid, "Hello").await.unwrap();
        let found = conversation(&ana, &account, |found| found["with"]["name"] == "Trip").await;
        let who = format!("/api/conversations/{}/members", found["id"].as_str().unwrap());
        let members = |count: usize| {
            let (ana, who) = (ana.clone(), who.clone());
            async move {
                eventually(
                    || async { ana.get(&who).await.expect(200) },
                    |known| known["items"].as_array().unwrap().len() == count,
                ).await
            }
        };
        members(2).await;
        // Away, it does not hear who comes.
        simulator.change_members(&group.jid, &[], &one(ANA)).await.unwrap();
        members(1).await;
        simulator.change_members(&group.jid, &one(CARLA), &[]).await.unwrap();
        simulator.change_members(&group.jid, &one(ANA), &[]).await.unwrap();
        members(3).await;
        app.stop().await;
    }

    async fn what_cannot_be_read_waits_in_its_place_until_it_comes_again(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let hidden = json!({"text": "hidden", "unreadable": "until_sent_again"});
        let id = write(&simulator, hidden).await;
        let found = conversation(&ana, &account, |found| found["unread"] == 1).await;
        let waiting = lines(&ana, &found, 1).await.remove(0);
        assert_eq!(waiting["type"], "waiting");
        assert_eq!(waiting["whatsapp_message_id"], id.as_str());
        assert_eq!(waiting["from"]["phone_number"], BRUNO);
        write(&simulator, json!({"text": "Hello?"})).await;
        lines(&ana, &found, 2).await;

        eventually(
            || async { simulator.stats().messages_asked_again },
            |asked| *asked > 0,
        ).await;
        assert!(simulator.send_again(BRUNO, &id).await.unwrap() > 0);
        let path = format!("/api/conversations/{}/messages?order=oldest", found["id"].as_str().unwrap());
        let said = eventually(
            || async { ana.get(&path).await.expect(200)["items"].clone() },
            |said| said[0]["type"] == "text",
        ).await;
        assert_eq!(said.as_array().unwrap().len(), 2);
        assert_eq!(said[0]["text"], "hidden");
        assert_eq!(said[0]["id"], waiting["id"]);
        assert_eq!(said[0]["at"], waiting["at"]);
        assert_eq!(said[1]["text"], "Hello?");
        let found = conversation(&ana, &account, |_| true).await;
        assert_eq!(found["unread"], 2, "each counts once");
        let text = |line: &Value| line["id"].as_str().unwrap().to_owned();
        assert_eq!(told(&app, &account).await, [
            ("message:waiting", text(&waiting)),
            ("message:received", text(&said[1])),
            ("message:received", text(&waiting)),
        ]);
        let words = ana.get("/api/messages/search?q=hidden").await.expect(200);
        assert_eq!(words["items"][0]["id"], waiting["id"]);
        app.stop().await;
    }

    async fn what_is_to_be_looked_at_once_is_said_to_be_there(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let attachment = Attachment {
            kind: Some("image".to_owned()),
            mime_type: "image/png".to_owned(),
            file_name: None,
            caption: None,
            quoted: None,
            view_once: true,
            bytes: Bytes::from(picture(10, 10, ImageFormat::Png)),
        };
        simulator.send_media(BRUNO, ANA, attachment).await.unwrap();
        let found = conversation(&ana, &account, |found| found["unread"] == 1).await;
        assert_eq!(found["last_message"]["type"], "view_once");
        let line = told(&app, &account).await;
        assert_eq!(line[0].0, "message:received");
        app.stop().await;
    }

    async fn a_call_that_nobody_answers_is_missed(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        for video in [false, true] {
            let call = simulator.call(BRUNO, ANA, video).await.unwrap();
            simulator.hang_up(BRUNO, &call.id).await.unwrap();
        }
        let found = conversation(&ana, &account, |found| found["unread"] == 2).await;
        assert_eq!(found["with"]["phone_number"], BRUNO);
        let missed = lines(&ana, &found, 2).await;
        for (line, video) in missed.iter().zip([false, true]) {
            assert_eq!(line["type"], "missed_call");
            assert_eq!(line["video"], video);
            assert_eq!(line["direction"], "in");
            assert_eq!(line["from"]["phone_number"], BRUNO);
        }
        let names: Vec<&str> = told(&app, &account).await.iter().map(|it| it.0).collect();
        assert_eq!(names, ["call:missed", "call:missed"]);
        app.stop().await;
    }

    async fn a_group_is_known_at_first_sight_and_its_changes_are_lines(setup: Setup) {
        let simulator = simulator().await;
        simulator.add_phone(CARLA, "Carla").await.unwrap();
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let members = [ANA.to_owned(), CARLA.to_owned()];
        let group = simulator.make_group("Trip", BRUNO, &members, Addressing::Lid).await.unwrap();
        simulator.send_text(BRUNO, &group.jid, "Hello all").await.unwrap();
        let found = conversation(&ana, &account, |found| found["with"]["name"] == "Trip").await;
        let id = found["id"].as_str().unwrap();
        let who = format!("/api/conversations/{id}/members");
        let known = eventually(
            || async { ana.get(&who).await.expect(200) },
            |known| known["known_at"].is_string(),
        ).await;
        let is = |member: &Value, number: &str| member["party"]["phone_number"] == number;
        let items = known["items"].as_array().unwrap();
        assert_eq!(items.len(), 3);
        assert!(is(&items[0], BRUNO), "admins first: {known}");
        assert_eq!(items[0]["is_admin"], true);
        assert_eq!(items[0]["party"]["name"], "Bruno");
        let me = items.iter().find(|it| it["is_me"] == true).unwrap();
        assert!(is(me, ANA), "{known}");

        simulator.rename_group(&group.jid, Some(CARLA), "Holidays").await.unwrap();
        let renamed = conversation(&ana, &account, |it| it["with"]["name"] == "Holidays").await;
        assert_eq!(renamed["unread"], 1, "a change is no message");
        let one = |number: &str| vec![number.to_owned()];
        let promote = GroupChanges { promote: one(CARLA), ..GroupChanges::default() };
        simulator.change_group(&group.jid, None, &promote).await.unwrap();
        let leave = GroupChanges { remove: one(CARLA), ..GroupChanges::default() };
        simulator.change_group(&group.jid, Some(CARLA), &leave).await.unwrap();
        let add = GroupChanges { add: one(CARLA), ..GroupChanges::default() };
        simulator.change_group(&group.jid, None, &add).await.unwrap();
        let said = lines(&ana, &found, 5).await;
        let of = |n: usize, field: &str| said[n][field].clone();
        assert!(said[1..].iter().all(|line| line["type"] == "group_change"), "{said:?}");
        assert_eq!((of(1, "change"), of(1, "value")), (json!("subject"), json!("Holidays")));
        assert_eq!(said[1]["from"]["phone_number"], CARLA);
        assert_eq!(of(2, "change"), "promoted");
        assert_eq!(said[2]["from"]["phone_number"], BRUNO);
        assert_eq!(said[2]["members"][0]["phone_number"], CARLA);
        assert_eq!(of(3, "change"), "left");
        assert_eq!(of(4, "change"), "added");
        assert_eq!(said[4]["members"][0]["phone_number"], CARLA);
        let known = ana.get(&who).await.expect(200);
        let carla = known["items"].as_array().unwrap().iter().find(|it| is(it, CARLA)).unwrap();
        assert_eq!(carla["is_admin"], false, "she came anew");
        let names: Vec<&str> = told(&app, &account).await.iter().map(|it| it.0).collect();
        let changed = "group:changed";
        assert_eq!(names, ["message:received", changed, changed, changed, changed]);
        app.register("eve@example.com").await.get(&who).await
            .expect_error(404, "conversation_not_found");
        app.stop().await;
    }

    async fn what_waits_is_told_once_and_goes_where_it_was_no_message(setup: Setup) {
        let fake = FakeWhatsApp::new();
        let app = setup.on_gateway(Arc::new(FakeGateway(fake.clone()))).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let path = format!("/api/accounts/{account}/session");
        let session = ana.post(&path, json!({})).await.expect(202);
        let session = session["session_id"].as_str().unwrap().to_owned();
        until_status(&ana, &account, "ready").await;
        let text = |words: &str| Body::Text(words.to_owned());
        for all in [
            vec![came("A1", text("first")), came("A2", Body::Waiting)],
            vec![came("A2", Body::Waiting)],
            // What it says is here before it is said that it could not be read.
            vec![came("A3", text("third"))],
            vec![came("A3", Body::Waiting)],
        ] {
            fake.deliver(&session, all).await.unwrap();
        }
        let found = conversation(&ana, &account, |found| found["unread"] == 3).await;
        let said = lines(&ana, &found, 3).await;
        assert_eq!(said[1]["type"], "waiting");
        assert_eq!(said[2]["text"], "third");
        let names: Vec<&str> = told(&app, &account).await.iter().map(|it| it.0).collect();
        assert_eq!(names, ["message:received", "message:waiting", "message:received"]);

        let like = Body::Reaction { to: "A1".to_owned(), emoji: "👍".to_owned() };
        fake.deliver(&session, vec![came("A2", like)]).await.unwrap();
        let found = conversation(&ana, &account, |found| found["unread"] == 2).await;
        let said = lines(&ana, &found, 2).await;
        assert_eq!(said.len(), 2);
        assert_eq!(said[0]["reactions"][0]["emoji"], "👍");
        assert_eq!(found["last_message"]["text"], "third");
        let events = ledger(&app, &account).await;
        let gone = events.iter().find_map(|event| match event {
            Event::MessageDeleted { whatsapp_message_id, .. } => Some(whatsapp_message_id.as_str()),
            _ => None,
        });
        assert_eq!(gone, Some("A2"), "whoever was told of it is told that it is gone");

        // One that was read takes nothing away from what came since.
        fake.deliver(&session, vec![came("A4", Body::Waiting)]).await.unwrap();
        let path = format!("/api/conversations/{}", found["id"].as_str().unwrap());
        ana.post(&format!("{path}/read"), json!({})).await.expect(200);
        fake.deliver(&session, vec![came("A5", text("fifth"))]).await.unwrap();
        let of = "A1".to_owned();
        fake.deliver(&session, vec![came("A4", Body::Delete { of, as_admin: false })]).await.unwrap();
        conversation(&ana, &account, |found| found["unread"] == 1).await;

        // An edit waits with what it is about.
        fake.deliver(&session, vec![came("A6", Body::Waiting)]).await.unwrap();
        let of = "A6".to_owned();
        let edit = Body::Edit { of, text: "Tuesday".to_owned() };
        fake.deliver(&session, vec![came("A7", edit)]).await.unwrap();
        fake.deliver(&session, vec![came("A6", text("Tusday"))]).await.unwrap();
        let said = lines(&ana, &found, 4).await;
        assert_eq!(said[3]["text"], "Tuesday");
        assert!(said[3]["edited_at"].is_string());
        app.stop().await;
    }
}

/// As WhatsApp hands it on.
fn came(id: &str, body: Body) -> Incoming {
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
        body,
        quote: None,
        mentions: Vec::new(),
    }
}
