//! Every kind of message between a client and a phone.

use serde_json::{Value, json};
use whahook_simulator::{ChatMessage, Draft, Simulator};
use whatsapp_rust::download::MediaType;
use whatsapp_rust::prelude::*;
use whatsapp_rust::send::RevokeType;
use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::waproto::whatsapp::message::{
    ContactMessage, ContactsArrayMessage, ExtendedTextMessage, LocationMessage, VideoMessage,
};

use crate::support::*;

/// What stands on Bruno's phone under the id, once it is as asked.
async fn shown(simulator: &Simulator, id: &str, is: impl Fn(&ChatMessage) -> bool) -> ChatMessage {
    eventually("the message on the phone", async || {
        let messages = simulator.messages(BRUNO).unwrap();
        messages.into_iter().find(|m| m.id == id && is(m))
    })
    .await
}

async fn sent(client: &TestClient, message: wa::Message) -> String {
    let sent = client.client.send_message(jid(BRUNO), message).await;
    sent.unwrap().message_id
}

fn draft(draft: Value) -> Draft {
    serde_json::from_value(draft).unwrap()
}

fn key(of: &ChatMessage, from_me: bool) -> wa::MessageKey {
    wa::MessageKey {
        remote_jid: Some(jid(BRUNO).to_string()),
        from_me: Some(from_me),
        id: Some(of.id.clone()),
        participant: None,
    }
}

/// The first message of the client's that the question finds something in.
async fn received<T>(
    client: &TestClient,
    what: &str,
    mut pick: impl FnMut(&wa::Message) -> Option<T>,
) -> T {
    client
        .event(what, |event| match event {
            Event::Messages(batch) => batch.messages.iter().find_map(|m| pick(&m.message)),
            _ => None,
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_with_preview_mention_and_quote_is_shown_with_all_three() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let question = simulator
        .send_text(BRUNO, ANA, "where is it?")
        .await
        .unwrap();
    ana.text("where is it?").await;
    let quoted = wa::Message {
        conversation: Some("where is it?".to_owned()),
        ..Default::default()
    };
    let context = wa::ContextInfo {
        stanza_id: Some(question.id.clone()),
        participant: Some(jid(BRUNO).to_string()),
        quoted_message: quoted.into(),
        mentioned_jid: vec![jid(BRUNO).to_string()],
        ..Default::default()
    };
    let text = ExtendedTextMessage {
        text: Some("@Bruno see https://example.com/map".to_owned()),
        matched_text: Some("https://example.com/map".to_owned()),
        title: Some("The map".to_owned()),
        description: Some("Of the harbour".to_owned()),
        jpeg_thumbnail: Some(vec![0xff, 0xd8]),
        context_info: context.into(),
        ..Default::default()
    };
    let message = wa::Message {
        extended_text_message: text.into(),
        ..Default::default()
    };
    let id = sent(&ana, message).await;
    let shown = serde_json::to_value(shown(&simulator, &id, |_| true).await).unwrap();
    assert_eq!(shown["type"], "text");
    assert_eq!(
        shown["quoted"],
        json!({ "id": question.id, "from": BRUNO, "text": "where is it?" })
    );
    assert_eq!(shown["mentions"], json!([BRUNO]));
    assert_eq!(
        shown["link_preview"],
        json!({
            "url": "https://example.com/map", "title": "The map",
            "description": "Of the harbour", "has_thumbnail": true,
        })
    );
    // The own phone has the same.
    let own = on_phone(&simulator, ANA, "@Bruno see https://example.com/map").await;
    assert_eq!(own.facts.quoted.unwrap().id, question.id);
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn places_contacts_and_gifs_of_a_client_are_shown_as_what_they_are() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let place = LocationMessage {
        degrees_latitude: Some(-2.19),
        degrees_longitude: Some(-79.88),
        name: Some("Malecón".to_owned()),
        address: Some("Guayaquil".to_owned()),
        ..Default::default()
    };
    let place = wa::Message {
        location_message: place.into(),
        ..Default::default()
    };
    let id = sent(&ana, place).await;
    let location = shown(&simulator, &id, |_| true).await;
    assert_eq!(location.kind, "location");
    let location = location.facts.location.unwrap();
    assert_eq!((location.latitude, location.longitude), (-2.19, -79.88));
    assert_eq!(location.name.as_deref(), Some("Malecón"));
    assert_eq!(location.address.as_deref(), Some("Guayaquil"));

    let card = |name: &str| ContactMessage {
        display_name: Some(name.to_owned()),
        vcard: Some(format!("BEGIN:VCARD\nFN:{name}\nEND:VCARD")),
        ..Default::default()
    };
    let one = wa::Message {
        contact_message: card("Carla").into(),
        ..Default::default()
    };
    let id = sent(&ana, one).await;
    let one = shown(&simulator, &id, |_| true).await;
    assert_eq!(
        (one.kind.as_str(), one.facts.contacts.len()),
        ("contact", 1)
    );
    assert!(one.facts.contacts[0].vcard.contains("FN:Carla"));
    let two = ContactsArrayMessage {
        contacts: vec![card("Carla"), card("Dario")],
        ..Default::default()
    };
    let two = wa::Message {
        contacts_array_message: two.into(),
        ..Default::default()
    };
    let id = sent(&ana, two).await;
    let two = shown(&simulator, &id, |_| true).await;
    assert_eq!(two.kind, "contact");
    let names: Vec<_> = two.facts.contacts.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["Carla", "Dario"]);

    let file = ana
        .client
        .upload(
            b"not really a film".to_vec(),
            MediaType::Video,
            Default::default(),
        )
        .await
        .unwrap();
    let gif = VideoMessage {
        gif_playback: Some(true),
        direct_path: Some(file.direct_path),
        media_key: Some(file.media_key.to_vec()),
        file_sha256: Some(file.file_sha256.to_vec()),
        file_enc_sha256: Some(file.file_enc_sha256.to_vec()),
        file_length: Some(file.file_length),
        mimetype: Some("video/mp4".to_owned()),
        ..Default::default()
    };
    let gif = wa::Message {
        video_message: gif.into(),
        ..Default::default()
    };
    let id = sent(&ana, gif).await;
    let gif = shown(&simulator, &id, |_| true).await;
    assert_eq!(gif.kind, "gif");
    assert_eq!(gif.media.unwrap().error, None);
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reaction_stands_at_its_message_until_it_is_taken_back() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let written = simulator.send_text(BRUNO, ANA, "done").await.unwrap();
    ana.text("done").await;
    for emoji in ["👍", "🎉"] {
        let reacted = ana
            .client
            .send_reaction(jid(BRUNO), key(&written, false), emoji)
            .await
            .unwrap();
        let target = shown(&simulator, &written.id, |m| {
            m.reactions.iter().any(|r| r.emoji == emoji)
        })
        .await;
        assert_eq!(target.reactions.len(), 1, "the second replaces the first");
        assert_eq!(target.reactions[0].from.to_string(), ANA);
        let listed = shown(&simulator, &reacted.message_id, |_| true).await;
        assert_eq!(listed.kind, "reaction");
        let reaction = listed.facts.reaction.unwrap();
        assert_eq!(
            (reaction.emoji.as_str(), &reaction.to),
            (emoji, &written.id)
        );
    }
    ana.client
        .send_reaction(jid(BRUNO), key(&written, false), "")
        .await
        .unwrap();
    shown(&simulator, &written.id, |m| m.reactions.is_empty()).await;

    let answer =
        draft(json!({ "type": "reaction", "reaction": { "emoji": "🙏", "to": written.id } }));
    simulator.send(BRUNO, ANA, answer).await.unwrap();
    let reaction = received(&ana, "the phone's reaction", |m| {
        m.reaction_message.as_option().cloned()
    })
    .await;
    assert_eq!(reaction.text.as_deref(), Some("🙏"));
    assert_eq!(reaction.key.id.as_deref(), Some(written.id.as_str()));
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_changes_the_text_and_a_deletion_takes_it_away() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let id = ana.send(BRUNO, "tomorow").await;
    shown(&simulator, &id, |m| m.text == "tomorow").await;
    let better = wa::Message {
        conversation: Some("tomorrow".to_owned()),
        ..Default::default()
    };
    ana.client
        .edit_message(jid(BRUNO), id.as_str(), better)
        .await
        .unwrap();
    let edited = shown(&simulator, &id, |m| m.edited).await;
    assert_eq!(edited.text, "tomorrow");
    let again = wa::message::ProtocolMessage {
        key: key(&edited, true).into(),
        r#type: Some(wa::message::protocol_message::Type::MessageEdit),
        edited_message: wa::Message {
            conversation: Some("on Friday".to_owned()),
            ..Default::default()
        }
        .into(),
        ..Default::default()
    };
    let again = wa::Message {
        protocol_message: again.into(),
        ..Default::default()
    };
    // Some apps wrap it once more.
    let wrapped = wa::Message {
        edited_message: wa::message::FutureProofMessage {
            message: again.into(),
        }
        .into(),
        ..Default::default()
    };
    sent(&ana, wrapped).await;
    shown(&simulator, &id, |m| m.text == "on Friday").await;
    ana.client
        .revoke_message(jid(BRUNO), id.as_str(), RevokeType::Sender)
        .await
        .unwrap();
    let deleted = shown(&simulator, &id, |m| m.deleted).await;
    assert_eq!(deleted.text, "");
    let own = eventually("the own phone to know", async || {
        let messages = simulator.messages(ANA).unwrap();
        messages.into_iter().find(|m| m.id == id && m.deleted)
    });
    assert!(own.await.edited);
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_edits_or_deletes_what_another_wrote() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let written = simulator.send_text(BRUNO, ANA, "mine").await.unwrap();
    ana.text("mine").await;
    let other = wa::Message {
        conversation: Some("yours".to_owned()),
        ..Default::default()
    };
    ana.client
        .edit_message(jid(BRUNO), written.id.as_str(), other)
        .await
        .unwrap();
    ana.client
        .revoke_message(jid(BRUNO), written.id.as_str(), RevokeType::Sender)
        .await
        .unwrap();
    let after = ana.send(BRUNO, "after").await;
    shown(&simulator, &after, |_| true).await;
    let untouched = shown(&simulator, &written.id, |_| true).await;
    assert_eq!(untouched.text, "mine");
    assert!(!untouched.edited && !untouched.deleted);
    let foreign = draft(json!({ "type": "delete", "message_id": after }));
    let refused = simulator.send(BRUNO, ANA, foreign).await.unwrap_err();
    assert!(refused.to_string().contains("message_id"), "{refused}");
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn votes_in_polls_of_either_side_are_counted() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let options = ["Monday".to_owned(), "Friday".to_owned()];
    for (selectable, multiple) in [(1, false), (2, true)] {
        let (sent, _) = ana
            .client
            .polls()
            .create(jid(BRUNO), "When?", &options, selectable)
            .await
            .unwrap();
        let poll = shown(&simulator, &sent.message_id, |_| true).await;
        assert_eq!((poll.kind.as_str(), poll.text.as_str()), ("poll", "When?"));
        let poll = poll.facts.poll.unwrap();
        assert_eq!(
            (poll.options.as_slice(), poll.multiple),
            (&options[..], multiple)
        );
        let vote = draft(json!({
            "type": "vote", "message_id": sent.message_id, "options": ["Friday"],
        }));
        simulator.send(BRUNO, ANA, vote).await.unwrap();
        eventually("the vote on the own phone", async || {
            let messages = simulator.messages(ANA).unwrap();
            let poll = messages.into_iter().find(|m| m.id == sent.message_id)?;
            let votes = poll.facts.poll?.votes;
            (votes.first()?.options == ["Friday"]).then_some(())
        })
        .await;
    }

    let poll = draft(json!({
        "type": "poll", "poll": { "question": "Where?", "options": ["Here", "There"] },
    }));
    let poll = simulator.send(BRUNO, ANA, poll).await.unwrap();
    let secret = received(&ana, "the phone's poll", |m| {
        let named = m.poll_creation_message_v3.as_option()?.name.as_deref()?;
        let secret = m.message_context_info.as_option()?.message_secret.clone()?;
        (named == "Where?").then_some(secret)
    })
    .await;
    ana.client
        .polls()
        .vote(
            jid(BRUNO),
            &poll.id,
            &jid(BRUNO),
            &secret,
            &["There".to_owned()],
        )
        .await
        .unwrap();
    let voted = shown(&simulator, &poll.id, |m| {
        m.facts.poll.as_ref().is_some_and(|p| !p.votes.is_empty())
    })
    .await;
    let votes = voted.facts.poll.unwrap().votes;
    assert_eq!(votes[0].from, ANA);
    assert_eq!(votes[0].options, ["There"]);
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_answers_edits_deletes_and_sends_places_and_contacts_over_http() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let id = ana.send(BRUNO, "are you coming?").await;
    shown(&simulator, &id, |_| true).await;
    let url = format!("{}/phones/{BRUNO}/messages", simulator.http_url());
    let http = reqwest::Client::new();
    let write = async |body: Value| -> Value {
        let response = http.post(&url).json(&body).send().await.unwrap();
        assert_eq!(response.status(), 201);
        response.json().await.unwrap()
    };
    let answer = json!({ "to": ANA, "text": "yess", "quoted": { "id": id }, "mentions": [ANA] });
    let answer = write(answer).await;
    assert_eq!(answer["quoted"]["text"], "are you coming?");
    let context = received(&ana, "the answer", |m| {
        m.extended_text_message
            .as_option()?
            .context_info
            .as_option()
            .cloned()
    })
    .await;
    assert_eq!(context.stanza_id.as_deref(), Some(id.as_str()));
    assert_eq!(context.participant, Some(jid(ANA).to_string()));
    assert_eq!(context.mentioned_jid, [jid(ANA).to_string()]);

    let edit = json!({ "to": ANA, "type": "edit", "message_id": answer["id"], "text": "yes" });
    let edited = write(edit).await;
    assert_eq!(
        (&edited["id"], &edited["text"]),
        (&answer["id"], &json!("yes"))
    );
    assert_eq!(edited["edited"], true);
    received(&ana, "the edit", |m| {
        let edited = m.protocol_message.as_option()?.edited_message.as_option()?;
        (edited.text_content() == Some("yes")).then_some(())
    })
    .await;
    let place = json!({
        "to": ANA, "type": "location",
        "location": { "latitude": 1.5, "longitude": 2.5, "name": "Here" },
    });
    let place = write(place).await;
    received(&ana, "the place", |m| {
        let place = m.location_message.as_option()?;
        (place.degrees_latitude == Some(1.5) && place.name.as_deref() == Some("Here")).then_some(())
    })
    .await;
    let cards = json!({
        "to": ANA, "type": "contact", "contacts": [
            { "name": "Carla", "vcard": "BEGIN:VCARD\nEND:VCARD" },
            { "name": "Dario", "vcard": "BEGIN:VCARD\nEND:VCARD" },
        ],
    });
    assert_eq!(write(cards).await["text"], "Carla, Dario");
    received(&ana, "the contacts", |m| {
        (m.contacts_array_message.as_option()?.contacts.len() == 2).then_some(())
    })
    .await;
    let delete = json!({ "to": ANA, "type": "delete", "message_id": place["id"] });
    let deleted = write(delete).await;
    assert_eq!(
        (&deleted["deleted"], &deleted["text"]),
        (&json!(true), &json!(""))
    );
    assert_eq!(deleted["location"], Value::Null);
    received(&ana, "the deletion", |m| {
        let revoked = m
            .protocol_message
            .as_option()?
            .key
            .as_option()?
            .id
            .clone()?;
        (revoked == place["id"]).then_some(())
    })
    .await;
    let nonsense = json!({ "to": ANA, "type": "edit", "message_id": id, "text": "no" });
    let refused = http.post(&url).json(&nonsense).send().await.unwrap();
    assert_eq!(refused.status(), 422, "another's message");
    simulator.stop().await;
}
