//! What people write to an account: there once, in order, with who wrote it.

use crate::support::{
    Client, Setup, TestApp,
    eventually::eventually,
    fake::{FakeGateway, FakeWhatsApp},
    on_both_databases,
    whatsapp::{ANA, BRUNO, CARLA, ledger, send_text, simulator, until_message, until_status},
};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};
use whahook_contract::event::Event;
use whahook_simulator::{Addressing, Draft, Simulator};
use whahook_whatsapp::port::{Author, Body, Chat, Incoming, LinkEvent, Person};

/// What a person wants to do, as `POST /phones/{n}/messages` spells it.
fn draft(json: Value) -> Draft {
    serde_json::from_value(json).unwrap()
}

/// Bruno does something in his chat with Ana; WhatsApp's id of it.
async fn bruno(simulator: &Simulator, json: Value) -> String {
    let done = simulator.send(BRUNO, ANA, draft(json)).await.unwrap();
    done.id
}

/// The conversations of an account once they are as they should be.
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

/// The messages of a conversation, oldest first, once they are as they should be.
async fn thread(owner: &Client, id: &Value, right: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let id = id.as_str().unwrap();
    let path = format!("/api/conversations/{id}/messages?order=oldest&limit=200");
    eventually(
        || async {
            let list = owner.get(&path).await.expect(200);
            list["items"].as_array().unwrap().clone()
        },
        |items| right(items),
    )
    .await
}

/// What the ledger tells of received messages, by their texts.
async fn told(app: &TestApp, account: &str) -> Vec<String> {
    let text = |event: Event| match event {
        Event::MessageReceived(message) => message.content.words().map(ToOwned::to_owned),
        _ => None,
    };
    let events = ledger(app, account).await;
    events.into_iter().filter_map(text).collect()
}

on_both_databases! {
    async fn what_people_write_stands_in_their_conversations(setup: Setup) {
        let simulator = simulator().await;
        simulator.add_phone(CARLA, "Carla").await.unwrap();
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        simulator.send_text(BRUNO, ANA, "Hello").await.unwrap();
        simulator.send_text(BRUNO, ANA, "Is my order on its way?").await.unwrap();
        let found = conversations(&ana, &account, |all| {
            all.len() == 1 && all[0]["unread"] == 2
        }).await;
        assert_eq!(found[0]["kind"], "person");
        assert_eq!(found[0]["with"]["phone_number"], BRUNO);
        assert_eq!(found[0]["with"]["name"], "Bruno");
        assert!(found[0]["with"]["lid"].as_str().unwrap().ends_with("@lid"), "{found:?}");
        assert_eq!(found[0]["last_message"]["text"], "Is my order on its way?");
        let said = thread(&ana, &found[0]["id"], |said| said.len() == 2).await;
        assert_eq!(said[0]["text"], "Hello");
        assert_eq!(said[0]["type"], "text");
        assert_eq!(said[0]["direction"], "in");
        assert_eq!(said[0]["source"], "contact");
        assert_eq!(said[0]["from"]["phone_number"], BRUNO);
        assert_eq!(said[0]["from"]["name"], "Bruno");
        assert_eq!(told(&app, &account).await, ["Hello", "Is my order on its way?"]);

        // Whoever wrote last comes first.
        simulator.send_text(CARLA, ANA, "Good morning").await.unwrap();
        let found = conversations(&ana, &account, |all| all.len() == 2).await;
        assert_eq!(found[0]["with"]["name"], "Carla");
        app.stop().await;
    }

    async fn an_answer_from_here_or_from_the_phone_stands_there_too(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        simulator.send_text(BRUNO, ANA, "Hello").await.unwrap();
        let found = conversations(&ana, &account, |all| all.len() == 1).await;
        let sent = send_text(&ana, &account, BRUNO, "From here").await;
        until_message(&ana, sent["id"].as_str().unwrap(), "delivered").await;
        simulator.send_text(ANA, BRUNO, "From the phone").await.unwrap();
        let said = thread(&ana, &found[0]["id"], |said| said.len() == 3).await;
        let of = |field: &'static str| said.iter().map(move |it| it[field].as_str().unwrap().to_owned());
        assert_eq!(of("text").collect::<Vec<_>>(), ["Hello", "From here", "From the phone"]);
        assert_eq!(of("direction").collect::<Vec<_>>(), ["in", "out", "out"]);
        assert_eq!(of("source").collect::<Vec<_>>(), ["contact", "api", "phone"]);
        assert_eq!(said[1]["id"], sent["id"]);
        assert_eq!(said[1]["status"], "delivered");
        assert_eq!(said[1]["from"]["phone_number"], ANA);
        assert_eq!(said[2]["from"]["phone_number"], ANA);
        let found = conversations(&ana, &account, |all| all.len() == 1).await;
        assert_eq!(found[0]["unread"], 1, "what one writes oneself is read");
        assert_eq!(found[0]["last_message"]["text"], "From the phone");

        // Whom one writes to first has a conversation as well.
        simulator.add_phone(CARLA, "Carla").await.unwrap();
        send_text(&ana, &account, CARLA, "Good morning").await;
        let found = conversations(&ana, &account, |all| all.len() == 2).await;
        assert_eq!(found[0]["with"]["phone_number"], CARLA);
        app.stop().await;
    }

    async fn every_kind_is_kept_as_it_came(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let question = bruno(&simulator, json!({"text": "Where are you?"})).await;
        bruno(&simulator, json!({
            "text": "Look, @593987654321", "quoted": {"id": question}, "mentions": [ANA],
        })).await;
        bruno(&simulator, json!({"type": "location", "location": {
            "latitude": -0.180653, "longitude": -78.467834, "name": "Quito",
        }})).await;
        bruno(&simulator, json!({"type": "contact", "contacts": [
            {"name": "Carla", "vcard": "BEGIN:VCARD\nFN:Carla\nEND:VCARD"},
        ]})).await;
        bruno(&simulator, json!({"type": "poll", "poll": {
            "question": "Lunch?", "options": ["Yes", "No"],
        }})).await;
        let found = conversations(&ana, &account, |all| {
            all.len() == 1 && all[0]["unread"] == 5
        }).await;
        let said = thread(&ana, &found[0]["id"], |said| said.len() == 5).await;
        assert_eq!(said[1]["quoted"]["whatsapp_message_id"], question.as_str());
        assert_eq!(said[1]["quoted"]["text"], "Where are you?");
        assert_eq!(said[1]["mentions"].as_array().unwrap().len(), 1, "{}", said[1]);
        assert_eq!(said[2]["type"], "location");
        assert_eq!(said[2]["latitude"], -0.180653);
        assert_eq!(said[2]["name"], "Quito");
        assert_eq!(said[3]["contacts"][0]["name"], "Carla");
        assert_eq!(said[4]["question"], "Lunch?");
        assert_eq!(said[4]["options"], json!(["Yes", "No"]));
        assert_eq!(said[4]["multiple"], false);
        app.stop().await;
    }

    async fn reactions_edits_deletions_and_votes_change_what_stands_there(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let edited = bruno(&simulator, json!({"text": "Tusday"})).await;
        let deleted = bruno(&simulator, json!({"text": "wrong chat"})).await;
        let sent = send_text(&ana, &account, BRUNO, "See you").await;
        until_message(&ana, sent["id"].as_str().unwrap(), "delivered").await;
        let liked = sent["whatsapp_message_id"].as_str().unwrap().to_owned();
        let poll = json!({
            "account_id": account, "to": BRUNO, "type": "poll",
            "question": "Lunch?", "options": ["Yes", "No"],
        });
        let poll = ana.post("/api/messages", poll).await.expect(202);
        until_message(&ana, poll["id"].as_str().unwrap(), "delivered").await;
        let polled = poll["whatsapp_message_id"].as_str().unwrap();

        bruno(&simulator, json!({"type": "edit", "message_id": edited, "text": "Tuesday"})).await;
        bruno(&simulator, json!({"type": "delete", "message_id": deleted})).await;
        bruno(&simulator, json!({"type": "reaction", "reaction": {"emoji": "👍", "to": liked}})).await;
        bruno(&simulator, json!({"type": "vote", "message_id": polled, "options": ["No"]})).await;
        let found = conversations(&ana, &account, |all| all.len() == 1).await;
        let id = found[0]["id"].clone();
        let said = thread(&ana, &id, |said| {
            said.len() == 4
                && said[0]["text"] == "Tuesday"
                && said[1]["type"] == "deleted"
                && said[2]["reactions"].is_array()
                && said[3]["votes"].is_array()
        }).await;
        assert!(said[0]["edited_at"].is_string());
        assert_eq!(said[1].get("text"), None, "nothing of it is kept");
        assert_eq!(said[2]["reactions"][0]["emoji"], "👍");
        assert_eq!(said[2]["reactions"][0]["from"]["phone_number"], BRUNO);
        assert_eq!(said[3]["votes"][0]["options"], json!(["No"]));
        assert_eq!(said[3]["votes"][0]["from"]["phone_number"], BRUNO);
        assert_eq!(found[0]["unread"], 2, "changes are no messages");

        bruno(&simulator, json!({"type": "reaction", "reaction": {"emoji": "", "to": liked}})).await;
        thread(&ana, &id, |said| said[2].get("reactions").is_none()).await;
        let names: Vec<&str> = ledger(&app, &account).await.iter().map(Event::name)
            .filter(|name| ["message:reaction", "message:edited", "message:deleted", "message:vote"].contains(name))
            .collect();
        assert_eq!(names, [
            "message:edited", "message:deleted", "message:reaction", "message:vote", "message:reaction",
        ]);
        app.stop().await;
    }

    async fn a_group_is_one_conversation_and_says_who_wrote(setup: Setup) {
        let simulator = simulator().await;
        simulator.add_phone(CARLA, "Carla").await.unwrap();
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let members = [ANA.to_owned(), CARLA.to_owned()];
        let group = simulator.make_group("Friends", BRUNO, &members, Addressing::Lid).await.unwrap();
        let jid = group.jid;
        simulator.send_text(BRUNO, &jid, "Hello all").await.unwrap();
        simulator.send_text(CARLA, &jid, "Hello Bruno").await.unwrap();
        simulator.send_text(ANA, &jid, "Hello both").await.unwrap();
        let found = conversations(&ana, &account, |all| {
            all.len() == 1 && all[0]["last_message"]["text"] == "Hello both"
        }).await;
        assert_eq!(found[0]["kind"], "group");
        assert_eq!(found[0]["with"]["jid"], jid.as_str());
        assert_eq!(found[0]["unread"], 2);
        let said = thread(&ana, &found[0]["id"], |said| said.len() == 3).await;
        let numbers: Vec<&Value> = said.iter().map(|it| &it["from"]["phone_number"]).collect();
        assert_eq!(numbers, [BRUNO, CARLA, ANA]);

        // An admin takes back what another wrote.
        let delete = draft(json!({"type": "delete", "message_id": said[1]["whatsapp_message_id"]}));
        simulator.send(BRUNO, &jid, delete).await.unwrap();
        thread(&ana, &found[0]["id"], |said| said[1]["type"] == "deleted").await;
        app.stop().await;
    }

    async fn what_comes_by_a_broadcast_list_stands_in_its_senders_chat(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let list = |text: &str| json!({"text": text, "broadcast": true});
        // Of one's own it is not known whom the list names.
        simulator.send(ANA, BRUNO, draft(list("mine"))).await.unwrap();
        bruno(&simulator, list("To all of you")).await;
        bruno(&simulator, json!({"text": "once more", "broadcast": true, "unreadable": "once"})).await;
        bruno(&simulator, json!({"text": "To you"})).await;
        let found = conversations(&ana, &account, |all| {
            !all.is_empty() && all[0]["unread"] == 3
        }).await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["with"]["phone_number"], BRUNO);
        let said = thread(&ana, &found[0]["id"], |said| {
            said.len() == 3 && said.iter().all(|it| it["type"] == "text")
        }).await;
        // On the way there a list is a chat of its own.
        let mut texts: Vec<&str> = said.iter().map(|it| it["text"].as_str().unwrap()).collect();
        texts.sort_unstable();
        assert_eq!(texts, ["To all of you", "To you", "once more"]);
        app.stop().await;
    }

    async fn what_comes_twice_is_there_once_and_two_names_are_one_person(setup: Setup) {
        let fake = FakeWhatsApp::new();
        let app = setup.on_gateway(std::sync::Arc::new(FakeGateway(fake.clone()))).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let path = format!("/api/accounts/{account}/session");
        let session = ana.post(&path, json!({})).await.expect(202);
        let session = session["session_id"].as_str().unwrap().to_owned();
        until_status(&ana, &account, "ready").await;

        let number = Person { phone_number: Some("+593991203344".to_owned()), lid: None };
        let lid = Person { phone_number: None, lid: Some("123456789012345@lid".to_owned()) };
        let both = Person { phone_number: number.phone_number.clone(), lid: lid.lid.clone() };
        let first = text("A1", &lid, "by LID");
        let second = text("A2", &number, "by number");
        fake.deliver(&session, vec![first.clone(), first.clone()]).await.unwrap();
        fake.deliver(&session, vec![second.clone()]).await.unwrap();
        let two = conversations(&ana, &account, |all| all.len() == 2).await;
        for (of, label) in [(&two[0], "one"), (&two[1], "other")] {
            let path = format!("/api/conversations/{}", of["id"].as_str().unwrap());
            let changes = json!({"labels": ["vip", label], "note": label});
            ana.patch(&path, changes).await.expect(200);
        }
        fake.deliver(&session, vec![text("A3", &both, "by both\0")]).await.unwrap();
        let found = conversations(&ana, &account, |all| all.len() == 1).await;
        assert_eq!(found[0]["unread"], 3);
        let labels = found[0]["labels"].as_array().unwrap();
        assert_eq!(labels.len(), 3, "those of both: {labels:?}");
        assert_eq!(found[0]["note"].as_str().unwrap().lines().count(), 2);
        let gone = two.iter().find(|it| it["id"] != found[0]["id"]).unwrap();
        let events = ledger(&app, &account).await;
        let merged = events.iter().find_map(|event| match event {
            Event::ConversationMerged { from, into, .. } => Some((from.to_string(), into.to_string())),
            _ => None,
        });
        let (from, into) = merged.unwrap();
        assert_eq!((&json!(from), &json!(into)), (&gone["id"], &found[0]["id"]));
        let known = events.iter().rev().find_map(|event| match event {
            Event::ConversationChanged { phone_number, lid, unread, .. } => Some((phone_number, lid, *unread)),
            _ => None,
        });
        assert_eq!(known, Some((&both.phone_number, &both.lid, 2)));
        assert_eq!(found[0]["with"]["phone_number"], "+593991203344");
        assert_eq!(found[0]["with"]["lid"], "123456789012345@lid");

        // Again, under whichever name; and another's of the same id.
        fake.deliver(&session, vec![first, second, text("A1", &number, "by LID")]).await.unwrap();
        let other = Person { phone_number: Some("+593998887766".to_owned()), lid: None };
        fake.deliver(&session, vec![text("A1", &other, "another's")]).await.unwrap();
        let said = thread(&ana, &found[0]["id"], |said| said.len() == 3).await;
        let texts: Vec<&Value> = said.iter().map(|it| &it["text"]).collect();
        assert_eq!(texts, ["by LID", "by number", "by both"]);
        assert_eq!(
            told(&app, &account).await,
            ["by LID", "by number", "by both", "another's"]
        );
        app.stop().await;
    }
}

/// As WhatsApp hands it on, an hour ago.
fn text(id: &str, from: &Person, text: &str) -> Incoming {
    let n: u64 = id.trim_start_matches('A').parse().unwrap();
    Incoming {
        id: id.to_owned(),
        chat: Chat::Person(from.clone()),
        author: Author {
            person: from.clone(),
            push_name: Some("Bruno".to_owned()),
            is_self: false,
            jid: None,
        },
        at: SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000 + n),
        body: Body::Text(text.to_owned()),
        quote: None,
        mentions: Vec::new(),
    }
}

#[tokio::test]
async fn what_is_read_on_the_phone_is_not_unread_here() {
    let fake = FakeWhatsApp::new();
    let gateway = std::sync::Arc::new(FakeGateway(fake.clone()));
    let app = Setup::sqlite().on_gateway(gateway).start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    let path = format!("/api/accounts/{account}/session");
    let session = ana.post(&path, json!({})).await.expect(202);
    let session = session["session_id"].as_str().unwrap().to_owned();
    until_status(&ana, &account, "ready").await;
    let from = Person {
        phone_number: Some("+593991203344".to_owned()),
        lid: None,
    };
    let all = (1..=3).map(|n| text(&format!("A{n}"), &from, "hello"));
    fake.deliver(&session, all.collect()).await.unwrap();
    conversations(&ana, &account, |all| {
        all.len() == 1 && all[0]["unread"] == 3
    })
    .await;
    for (read, left) in [("A2", 1), ("A1", 1), ("A3", 0)] {
        let message_ids = vec![read.to_owned(), "unknown".to_owned()];
        fake.tell(&session, LinkEvent::ReadElsewhere { message_ids });
        conversations(&ana, &account, |all| all[0]["unread"] == left).await;
    }
    let changes = ledger(&app, &account).await;
    let changes = changes
        .iter()
        .filter(|it| it.name() == "conversation:changed");
    assert_eq!(changes.count(), 2);
    app.stop().await;
}

#[tokio::test]
async fn the_same_edit_reaction_and_deletion_are_told_once() {
    let fake = FakeWhatsApp::new();
    let gateway = std::sync::Arc::new(FakeGateway(fake.clone()));
    let app = Setup::sqlite().on_gateway(gateway).start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    let path = format!("/api/accounts/{account}/session");
    let session = ana.post(&path, json!({})).await.expect(202);
    let session = session["session_id"].as_str().unwrap().to_owned();
    until_status(&ana, &account, "ready").await;
    let from = Person {
        phone_number: Some("+593991203344".to_owned()),
        lid: None,
    };
    let change = |id: &str, body: Body| Incoming {
        body,
        ..text(id, &from, "")
    };
    let of = "A1".to_owned();
    let edit = Body::Edit {
        of: of.clone(),
        text: "new".to_owned(),
    };
    let like = Body::Reaction {
        to: of.clone(),
        emoji: "👍".to_owned(),
    };
    let all = vec![
        text("A1", &from, "old"),
        change("A2", edit),
        change("A3", like),
        change(
            "A4",
            Body::Delete {
                of,
                as_admin: false,
            },
        ),
    ];
    for _ in 0..3 {
        fake.deliver(&session, all.clone()).await.unwrap();
    }
    let names: Vec<&str> = ledger(&app, &account)
        .await
        .iter()
        .map(Event::name)
        .filter(|name| name.starts_with("message:"))
        .collect();
    assert_eq!(
        names,
        [
            "message:received",
            "message:edited",
            "message:reaction",
            "message:deleted"
        ]
    );

    // What comes after a change is told after it.
    let of = "A7".to_owned();
    let together = vec![
        text("A7", &from, "wrong"),
        change(
            "A8",
            Body::Delete {
                of,
                as_admin: false,
            },
        ),
        text("A9", &from, "right"),
    ];
    fake.deliver(&session, together).await.unwrap();
    let events = ledger(&app, &account).await;
    let names: Vec<&str> = events.iter().map(Event::name).collect();
    assert!(
        names.ends_with(&["message:received", "message:deleted", "message:received"]),
        "{names:?}"
    );

    // Nobody changes what another wrote.
    let own = Incoming {
        author: Author {
            is_self: true,
            ..Author::default()
        },
        ..text("A5", &from, "mine")
    };
    let of = "A5".to_owned();
    let forged = change(
        "A6",
        Body::Delete {
            of,
            as_admin: false,
        },
    );
    fake.deliver(&session, vec![own, forged]).await.unwrap();
    let found = conversations(&ana, &account, |all| !all.is_empty()).await;
    let said = thread(&ana, &found[0]["id"], |said| said.len() == 4).await;
    assert_eq!(said[1]["text"], "mine");
    app.stop().await;
}
