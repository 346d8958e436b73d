//! Every kind of message: it arrives as it was sent.

use crate::support::{
    Client, TestApp,
    eventually::eventually,
    on_both_databases,
    whatsapp::{ANA, BRUNO, CARLA, fault, simulator, until_message, until_received},
};
use serde_json::{Value, json};
use whahook_simulator::{Addressing, ChatMessage, Simulator};

/// Accepts a message to Bruno; the answer.
async fn send(owner: &Client, account: &str, content: Value) -> Value {
    owner
        .post("/api/messages", to_bruno(account, content))
        .await
        .expect(202)
}

#[expect(clippy::needless_pass_by_value, reason = "as `json!` gives it")]
fn to_bruno(account: &str, content: Value) -> Value {
    let mut message = json!({"account_id": account, "to": BRUNO});
    let fields = message.as_object_mut().unwrap();
    fields.extend(content.as_object().unwrap().clone());
    message
}

/// Sends a message to Bruno; what his phone shows.
async fn arrived(
    owner: &Client,
    account: &str,
    simulator: &Simulator,
    content: Value,
) -> (Value, ChatMessage) {
    let accepted = send(owner, account, content).await;
    let id = accepted["id"].as_str().unwrap();
    until_message(owner, id, "delivered").await;
    let shown = shown(simulator, &accepted);
    (accepted, shown)
}

/// What Bruno's phone shows of a message.
fn shown(simulator: &Simulator, accepted: &Value) -> ChatMessage {
    let id = accepted["whatsapp_message_id"].as_str().unwrap();
    let messages = simulator.messages(BRUNO).unwrap();
    let found = messages.into_iter().find(|message| message.id == id);
    found.unwrap_or_else(|| panic!("{accepted} is not on the phone"))
}

on_both_databases! {
    async fn places_contacts_and_polls_arrive_as_they_were_sent(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;

        let (_, got) = arrived(&ana, &account, &simulator, json!({
            "type": "location", "latitude": -0.180653, "longitude": -78.467834,
            "name": "Quito", "address": "Plaza Grande",
        })).await;
        let location = got.facts.location.unwrap();
        assert_eq!((location.latitude, location.longitude), (-0.180653, -78.467834));
        assert_eq!(location.name.as_deref(), Some("Quito"));
        assert_eq!(location.address.as_deref(), Some("Plaza Grande"));

        let (accepted, got) = arrived(&ana, &account, &simulator, json!({
            "type": "contact",
            "contacts": [{"name": "Carla; Díaz", "phone_number": "593998887766", "organization": "ACME"}],
        })).await;
        assert_eq!(accepted["contacts"][0]["phone_number"], "+593998887766");
        let card = &got.facts.contacts[0];
        assert_eq!(card.name, "Carla; Díaz");
        assert!(card.vcard.contains("waid=593998887766:+593998887766"), "{}", card.vcard);
        assert!(card.vcard.contains("FN:Carla\\; Díaz"), "{}", card.vcard);

        let (_, got) = arrived(&ana, &account, &simulator, json!({
            "type": "contact",
            "contacts": [
                {"name": "Carla", "phone_number": "+593998887766"},
                {"name": "Own", "vcard": "BEGIN:VCARD\nVERSION:3.0\nFN:Own\nEND:VCARD\n"},
            ],
        })).await;
        let names: Vec<&str> = got.facts.contacts.iter().map(|card| card.name.as_str()).collect();
        assert_eq!(names, ["Carla", "Own"]);

        for multiple in [false, true] {
            let (accepted, got) = arrived(&ana, &account, &simulator, json!({
                "type": "poll", "question": "Lunch?", "options": ["Yes", "No"], "multiple": multiple,
            })).await;
            assert_eq!(accepted.get("secret"), None, "{accepted}");
            let poll = got.facts.poll.unwrap();
            assert_eq!(poll.question, "Lunch?");
            assert_eq!(poll.options, ["Yes", "No"]);
            assert_eq!(poll.multiple, multiple);
            assert_eq!(poll.message_secret.len(), 32);
        }
        app.stop().await;
    }

    async fn an_answer_quotes_and_names_people_are_told_of(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let question = simulator.send_text(BRUNO, ANA, "Where are you?").await.unwrap();

        // One that Bruno wrote: only WhatsApp's id of it is known.
        let (_, got) = arrived(&ana, &account, &simulator, json!({
            "type": "text", "text": "At home, @593991203344",
            "reply_to": {"id": question.id, "text": "Where are you?"},
            "mentions": [BRUNO],
        })).await;
        let quoted = got.facts.quoted.unwrap();
        assert_eq!((quoted.id.as_str(), quoted.text.as_str()), (question.id.as_str(), "Where are you?"));
        assert_eq!(quoted.from, BRUNO);
        assert_eq!(got.facts.mentions, [BRUNO]);
        assert_eq!(got.text, "At home, @593991203344");

        // One of our own, by its id here: what it said is known.
        let (first, _) = arrived(&ana, &account, &simulator, json!({"type": "text", "text": "one"})).await;
        let (second, got) = arrived(&ana, &account, &simulator, json!({
            "type": "location", "latitude": 1, "longitude": 2, "reply_to": {"id": first["id"]},
        })).await;
        assert_eq!(second["reply_to"]["text"], "one");
        assert_eq!(second["reply_to"]["from_me"], true);
        let quoted = got.facts.quoted.unwrap();
        assert_eq!(quoted.id, first["whatsapp_message_id"]);
        assert_eq!((quoted.text.as_str(), quoted.from.as_str()), ("one", ANA));
        app.stop().await;
    }

    async fn what_was_sent_can_be_reacted_to_changed_and_taken_back(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let (text, _) = arrived(&ana, &account, &simulator, json!({"type": "text", "text": "Helo"})).await;
        let of = json!({"id": text["id"]});

        let edit = send(&ana, &account, json!({"type": "edit", "message": of, "text": "Hello"})).await;
        until_message(&ana, edit["id"].as_str().unwrap(), "delivered").await;
        let now = eventually(|| async { shown(&simulator, &text) }, |now| now.edited).await;
        assert_eq!(now.text, "Hello");

        let reaction = json!({"type": "reaction", "message": of, "emoji": "👍"});
        let reaction = send(&ana, &account, reaction).await;
        until_message(&ana, reaction["id"].as_str().unwrap(), "delivered").await;
        let now = eventually(
            || async { shown(&simulator, &text) },
            |now| !now.reactions.is_empty(),
        ).await;
        assert_eq!(now.reactions[0].emoji, "👍");

        let gone = send(&ana, &account, json!({"type": "reaction", "message": of, "emoji": ""})).await;
        until_message(&ana, gone["id"].as_str().unwrap(), "delivered").await;
        eventually(|| async { shown(&simulator, &text) }, |now| now.reactions.is_empty()).await;

        let delete = send(&ana, &account, json!({"type": "delete", "message": of})).await;
        until_message(&ana, delete["id"].as_str().unwrap(), "delivered").await;
        let now = eventually(|| async { shown(&simulator, &text) }, |now| now.deleted).await;
        assert_eq!(now.text, "");

        // What Bruno wrote can be reacted to as well.
        let question = simulator.send_text(BRUNO, ANA, "Hi").await.unwrap();
        let of = json!({"id": question.id});
        send(&ana, &account, json!({"type": "reaction", "message": of, "emoji": "❤"})).await;
        eventually(
            || async { simulator.messages(BRUNO).unwrap() },
            |messages| {
                let found = messages.iter().find(|message| message.id == question.id);
                found.is_some_and(|message| message.reactions.iter().any(|by| by.emoji == "❤️"))
            },
        ).await;
        app.stop().await;
    }

    async fn what_refers_to_another_message_must_fit_it(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let other = app.account(&ana, "Other").await;
        let (place, _) = arrived(&ana, &account, &simulator, json!({
            "type": "location", "latitude": 1, "longitude": 2,
        })).await;
        let scheduled = send(&ana, &account, json!({
            "type": "text", "text": "later", "send_at": in_an_hour(&app),
        })).await;
        let queued = send(&ana, &other, json!({"type": "text", "text": "held"})).await;
        let cancelled = send(&ana, &other, json!({"type": "text", "text": "no"})).await;
        let path = format!("/api/messages/{}", cancelled["id"].as_str().unwrap());
        ana.delete(&path).await.expect(200);
        let reaction = send(&ana, &account, json!({
            "type": "reaction", "message": {"id": place["id"]}, "emoji": "👍",
        })).await;

        let text = |account: &str, to: &str, id: &Value| json!({
            "account_id": account, "to": to, "type": "text", "text": "x", "reply_to": {"id": id},
        });
        let edit = |account: &str, id: &Value| json!({
            "account_id": account, "to": BRUNO, "type": "edit", "text": "x", "message": {"id": id},
        });
        let delete = |account: &str, message: Value| json!({
            "account_id": account, "to": BRUNO, "type": "delete", "message": message,
        });
        for (message, field) in [
            (text(&account, ANA, &place["id"]), "reply_to.id"),
            (text(&other, BRUNO, &place["id"]), "reply_to.id"),
            (text(&account, BRUNO, &account.clone().into()), "reply_to.id"),
            (text(&account, BRUNO, &scheduled["id"]), "reply_to.id"),
            (text(&other, BRUNO, &cancelled["id"]), "reply_to.id"),
            (text(&account, BRUNO, &reaction["id"]), "reply_to.id"),
            (text(&account, "120363012345678901@g.us", &"3EB0AB".into()), "reply_to.from"),
            (edit(&account, &place["id"]), "message.id"),
            (edit(&account, &"3EB0AB".into()), "message.id"),
            (delete(&other, json!({"id": queued["id"]})), "message.id"),
            (delete(&account, json!({"id": "3EB0AB"})), "message.id"),
            (delete(&account, json!({"id": "3EB0AB", "from": "+593998887766"})), "message.from"),
        ] {
            let answer = ana.post("/api/messages", message.clone()).await;
            assert_eq!(answer.status, 422, "{message}: {}", answer.text);
            assert_eq!(answer.json()["error"]["details"]["field"], field, "{message}: {}", answer.text);
        }
        app.stop().await;
    }
}

fn in_an_hour(app: &TestApp) -> String {
    let at = app.app.clock.now() + chrono::TimeDelta::hours(1);
    at.to_rfc3339()
}

on_both_databases! {
    async fn a_group_has_a_message_once_all_its_members_have_it(setup: Setup) {
        let simulator = simulator().await;
        simulator.add_phone(CARLA, "Carla").await.unwrap();
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let members = [BRUNO.to_owned(), CARLA.to_owned()];
        let group = simulator.make_group("Team", ANA, &members, Addressing::default()).await.unwrap();
        let message = json!({
            "account_id": account, "to": group.jid, "type": "text", "text": "Hello, team",
        });

        let accepted = ana.post("/api/messages", message).await.expect(202);
        let id = accepted["id"].as_str().unwrap();
        let delivered = until_message(&ana, id, "delivered").await;
        assert_eq!(delivered["receipts"].as_array().unwrap().len(), 2, "{delivered}");
        for phone in [BRUNO, CARLA] {
            let got = until_received(&simulator, phone, 1).await;
            assert_eq!(got[0].text, "Hello, team");
            assert_eq!(got[0].id, accepted["whatsapp_message_id"].as_str().unwrap());
        }

        simulator.read(BRUNO, &group.jid).await.unwrap();
        let path = format!("/api/messages/{id}");
        let view = eventually(
            || async { ana.get(&path).await.expect(200) },
            |view| reads(view) == 1,
        ).await;
        assert_eq!(view["status"], "delivered", "Carla has not read it yet");
        simulator.read(CARLA, &group.jid).await.unwrap();
        let view = until_message(&ana, id, "read").await;
        assert_eq!(reads(&view), 2);

        // Ana is an admin: what others wrote she can answer, and take back.
        let spam = simulator.send_text(BRUNO, &group.jid, "Buy!").await.unwrap();
        let of = json!({"id": spam.id, "from": BRUNO});
        let answer = json!({
            "account_id": account, "to": group.jid, "type": "text", "text": "No", "reply_to": of,
        });
        let answer = ana.post("/api/messages", answer).await.expect(202);
        until_message(&ana, answer["id"].as_str().unwrap(), "delivered").await;
        let quoted = shown(&simulator, &answer).facts.quoted.unwrap();
        assert_eq!((quoted.id, quoted.from.as_str()), (spam.id.clone(), BRUNO));
        let delete = json!({
            "account_id": account, "to": group.jid, "type": "delete", "message": of,
        });
        ana.post("/api/messages", delete).await.expect(202);
        eventually(
            || async { simulator.messages(CARLA).unwrap() },
            |messages| messages.iter().any(|message| message.id == spam.id && message.deleted),
        ).await;
        app.stop().await;
    }
}

fn reads(message: &Value) -> usize {
    let receipts = message["receipts"].as_array().unwrap();
    receipts
        .iter()
        .filter(|receipt| !receipt["read_at"].is_null())
        .count()
}

/// A small picture, a different one for each shade.
fn picture(shade: u8) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_pixel(64, 48, image::Rgb([shade, 90, 200]));
    picture
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

/// Adds a file; its id.
async fn add_file(owner: &Client, name: &str, bytes: Vec<u8>) -> Value {
    let part = reqwest::multipart::Part::bytes(bytes).file_name(name.to_owned());
    let form = reqwest::multipart::Form::new().part("file", part);
    let request = owner
        .request(reqwest::Method::POST, "/api/media")
        .multipart(form);
    crate::support::send(request).await.expect(201)["id"].clone()
}

on_both_databases! {
    async fn files_arrive_whole_and_are_uploaded_once(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let bytes = picture(1);
        let id = add_file(&ana, "sun.png", bytes.clone()).await;

        let (accepted, got) = arrived(&ana, &account, &simulator, json!({
            "type": "image", "media": {"id": id}, "caption": "The sun",
        })).await;
        assert_eq!(accepted["media"]["mime_type"], "image/png");
        assert_eq!(got.kind, "image");
        let file = got.media.clone().unwrap();
        assert_eq!(file.caption.as_deref(), Some("The sun"));
        assert_eq!(file.error, None);
        let (mime_type, received) = simulator.media(BRUNO, &got.id).unwrap();
        assert_eq!((mime_type.as_str(), received), ("image/png", bytes.clone()));

        // The same file again: as the same upload.
        let (_, again) = arrived(&ana, &account, &simulator, json!({
            "type": "image", "media": {"id": id},
        })).await;
        assert_eq!(again.media.unwrap().direct_path, file.direct_path);

        // As a document it is encrypted in another way.
        let (document, got) = arrived(&ana, &account, &simulator, json!({
            "type": "document", "media": {"id": id, "file_name": "Sun.png"}, "caption": "A file",
        })).await;
        assert_eq!(got.kind, "document");
        let shown_file = got.media.unwrap();
        assert_eq!(shown_file.file_name.as_deref(), Some("Sun.png"));
        assert_eq!(shown_file.caption.as_deref(), Some("A file"));
        assert_ne!(shown_file.direct_path, file.direct_path);
        let (_, received) = simulator.media(BRUNO, document["whatsapp_message_id"].as_str().unwrap()).unwrap();
        assert_eq!(received, bytes);

        // The caption changes, the file stays.
        let edit = send(&ana, &account, json!({
            "type": "edit", "message": {"id": accepted["id"]}, "text": "The moon",
        })).await;
        until_message(&ana, edit["id"].as_str().unwrap(), "delivered").await;
        let now = eventually(|| async { shown(&simulator, &accepted) }, |now| now.edited).await;
        assert_eq!(now.kind, "image");
        assert_eq!(now.media.unwrap().caption.as_deref(), Some("The moon"));
        app.stop().await;
    }
}

on_both_databases! {
    async fn what_whatsapp_could_not_take_just_now_goes_again_and_is_the_same_message(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        simulator.fault(Some(ANA), &fault(json!({"kind": "ack_error", "code": 503}))).unwrap();

        let (accepted, got) = arrived(&ana, &account, &simulator, json!({
            "type": "poll", "question": "Still there?", "options": ["Yes", "No"],
        })).await;
        assert_eq!(got.facts.poll.unwrap().question, "Still there?");
        let path = format!("/api/messages/{}", accepted["id"].as_str().unwrap());
        let view = ana.get(&path).await.expect(200);
        let timeline = view["timeline"].as_array().unwrap();
        let again = timeline.iter().find(|entry| entry["detail"] == "rejected_unavailable");
        assert_eq!(again.unwrap()["status"], "queued", "{view}");
        let last = timeline.last().unwrap();
        assert_eq!((&last["status"], &last["detail"]), (&json!("delivered"), &json!("phone")));
        app.stop().await;
    }
}
