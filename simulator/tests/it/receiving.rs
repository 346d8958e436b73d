//! What a linked client is told besides plain messages.

use bytes::Bytes;
use whahook_simulator::{
    Addressing, Attachment, Config, Draft, GroupChanges, Simulator, Unreadable,
};
use whatsapp_rust::prelude::*;
use whatsapp_rust::types::call::CallAction;
use whatsapp_rust::types::events::UnavailableType;
use whatsapp_rust::waproto::whatsapp as wa;

use crate::support::*;

const CARLA: &str = "+593998887766";

fn draft(text: &str, unreadable: Unreadable) -> Draft {
    Draft {
        text: text.to_owned(),
        unreadable: Some(unreadable),
        ..Default::default()
    }
}

async fn undecryptable(client: &TestClient, id: &str) -> UnavailableType {
    client
        .event("a message that cannot be read", |event| match event {
            Event::UndecryptableMessage(message) if message.info.id == id => {
                Some(message.unavailable_type)
            }
            _ => None,
        })
        .await
}

/// Ana's client has confirmed everything: nothing comes again.
async fn nothing_waits(simulator: &Simulator) {
    eventually("an empty queue", || async {
        let queued = simulator.phone(ANA).unwrap().devices[0].queued;
        (queued == 0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_rings_and_is_missed() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    for video in [false, true] {
        let call = simulator.call(BRUNO, ANA, video).await.unwrap();
        let rings = |action: &CallAction| match action {
            CallAction::Offer {
                call_id, is_video, ..
            } => (*call_id == call.id && *is_video == video).then_some(()),
            _ => None,
        };
        let caller = ana
            .event("the ringing", |event| match event {
                Event::IncomingCall(incoming) => {
                    rings(&incoming.action).map(|()| incoming.from.clone())
                }
                _ => None,
            })
            .await;
        assert_eq!(caller.to_string(), simulator.phone(BRUNO).unwrap().lid);
        simulator.hang_up(BRUNO, &call.id).await.unwrap();
        ana.event("the end of the call", |event| match event {
            Event::IncomingCall(incoming) => match &incoming.action {
                CallAction::Terminate { call_id, .. } => (*call_id == call.id).then_some(()),
                _ => None,
            },
            _ => None,
        })
        .await;
        assert!(
            simulator.hang_up(BRUNO, &call.id).await.is_err(),
            "it is over"
        );
    }
    let shown: Vec<_> = simulator
        .messages(ANA)
        .unwrap()
        .into_iter()
        .map(|message| (message.kind, message.text))
        .collect();
    let missed = |text: &str| ("call".to_owned(), text.to_owned());
    assert_eq!(
        shown,
        [missed("Missed voice call"), missed("Missed video call")]
    );
    nothing_waits(&simulator).await;
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_while_the_client_was_away_is_told_when_it_is_back() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let backend = ana.stop().await;
    let call = simulator.call(BRUNO, ANA, false).await.unwrap();
    simulator.hang_up(BRUNO, &call.id).await.unwrap();
    simulator.send_text(BRUNO, ANA, "I called").await.unwrap();
    let ana = TestClient::start(&simulator.ws_url(), backend).await;
    ana.event("a missed call", |event| match event {
        Event::MissedCall(missed) => (missed.call_id == call.id).then_some(()),
        _ => None,
    })
    .await;
    ana.event("the text, as from before", |event| match event {
        Event::Messages(batch) => {
            let mut messages = batch.messages.iter();
            messages
                .any(|m| m.message.text_content() == Some("I called") && m.info.is_offline)
                .then_some(())
        }
        _ => None,
    })
    .await;
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_a_group_are_told_with_who_made_them() {
    let simulator = simulator().await;
    simulator.add_phone(CARLA, "Carla").await.unwrap();
    let ana = TestClient::linked(&simulator, ANA).await;
    let members = [ANA.to_owned(), CARLA.to_owned()];
    let made = simulator.make_group("Trip", BRUNO, &members, Addressing::Lid);
    let group = made.await.unwrap().jid;
    let told = async |what: &str, by: &str| {
        let author = simulator.phone(by).unwrap().lid;
        ana.event(what, |event| match event {
            Event::GroupUpdate(update) => {
                let is_it = format!("{:?}", update.action).starts_with(what);
                let by = update.participant.as_ref()?.to_string();
                (is_it && by == author).then_some(())
            }
            _ => None,
        })
        .await;
    };
    let renamed = simulator.rename_group(&group, Some(CARLA), "Holidays");
    assert_eq!(renamed.await.unwrap().subject, "Holidays");
    told("Subject", CARLA).await;
    let one = |number: &str| vec![number.to_owned()];
    let promote = GroupChanges {
        promote: one(CARLA),
        ..Default::default()
    };
    simulator
        .change_group(&group, None, &promote)
        .await
        .unwrap();
    told("Promote", BRUNO).await;
    let demote = GroupChanges {
        demote: one(CARLA),
        ..Default::default()
    };
    simulator.change_group(&group, None, &demote).await.unwrap();
    told("Demote", BRUNO).await;
    let leave = GroupChanges {
        remove: one(CARLA),
        ..Default::default()
    };
    let left = simulator.change_group(&group, Some(CARLA), &leave).await;
    assert_eq!(left.unwrap().participants.len(), 2);
    told("Remove", CARLA).await;
    let again = simulator.rename_group(&group, Some(CARLA), "Mine").await;
    assert!(again.is_err(), "she is not in it any more");
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_cannot_be_read_is_asked_for_and_comes_again() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let members = [ANA.to_owned()];
    let made = simulator.make_group("Two", BRUNO, &members, Addressing::Lid);
    let group = made.await.unwrap().jid;
    for (n, to) in [ANA, &group].into_iter().enumerate() {
        // With a new session, and in one that is there.
        for word in ["first", "second"] {
            let text = format!("{word} {n}");
            let sent = simulator
                .send(BRUNO, to, draft(&text, Unreadable::Once))
                .await;
            assert_eq!(ana.text(&text).await, sent.unwrap().id);
        }
    }
    assert!(simulator.stats().messages_asked_again >= 4);
    nothing_waits(&simulator).await;
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_cannot_be_read_waits_as_long_as_the_phone_does() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let hidden = draft("hidden", Unreadable::UntilSentAgain);
    let sent = simulator.send(BRUNO, ANA, hidden).await.unwrap();
    assert_eq!(
        undecryptable(&ana, &sent.id).await,
        UnavailableType::Unknown
    );
    eventually("the question for it", || async {
        (simulator.stats().messages_asked_again > 0).then_some(())
    })
    .await;
    simulator
        .send_text(BRUNO, ANA, "others come")
        .await
        .unwrap();
    ana.text("others come").await;
    assert!(!ana.has_text("hidden"));
    assert!(simulator.send_again(BRUNO, &sent.id).await.unwrap() > 0);
    assert_eq!(ana.text("hidden").await, sent.id);
    assert!(simulator.send_again(BRUNO, &sent.id).await.is_err());
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_looked_at_once_is_for_phones_only() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let attachment = Attachment {
        kind: Some("image".to_owned()),
        mime_type: "image/png".to_owned(),
        file_name: None,
        caption: Some("once".to_owned()),
        quoted: None,
        view_once: true,
        bytes: Bytes::from_static(b"no real picture"),
    };
    let sent = simulator.send_media(BRUNO, ANA, attachment).await.unwrap();
    assert_eq!(
        undecryptable(&ana, &sent.id).await,
        UnavailableType::ViewOnce
    );
    let on_phone = simulator.messages(ANA).unwrap();
    let shown = on_phone.iter().find(|m| m.id == sent.id).unwrap();
    assert!(shown.facts.view_once);
    let (_, bytes) = simulator.media(ANA, &sent.id).unwrap();
    assert_eq!(bytes, b"no real picture");
    // The next one is read as ever.
    simulator.send_text(BRUNO, ANA, "seen?").await.unwrap();
    ana.text("seen?").await;
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_is_for_everyone() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    for text in ["on the beach", "back home"] {
        let sent = simulator.send_text(BRUNO, "status@broadcast", text).await;
        let id = sent.unwrap().id;
        let (chat, sender) = ana
            .event("the status", |event| match event {
                Event::Messages(batch) => {
                    let mut messages = batch.messages.iter();
                    let found = messages.find(|m| m.info.id == id)?;
                    assert_eq!(found.message.text_content(), Some(text));
                    let source = &found.info.source;
                    Some((source.chat.to_string(), source.sender.user.to_string()))
                }
                _ => None,
            })
            .await;
        assert_eq!(chat, "status@broadcast");
        assert_eq!(sender, BRUNO.trim_start_matches('+'));
        let of_ana = simulator.messages(ANA).unwrap();
        let shown = of_ana.iter().find(|m| m.id == id).unwrap();
        assert_eq!(shown.to.to_string(), "status@broadcast");
    }
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_and_a_name_are_told_when_they_change() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let of_bruno = async || {
        let contacts = ana.client.contacts();
        contacts
            .get_profile_picture(&jid(BRUNO), false)
            .await
            .unwrap()
    };
    assert!(of_bruno().await.is_none());
    for bytes in [&b"one picture"[..], b"another"] {
        let bytes = Bytes::from_static(bytes);
        let phone = simulator.set_picture(BRUNO, Some(bytes.clone())).await;
        let id = phone.unwrap().picture_id.unwrap();
        ana.event("the new picture", |event| match event {
            Event::PictureUpdate(update) => {
                (update.picture_id.as_deref() == Some(id.as_str())).then_some(())
            }
            _ => None,
        })
        .await;
        let picture = of_bruno().await.unwrap();
        assert_eq!(picture.id, id);
        let url = picture.url.replacen("https://", "http://", 1);
        let downloaded = reqwest::get(url).await.unwrap().bytes().await.unwrap();
        assert_eq!(downloaded, bytes);
    }
    simulator.set_picture(BRUNO, None).await.unwrap();
    ana.event("that there is none", |event| match event {
        Event::PictureUpdate(update) => update.removed.then_some(()),
        _ => None,
    })
    .await;
    assert!(of_bruno().await.is_none());

    simulator.rename(BRUNO, "Bruno B.").await.unwrap();
    let sent = simulator
        .send_text(BRUNO, ANA, "my new name")
        .await
        .unwrap();
    let name = ana
        .event("his name", |event| match event {
            Event::Messages(batch) => {
                let mut messages = batch.messages.iter();
                let found = messages.find(|m| m.info.id == sent.id)?;
                Some(found.info.push_name.clone())
            }
            _ => None,
        })
        .await;
    assert_eq!(name, "Bruno B.");
    simulator.stop().await;
}

/// A chat and the texts in it.
type Chat = (String, Vec<String>);

/// What the client was told of its history: sync type, progress, chats.
fn chunk(event: &Event) -> Option<(i32, u32, Vec<Chat>)> {
    let Event::HistorySync(sync) = event else {
        return None;
    };
    let history = sync.get()?;
    let text = |m: &wa::HistorySyncMsg| {
        let message = m.message.as_option()?.message.as_option()?;
        message.text_content().map(ToOwned::to_owned)
    };
    let chats = history.conversations.iter().map(|chat| {
        let texts = chat.messages.iter().filter_map(text).collect();
        (chat.id.clone(), texts)
    });
    Some((sync.sync_type(), sync.progress()?, chats.collect()))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stood_in_the_chats_before_linking_is_told_in_chunks() {
    const MESSAGES: usize = 450;
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        data: Some(folder.path().to_owned()),
        ..Default::default()
    };
    let simulator = Simulator::start(config).await.unwrap();
    simulator.add_phone(ANA, "Ana").await.unwrap();
    simulator.add_phone(BRUNO, "Bruno").await.unwrap();
    for n in 0..MESSAGES - 1 {
        simulator
            .send_text(BRUNO, ANA, &n.to_string())
            .await
            .unwrap();
    }
    let members = [BRUNO.to_owned()];
    let made = simulator.make_group("Trip", ANA, &members, Addressing::Lid);
    let group = made.await.unwrap().jid;
    simulator
        .send_text(ANA, &group, "in the group")
        .await
        .unwrap();

    let ana = TestClient::linked(&simulator, ANA).await;
    ana.event("all of the history", |event| {
        chunk(event).filter(|(_, progress, _)| *progress == 100)
    })
    .await;
    let mut chunks = Vec::new();
    let _ = ana.count(|event| {
        chunks.extend(chunk(event));
        false
    });
    let initial = wa::history_sync::HistorySyncType::INITIAL_BOOTSTRAP as i32;
    let recent = wa::history_sync::HistorySyncType::RECENT as i32;
    let of_type = |wanted: i32| chunks.iter().filter(move |(kind, ..)| *kind == wanted);
    let (_, _, first) = of_type(initial).next().unwrap();
    let bruno = format!("{}@s.whatsapp.net", BRUNO.trim_start_matches('+'));
    // Of each chat the newest message, the newest chat first.
    assert_eq!(
        *first,
        [
            (group.clone(), vec!["in the group".to_owned()]),
            (bruno.clone(), vec![(MESSAGES - 2).to_string()]),
        ]
    );
    assert_eq!(of_type(recent).count(), MESSAGES.div_ceil(200));
    let mut told: Vec<String> = of_type(recent)
        .flat_map(|(_, _, chats)| chats.iter().filter(|(chat, _)| *chat == bruno))
        .flat_map(|(_, texts)| texts.iter().cloned())
        .collect();
    told.sort_by_key(|text| text.parse::<usize>().unwrap());
    let all: Vec<String> = (0..MESSAGES - 1).map(|n| n.to_string()).collect();
    assert_eq!(told, all);
    simulator.stop().await;
}
