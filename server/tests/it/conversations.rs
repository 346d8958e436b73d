//! What people do with conversations: find, read, put aside, label.

use crate::support::{
    Client, Setup, TestApp,
    eventually::eventually,
    fake::{FakeGateway, FakeWhatsApp},
    on_both_databases,
    whatsapp::{ANA, BRUNO, CARLA, ledger, simulator, until_status},
};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use whahook_contract::event::Event;
use whahook_simulator::Status;
use whahook_whatsapp::port::{Author, Body, Chat, GroupChange, Incoming, LinkEvent, Person};

/// An account that is connected, and the session to deliver on.
async fn connected(setup: Setup) -> (TestApp, Client, String, String, Arc<FakeWhatsApp>) {
    let fake = FakeWhatsApp::new();
    let gateway = Arc::new(FakeGateway(fake.clone()));
    let app = setup.on_gateway(gateway).start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    let path = format!("/api/accounts/{account}/session");
    let session = ana.post(&path, json!({})).await.expect(202);
    let session = session["session_id"].as_str().unwrap().to_owned();
    until_status(&ana, &account, "ready").await;
    (app, ana, account, session, fake)
}

/// The n-th message of somebody, a second after the one before.
fn text(from: &str, n: u64, text: &str) -> Incoming {
    let person = Person {
        phone_number: Some(from.to_owned()),
        lid: None,
    };
    Incoming {
        id: format!("{from}-{n}"),
        chat: Chat::Person(person.clone()),
        author: Author {
            person,
            push_name: Some(format!("Name of {from}")),
            is_self: false,
            jid: None,
        },
        at: SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000 + n),
        body: Body::Text(text.to_owned()),
        quote: None,
        mentions: Vec::new(),
    }
}

async fn items(owner: &Client, path: &str) -> Vec<Value> {
    let list = owner.get(path).await.expect(200);
    list["items"].as_array().unwrap().clone()
}

on_both_databases! {
    async fn a_long_conversation_is_paged_in_both_directions(setup: Setup) {
        let (app, ana, _, session, fake) = connected(setup).await;
        let all: Vec<Incoming> = (0..25).map(|n| text(BRUNO, n, &n.to_string())).collect();
        fake.deliver(&session, all).await.unwrap();
        let found = items(&ana, "/api/conversations").await;
        let id = found[0]["id"].as_str().unwrap();
        for order in ["newest", "oldest"] {
            let mut texts: Vec<u64> = Vec::new();
            let mut cursor = String::new();
            let mut pages = 0;
            loop {
                let path = format!("/api/conversations/{id}/messages?order={order}&limit=10{cursor}");
                let page = ana.get(&path).await.expect(200);
                let said = page["items"].as_array().unwrap();
                texts.extend(said.iter().map(|it| it["text"].as_str().unwrap().parse::<u64>().unwrap()));
                pages += 1;
                match page["next_cursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            if order == "newest" {
                texts.reverse();
            }
            assert_eq!(texts, (0..25).collect::<Vec<_>>(), "{order}");
            assert_eq!(pages, 3);
        }
        let nothing = uuid::Uuid::max();
        let path = format!("/api/conversations/{id}/messages?cursor={nothing}");
        ana.get(&path).await.expect_invalid("cursor");
        app.stop().await;
    }

    async fn conversations_are_filtered_and_paged(setup: Setup) {
        let (app, ana, account, session, fake) = connected(setup).await;
        for n in 0..5 {
            let from = format!("+5939912033{n:02}");
            fake.deliver(&session, vec![text(&from, n, "hello")]).await.unwrap();
        }
        let first = ana.get(&format!("/api/conversations?account_id={account}&limit=2")).await.expect(200);
        assert_eq!(first["items"][0]["with"]["phone_number"], "+593991203304");
        let cursor = first["next_cursor"].as_str().unwrap();
        let second = items(&ana, &format!("/api/conversations?limit=3&cursor={cursor}")).await;
        let numbers: Vec<&Value> = second.iter().map(|it| &it["with"]["phone_number"]).collect();
        assert_eq!(numbers, ["+593991203302", "+593991203301", "+593991203300"]);

        let id = second[0]["id"].as_str().unwrap();
        let path = format!("/api/conversations/{id}");
        let changes = json!({"archived": true, "note": " calls back ", "labels": ["vip", "50%", "vip"]});
        let changed = ana.patch(&path, changes).await.expect(200);
        assert_eq!(changed["note"], "calls back");
        assert_eq!(changed["labels"], json!(["vip", "50%"]));
        assert_eq!(changed["last_message"]["text"], "hello");
        let only = |query: &str| {
            let path = format!("/api/conversations?{query}");
            let ana = ana.clone();
            async move { items(&ana, &path).await.len() }
        };
        assert_eq!(only("archived=true").await, 1);
        assert_eq!(only("archived=false").await, 4);
        assert_eq!(only("label=vip").await, 1);
        assert_eq!(only("label=vi").await, 0);
        assert_eq!(only("label=50%25").await, 1);
        assert_eq!(only("name=NAME%20of").await, 5);
        assert_eq!(only("name=203303").await, 1);
        assert_eq!(only("unread=true").await, 5);
        let mut named = text("+593991203304", 8, "hi");
        named.author.push_name = Some("Ángela ÓSCAR".to_owned());
        fake.deliver(&session, vec![named]).await.unwrap();
        for name in ["ángela", "angela", "%C3%93scar", "a%20os"] {
            assert_eq!(only(&format!("name={name}")).await, 1, "{name}");
        }

        // Whoever writes again is not put aside any more.
        fake.deliver(&session, vec![text("+593991203302", 9, "again")]).await.unwrap();
        let found = ana.get(&path).await.expect(200);
        assert_eq!(found["archived"], false);
        assert_eq!(found["unread"], 2);
        let told = ledger(&app, &account).await.into_iter().rev().find_map(|event| match event {
            Event::ConversationChanged { archived, unread, .. } => Some((archived, unread)),
            _ => None,
        });
        assert_eq!(told, Some((false, 2)));
        assert_eq!(found["note"], "calls back");
        ana.patch(&path, json!({"labels": [" "]})).await.expect_invalid("labels");
        ana.patch(&path, json!({"unread": 3})).await.expect_invalid("unread");

        // By hand: as a reminder, and without a word to who wrote.
        for (unread, count) in [(true, 2), (false, 0), (true, 1)] {
            let changed = ana.patch(&path, json!({ "unread": unread })).await.expect(200);
            assert_eq!(changed["unread"], count);
        }
        assert_eq!(only("unread=true").await, 5);
        app.stop().await;
    }

    async fn words_are_found_in_what_was_said(setup: Setup) {
        let (app, ana, account, session, fake) = connected(setup).await;
        fake.deliver(&session, vec![
            text(BRUNO, 1, "Where is order 1042?"),
            text(BRUNO, 2, "The order of yesterday, I mean."),
            text(CARLA, 3, "Orders: none"),
            text(CARLA, 4, "¿Cuándo llega el CAMIÓN?"),
        ]).await.unwrap();
        let search = |query: &str| {
            let path = format!("/api/messages/search?q={query}");
            let ana = ana.clone();
            async move {
                let found = items(&ana, &path).await;
                let text = |it: &Value| it["text"].as_str().unwrap().to_owned();
                found.iter().map(text).collect::<Vec<_>>()
            }
        };
        assert_eq!(search("1042").await, ["Where is order 1042?"]);
        assert_eq!(search("ORDER%20mean").await, ["The order of yesterday, I mean."]);
        assert_eq!(search("orde").await.len(), 3, "the last word may go on");
        assert_eq!(search("order%20where").await, ["Where is order 1042?"]);
        assert_eq!(search("camión").await.len(), 1);
        assert_eq!(search("camion").await.len(), 1, "accents are not needed");
        assert!(search("%22order%22%20OR%20NOT").await.is_empty());
        assert!(search("nothing").await.is_empty());
        let page = ana.get("/api/messages/search?q=order&limit=2").await.expect(200);
        let cursor = page["next_cursor"].as_str().unwrap();
        let rest = items(&ana, &format!("/api/messages/search?q=order&cursor={cursor}")).await;
        assert_eq!(rest[0]["text"], "Where is order 1042?");
        assert_eq!(rest.len(), 1);
        let found = items(&ana, "/api/messages/search?q=1042").await;
        let id = found[0]["conversation_id"].as_str().unwrap();
        let within = format!("/api/messages/search?q=order&conversation_id={id}&account_id={account}");
        assert_eq!(items(&ana, &within).await.len(), 2);
        // Where it was said is no word of it.
        let end = id.rsplit('-').next().unwrap();
        assert!(search(end).await.is_empty());
        let only = app.api_key_for(&ana, &["read"], Some(&[&account])).await;
        assert_eq!(items(&only, "/api/messages/search?q=order").await.len(), 3);

        // What was changed or taken back is not found by what it said.
        let changed = |id: u64, body| Incoming { body, ..text(BRUNO, id, "") };
        fake.deliver(&session, vec![
            changed(5, Body::Edit { of: format!("{BRUNO}-1"), text: "Where is parcel 7?".to_owned() }),
            changed(6, Body::Delete { of: format!("{BRUNO}-2"), as_admin: false }),
        ]).await.unwrap();
        assert!(search("1042").await.is_empty());
        assert_eq!(search("parcel").await, ["Where is parcel 7?"]);
        assert!(search("yesterday").await.is_empty());

        for bad in ["", "%20", "-", &"a".repeat(201)] {
            ana.get(&format!("/api/messages/search?q={bad}")).await.expect_invalid("q");
        }
        let bruno = app.register("bruno@example.com").await;
        assert!(items(&bruno, "/api/messages/search?q=parcel").await.is_empty());
        bruno.get(&within).await.expect_error(404, "account_not_found");
        app.stop().await;
    }

    async fn a_conversation_is_exported_whole(setup: Setup) {
        let (app, ana, _, session, fake) = connected(setup).await;
        let all: Vec<Incoming> = (0..1_100).map(|n| text(BRUNO, n, &format!("=message, {n}"))).collect();
        fake.deliver(&session, all).await.unwrap();
        let found = items(&ana, "/api/conversations").await;
        let path = format!("/api/conversations/{}/export", found[0]["id"].as_str().unwrap());
        let json = ana.get(&path).await.expect(200);
        assert_eq!(json.as_array().unwrap().len(), 1_100);
        assert_eq!(json[1_099]["text"], "=message, 1099");
        let file = ana.get(&format!("{path}?format=csv")).await;
        assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
        let lines: Vec<&str> = file.text.lines().collect();
        assert_eq!(lines.len(), 1_101);
        assert!(lines[1].contains(",in,+593991203344,"), "{}", lines[1]);
        assert!(lines[1].contains("\"'=message, 0\""), "{}", lines[1]);
        let file = ana.get(&format!("{path}?format=text")).await;
        assert!(file.text.ends_with(": =message, 1099\n"), "{}", file.text.len());
        assert_eq!(file.text.lines().count(), 1_100);
        // Compressed, too, it comes to its end.
        for format in ["json", "csv", "text"] {
            let asked = ana.request(Method::GET, &format!("{path}?format={format}"));
            let file = asked.header("accept-encoding", "gzip").send().await.unwrap();
            assert_eq!(file.headers()["content-encoding"], "gzip");
            assert!(!file.bytes().await.unwrap().is_empty());
        }
        app.stop().await;
    }

    async fn reading_a_conversation_tells_who_wrote_it(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        app.linked(&ana, &simulator, ANA).await;
        simulator.send_text(BRUNO, ANA, "one").await.unwrap();
        simulator.send_text(BRUNO, ANA, "two").await.unwrap();
        let found = eventually(
            || items(&ana, "/api/conversations"),
            |all| all.len() == 1 && all[0]["unread"] == 2,
        ).await;
        let id = found[0]["id"].as_str().unwrap();
        let read = ana.post(&format!("/api/conversations/{id}/read"), json!({})).await.expect(200);
        assert_eq!(read["unread"], 0);
        eventually(
            || async { simulator.messages(BRUNO).unwrap() },
            |messages| messages.iter().all(|message| message.status == Status::Read),
        ).await;
        app.stop().await;
    }
}

#[tokio::test]
async fn a_conversation_is_its_owners_and_their_keys_alone() {
    let (app, ana, account, session, fake) = connected(Setup::sqlite()).await;
    fake.deliver(&session, vec![text(BRUNO, 1, "secret")])
        .await
        .unwrap();
    let found = items(&ana, "/api/conversations").await;
    let path = format!("/api/conversations/{}", found[0]["id"].as_str().unwrap());
    let other = app.account(&ana, "Other").await;
    let bruno = app.register("bruno@example.com").await;
    let limited = app
        .api_key_for(&ana, &["read", "send"], Some(&[&other]))
        .await;
    for stranger in [&bruno, &limited] {
        let gone = "conversation_not_found";
        assert!(items(stranger, "/api/conversations").await.is_empty());
        stranger.get(&path).await.expect_error(404, gone);
        stranger
            .get(&format!("{path}/messages"))
            .await
            .expect_error(404, gone);
        let read = stranger.post(&format!("{path}/read"), json!({})).await;
        read.expect_error(404, gone);
        let change = stranger.patch(&path, json!({"archived": true})).await;
        change.expect_error(404, gone);
        let list = format!("/api/conversations?account_id={account}");
        stranger
            .get(&list)
            .await
            .expect_error(404, "account_not_found");
    }
    let reader = app.api_key(&ana, &["read"]).await;
    reader.get(&path).await.expect(200);
    let change = reader.patch(&path, json!({"archived": true})).await;
    change.expect_error(403, "scope_missing");
    let read = reader.post(&format!("{path}/read"), json!({})).await;
    read.expect_error(403, "scope_missing");
    app.stop().await;
}

#[tokio::test]
async fn changes_of_a_group_are_not_read_and_authors_are_named_as_they_came() {
    let (app, ana, _, session, fake) = connected(Setup::sqlite()).await;
    let in_group = |n: u64, jid: Option<&str>, body: Body| {
        let message = text(BRUNO, n, "");
        Incoming {
            chat: Chat::Group("120363000000000001@g.us".to_owned()),
            author: Author {
                jid: jid.map(ToOwned::to_owned),
                ..message.author
            },
            body,
            ..message
        }
    };
    let hello = || Body::Text("hello".to_owned());
    let renamed = |n| {
        let subject = GroupChange::Subject(format!("Trip {n}"));
        in_group(n, None, Body::GroupChange(subject))
    };
    let lid = "123456789012345@lid";
    let first = in_group(1, Some(lid), hello());
    fake.deliver(&session, vec![first, renamed(2), renamed(3)])
        .await
        .unwrap();
    let found = items(&ana, "/api/conversations").await;
    let path = format!("/api/conversations/{}", found[0]["id"].as_str().unwrap());
    assert_eq!(found[0]["unread"], 1);
    ana.post(&format!("{path}/read"), json!({}))
        .await
        .expect(200);
    let read = |n: u64| vec![format!("{BRUNO}-{n}")];
    assert_eq!(*fake.read.lock(), [(Some(lid.to_owned()), read(1))]);

    // One that came before it was written down how it was named.
    fake.deliver(&session, vec![in_group(4, None, hello()), renamed(5)])
        .await
        .unwrap();
    ana.post(&format!("{path}/read"), json!({}))
        .await
        .expect(200);
    let by_number = Some("593991203344@s.whatsapp.net".to_owned());
    assert_eq!(fake.read.lock()[1], (by_number, read(4)));

    // Read on the phone, with nothing but changes behind it.
    let last = in_group(6, Some(lid), hello());
    fake.deliver(&session, vec![last, renamed(7)])
        .await
        .unwrap();
    let message_ids = read(6);
    fake.tell(&session, LinkEvent::ReadElsewhere { message_ids });
    eventually(
        || async { ana.get(&path).await.expect(200) },
        |found| found["unread"] == 0,
    )
    .await;
    app.stop().await;
}

#[tokio::test]
async fn only_an_admin_takes_back_what_another_wrote_in_a_group() {
    let (app, ana, _, session, fake) = connected(Setup::sqlite()).await;
    let in_group = |message: Incoming| Incoming {
        chat: Chat::Group("120363000000000001@g.us".to_owned()),
        ..message
    };
    let delete = |n, as_admin| {
        let of = format!("{BRUNO}-1");
        in_group(Incoming {
            body: Body::Delete { of, as_admin },
            ..text(CARLA, n, "")
        })
    };
    for (delete, left) in [(delete(2, false), "text"), (delete(3, true), "deleted")] {
        let both = vec![in_group(text(BRUNO, 1, "hello")), delete];
        fake.deliver(&session, both).await.unwrap();
        let found = items(&ana, "/api/conversations").await;
        let path = format!(
            "/api/conversations/{}/messages",
            found[0]["id"].as_str().unwrap()
        );
        let said = items(&ana, &path).await;
        assert_eq!((said.len(), &said[0]["type"]), (1, &json!(left)));
    }
    app.stop().await;
}
