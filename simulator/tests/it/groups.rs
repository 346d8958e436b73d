//! Groups: made by clients and by people, with messages of both.

use serde_json::{Value, json};
use whahook_simulator::{Addressing, ChatMessage, Config, Draft, Simulator, Status};
use whatsapp_rust::features::{GroupCreateOptions, GroupParticipantOptions};
use whatsapp_rust::prelude::*;
use whatsapp_rust::send::RevokeType;
use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::{NodeBuilder, Server};

use crate::support::*;

const CARLA: &str = "+593998887766";

async fn three_phones(config: Config) -> Simulator {
    let simulator = Simulator::start(config).await.unwrap();
    for (number, name) in [(ANA, "Ana"), (BRUNO, "Bruno"), (CARLA, "Carla")] {
        simulator.add_phone(number, name).await.unwrap();
    }
    simulator
}

/// A group that Ana owns and all three are in.
async fn group(simulator: &Simulator, addressing: Addressing) -> Jid {
    let others = [BRUNO.to_owned(), CARLA.to_owned()];
    let made = simulator.make_group("Trip", ANA, &others, addressing);
    made.await.unwrap().jid.parse().unwrap()
}

async fn send(client: &TestClient, group: &Jid, text: &str) -> String {
    let sent = client.client.send_text(group.clone(), text).await.unwrap();
    sent.message_id
}

async fn shown(
    simulator: &Simulator,
    number: &str,
    is: impl Fn(&ChatMessage) -> bool,
) -> ChatMessage {
    eventually("the message on the phone", async || {
        let messages = simulator.messages(number).unwrap();
        messages.into_iter().find(|m| is(m))
    })
    .await
}

/// Who sent the group message with the text, as the client was told.
async fn sender(client: &TestClient, text: &str) -> (Jid, Jid, Option<Jid>) {
    client
        .event(text, |event| match event {
            Event::Messages(batch) => {
                let mut messages = batch.messages.iter();
                let found = messages.find(|m| m.message.text_content() == Some(text))?;
                let source = &found.info.source;
                let (chat, sender) = (source.chat.clone(), source.sender.clone());
                Some((chat, sender, source.sender_alt.clone()))
            }
            _ => None,
        })
        .await
}

/// Waits for a receipt of so many different people.
async fn receipts(client: &TestClient, id: &str, kind: ReceiptType, people: usize) {
    eventually("the receipts of the members", async || {
        let mut of = std::collections::HashSet::new();
        client.count(|event| {
            if let Event::Receipt(r) = event
                && r.r#type == kind
                && r.source.chat.server == Server::Group
                && r.message_ids.iter().any(|i| i == id)
            {
                of.insert(r.source.sender.user.clone());
            }
            false
        });
        (of.len() == people).then_some(())
    })
    .await;
}

async fn talk_in(addressing: Addressing) {
    let simulator = three_phones(Config::default()).await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let bruno = TestClient::linked(&simulator, BRUNO).await;
    let group = group(&simulator, addressing).await;
    for n in 0..3 {
        let text = format!("from Ana {n}");
        let id = send(&ana, &group, &text).await;
        assert_eq!(ana.acknowledged(&id).await, None);
        for number in [ANA, BRUNO, CARLA] {
            let there = on_phone(&simulator, number, &text).await;
            assert_eq!(
                (there.id.as_str(), there.to.to_string()),
                (id.as_str(), group.to_string())
            );
            assert_eq!(there.from.to_string(), ANA);
        }
        assert_eq!(sender(&bruno, &text).await.0, group);
        receipts(&ana, &id, ReceiptType::Delivered, 2).await;
        for number in [BRUNO, CARLA] {
            assert_eq!(simulator.read(number, &group.to_string()).await.unwrap(), 1);
        }
        receipts(&ana, &id, ReceiptType::Read, 2).await;

        let text = format!("from Bruno's client {n}");
        send(&bruno, &group, &text).await;
        sender(&ana, &text).await;
        on_phone(&simulator, CARLA, &text).await;
        simulator.read(CARLA, &group.to_string()).await.unwrap();

        on_phone(&simulator, BRUNO, &text).await;

        let text = format!("from Carla's phone {n}");
        let written = simulator.send_text(CARLA, &group.to_string(), &text).await;
        let written = written.unwrap();
        for client in [&ana, &bruno] {
            let (_, by, alt) = sender(client, &text).await;
            let carla = simulator.phone(CARLA).unwrap();
            let (number, lid) = (jid(CARLA).to_string(), carla.lid);
            let named = (by.to_string(), alt.map(|a| a.to_string()));
            match addressing {
                Addressing::Lid => assert_eq!(named, (lid, Some(number))),
                Addressing::Pn => assert_eq!(named, (number, Some(lid))),
            }
        }
        shown(&simulator, CARLA, |m| {
            m.id == written.id && m.status == Status::Delivered
        })
        .await;
        on_phone(&simulator, BRUNO, &text).await;
        assert_eq!(simulator.read(BRUNO, &group.to_string()).await.unwrap(), 1);
    }
    assert_eq!(simulator.stats().messages_asked_again, 0);
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_and_phones_talk_in_a_group_that_names_people_by_lid() {
    talk_in(Addressing::Lid).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_and_phones_talk_in_a_group_that_names_people_by_number() {
    talk_in(Addressing::Pn).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_makes_a_group_and_its_members_learn_of_it() {
    let simulator = three_phones(Config::default()).await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let bruno = TestClient::linked(&simulator, BRUNO).await;
    let options = GroupCreateOptions::new("Party")
        .with_participant(GroupParticipantOptions::from_phone(jid(BRUNO)));
    let made = ana.client.groups().create_group(options).await.unwrap();
    let id = made.metadata.id.clone();
    assert_eq!(made.metadata.subject, "Party");
    bruno
        .event("the new group", |event| match event {
            Event::GroupUpdate(update) if update.group_jid == id => Some(()),
            _ => None,
        })
        .await;
    let known = bruno.client.groups().get_participating().await.unwrap();
    let known = &known[&id];
    assert_eq!(known.participants.len(), 2);
    let owner = known.participants.iter().find(|p| p.is_admin()).unwrap();
    assert_eq!(owner.phone_number, Some(jid(ANA)));
    assert_eq!(owner.jid.to_string(), simulator.phone(ANA).unwrap().lid);
    let listed = simulator.groups().remove(0);
    assert_eq!(
        (listed.jid, listed.owner.to_string()),
        (id.to_string(), ANA.to_owned())
    );
    send(&bruno, &id, "thanks").await;
    sender(&ana, "thanks").await;
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_in_a_group_neither_sees_it_nor_writes_to_it() {
    let simulator = three_phones(Config::default()).await;
    let carla = TestClient::linked(&simulator, CARLA).await;
    let members = [BRUNO.to_owned()];
    let group = simulator.make_group("Two", ANA, &members, Addressing::Lid);
    let group: Jid = group.await.unwrap().jid.parse().unwrap();
    let groups = carla.client.groups();
    let hidden = groups.get_metadata(&group).await.unwrap_err();
    assert!(format!("{hidden:?}").contains("403"), "{hidden:?}");
    let unknown: Jid = "120363999999999999@g.us".parse().unwrap();
    let unknown = groups.get_metadata(&unknown).await.unwrap_err();
    assert!(format!("{unknown:?}").contains("404"), "{unknown:?}");
    assert!(groups.get_participating().await.unwrap().is_empty());
    carla
        .client
        .send_text(group.clone(), "let me in")
        .await
        .unwrap_err();
    // A client that still believes to be in the group finds out by the ack.
    let enc = NodeBuilder::new("enc").attr("v", "2").attr("type", "skmsg");
    let stanza = NodeBuilder::new("message")
        .attr("to", group.clone())
        .attr("id", "3EB0BBBBBBBBBBBBBBBBBB")
        .attr("type", "text")
        .children([enc.bytes(vec![1, 2, 3]).build()])
        .build();
    carla.client.send_node(stanza).await.unwrap();
    let refused = carla.acknowledged("3EB0BBBBBBBBBBBBBBBBBB").await;
    assert_eq!(refused.as_deref(), Some("403"));
    let over_http = simulator
        .send_text(CARLA, &group.to_string(), "me too")
        .await;
    assert!(
        over_http
            .unwrap_err()
            .to_string()
            .contains("not in the group")
    );
    assert_eq!(simulator.stats().messages_relayed, 0);
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_come_and_go_and_keys_with_them() {
    let simulator = three_phones(Config::default()).await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let carla = TestClient::linked(&simulator, CARLA).await;
    let group = group(&simulator, Addressing::Lid).await;
    let name = group.to_string();
    simulator
        .send_text(BRUNO, &name, "all three")
        .await
        .unwrap();
    sender(&carla, "all three").await;
    send(&ana, &group, "hello Carla").await;
    on_phone(&simulator, CARLA, "hello Carla").await;
    let her = [CARLA.to_owned()];
    let left = simulator.change_members(&name, &[], &her);
    assert_eq!(left.await.unwrap().participants.len(), 2);
    ana.event("Carla's leaving", |event| match event {
        Event::GroupUpdate(update) => format!("{update:?}").contains("Remove").then_some(()),
        _ => None,
    })
    .await;
    simulator
        .send_text(BRUNO, &name, "without Carla")
        .await
        .unwrap();
    sender(&ana, "without Carla").await;
    send(&ana, &group, "now we are two").await;
    on_phone(&simulator, BRUNO, "now we are two").await;
    simulator.change_members(&name, &her, &[]).await.unwrap();
    simulator
        .send_text(BRUNO, &name, "welcome back")
        .await
        .unwrap();
    sender(&carla, "welcome back").await;
    let of_carla = simulator.messages(CARLA).unwrap();
    let texts: Vec<_> = of_carla.iter().map(|m| m.text.as_str()).collect();
    assert_eq!(texts, ["all three", "hello Carla", "welcome back"]);
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_and_its_keys_outlive_the_simulator() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        data: Some(folder.path().to_owned()),
        ..Default::default()
    };
    let simulator = three_phones(config.clone()).await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let group = group(&simulator, Addressing::Lid).await;
    send(&ana, &group, "first day").await;
    on_phone(&simulator, CARLA, "first day").await;
    let written = simulator
        .send_text(CARLA, &group.to_string(), "answer")
        .await;
    written.unwrap();
    sender(&ana, "answer").await;
    let backend = ana.stop().await;
    simulator.stop().await;

    let simulator = Simulator::start(config).await.unwrap();
    assert_eq!(simulator.groups()[0].jid, group.to_string());
    let ana = TestClient::start(&simulator.ws_url(), backend).await;
    ana.ready().await;
    let id = send(&ana, &group, "second day").await;
    assert_eq!(on_phone(&simulator, CARLA, "second day").await.id, id);
    let written = simulator
        .send_text(CARLA, &group.to_string(), "still here")
        .await;
    written.unwrap();
    sender(&ana, "still here").await;
    assert_eq!(simulator.stats().messages_asked_again, 0);
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reactions_edits_and_deletions_work_in_groups_and_admins_delete_for_others() {
    let simulator = three_phones(Config::default()).await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let group = group(&simulator, Addressing::Lid).await;
    let name = group.to_string();
    let written = simulator
        .send_text(CARLA, &name, "look at this")
        .await
        .unwrap();
    sender(&ana, "look at this").await;
    let carla: Jid = simulator.phone(CARLA).unwrap().lid.parse().unwrap();
    let key = wa::MessageKey {
        remote_jid: Some(name.clone()),
        from_me: Some(false),
        id: Some(written.id.clone()),
        participant: Some(carla.to_string()),
    };
    ana.client
        .send_reaction(group.clone(), key, "👀")
        .await
        .unwrap();
    shown(&simulator, CARLA, |m| {
        m.id == written.id && m.reactions.len() == 1
    })
    .await;
    let id = send(&ana, &group, "tomorow").await;
    let better = wa::Message {
        conversation: Some("tomorrow".to_owned()),
        ..Default::default()
    };
    ana.client
        .edit_message(group.clone(), id.as_str(), better)
        .await
        .unwrap();
    shown(&simulator, BRUNO, |m| {
        m.id == id && m.edited && m.text == "tomorrow"
    })
    .await;
    let admin = RevokeType::Admin {
        original_sender: carla,
    };
    ana.client
        .revoke_message(group.clone(), written.id.as_str(), admin)
        .await
        .unwrap();
    for number in [BRUNO, CARLA] {
        shown(&simulator, number, |m| m.id == written.id && m.deleted).await;
    }
    let quote = json!({ "text": "agreed", "quoted": { "id": id } });
    let quote: Draft = serde_json::from_value(quote).unwrap();
    simulator.send(BRUNO, &name, quote).await.unwrap();
    let context = ana
        .event("the quote", |event| match event {
            Event::Messages(batch) => batch.messages.iter().find_map(|m| {
                let text = m.message.extended_text_message.as_option()?;
                text.context_info.as_option().cloned()
            }),
            _ => None,
        })
        .await;
    assert_eq!(context.participant, Some(simulator.phone(ANA).unwrap().lid));
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_made_shown_and_changed_over_http() {
    let simulator = three_phones(Config::default()).await;
    let http = reqwest::Client::new();
    let url = |path: &str| format!("{}{path}", simulator.http_url());
    let post = async |path: &str, body: Value| {
        let response = http.post(url(path)).json(&body).send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json::<Value>().await.unwrap())
    };
    let new = json!({ "subject": "Trip", "owner": ANA, "participants": [BRUNO] });
    let (status, made) = post("/groups", new).await;
    assert_eq!((status, &made["subject"]), (201, &json!("Trip")));
    assert_eq!(made["participants"].as_array().unwrap().len(), 2);
    let named = made["jid"].as_str().unwrap();
    let path = format!("/groups/{named}/participants");
    let (status, changed) = post(&path, json!({ "add": [CARLA] })).await;
    assert_eq!(
        (status, changed["participants"].as_array().unwrap().len()),
        (200, 3)
    );
    let message = json!({ "to": named, "text": "hi all" });
    let (status, sent) = post(&format!("/phones/{CARLA}/messages"), message).await;
    assert_eq!((status, &sent["to"]), (201, &made["jid"]));
    on_phone(&simulator, BRUNO, "hi all").await;
    let list = http.get(url("/groups")).send().await.unwrap();
    let list: Value = list.json().await.unwrap();
    assert_eq!(list[0]["participants"][0]["role"], "superadmin");
    let (status, refused) = post(
        "/groups",
        json!({ "subject": "X", "owner": "+15550001111" }),
    )
    .await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (404, &json!("phone_not_found"))
    );
    let message = json!({ "to": "120363000000000000@g.us", "text": "hi" });
    let (status, refused) = post(&format!("/phones/{CARLA}/messages"), message).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (404, &json!("group_not_found"))
    );
    simulator.stop().await;
}
