//! Every kind of file: on the phone stands what was given, to a person and to a
//! group.

use crate::support::{
    Client, Setup, TestApp,
    eventually::eventually,
    on_both_databases,
    samples::{VOICE, film, m4a, mp3, picture},
    send,
    whatsapp::{ANA, BRUNO, CARLA, fault, simulator, until_message, until_received, until_status},
};
use image::ImageFormat;
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use std::{io::Cursor, time::Duration};
use whahook_simulator::{Addressing, ChatMessage, Draft, Simulator};

/// Ana's account, linked.
struct Scene {
    simulator: Simulator,
    app: TestApp,
    ana: Client,
    account: String,
}

async fn scene(setup: Setup) -> Scene {
    let simulator = simulator().await;
    simulator.add_phone(CARLA, "Carla").await.unwrap();
    let setup = setup.on(&simulator).with("RATE_LIMITING_ENABLED", "false");
    let app = setup.start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.linked(&ana, &simulator, ANA).await;
    Scene {
        simulator,
        app,
        ana,
        account,
    }
}

impl Scene {
    /// Adds a file; what is known of it.
    async fn add(&self, name: &str, bytes: &[u8]) -> Value {
        let part = Part::bytes(bytes.to_vec()).file_name(name.to_owned());
        let form = Form::new().part("file", part);
        let request = self.ana.request(Method::POST, "/api/media");
        send(request.multipart(form)).await.expect(201)
    }

    async fn accept(&self, to: &str, content: Value) -> Value {
        let mut message = json!({"account_id": self.account, "to": to});
        let fields = message.as_object_mut().unwrap();
        fields.extend(content.as_object().unwrap().clone());
        self.ana.post("/api/messages", message).await.expect(202)
    }

    /// Sends a message; what a phone shows once all have it.
    async fn arrived(&self, to: &str, phone: &str, content: Value) -> ChatMessage {
        let accepted = self.accept(to, content).await;
        until_message(&self.ana, accepted["id"].as_str().unwrap(), "delivered").await;
        let id = accepted["whatsapp_message_id"].as_str().unwrap();
        let messages = self.simulator.messages(phone).unwrap();
        let found = messages.into_iter().find(|message| message.id == id);
        found.unwrap_or_else(|| panic!("{accepted} is not on the phone"))
    }
}

/// What a phone must show of a file.
struct Expected {
    kind: &'static str,
    name: &'static str,
    bytes: Vec<u8>,
    mime_type: &'static str,
    size: Option<(u32, u32)>,
    seconds: Option<u32>,
    levels: usize,
    /// The sides of the small picture.
    thumbnail: Option<(u32, u32)>,
}

impl Expected {
    fn new(
        kind: &'static str,
        name: &'static str,
        bytes: Vec<u8>,
        mime_type: &'static str,
    ) -> Self {
        Self {
            kind,
            name,
            bytes,
            mime_type,
            size: None,
            seconds: None,
            levels: 0,
            thumbnail: None,
        }
    }

    fn all() -> Vec<Self> {
        let opus = "audio/ogg; codecs=opus";
        vec![
            Self {
                size: Some((300, 200)),
                thumbnail: Some((100, 67)),
                ..Self::new(
                    "image",
                    "a.jpg",
                    picture(300, 200, ImageFormat::Jpeg),
                    "image/jpeg",
                )
            },
            Self {
                size: Some((640, 360)),
                seconds: Some(12),
                ..Self::new("video", "a.mp4", film(), "video/mp4")
            },
            Self {
                size: Some((640, 360)),
                seconds: Some(12),
                ..Self::new("gif", "a.mp4", film(), "video/mp4")
            },
            Self {
                seconds: Some(2),
                ..Self::new("audio", "a.mp3", mp3(), "audio/mpeg")
            },
            Self {
                seconds: Some(12),
                ..Self::new("audio", "a.m4a", m4a(), "audio/mp4")
            },
            Self {
                seconds: Some(3),
                levels: 64,
                ..Self::new("voice", "a.ogg", VOICE.to_vec(), opus)
            },
            Self {
                size: Some((512, 512)),
                ..Self::new(
                    "sticker",
                    "a.webp",
                    picture(512, 512, ImageFormat::WebP),
                    "image/webp",
                )
            },
            Self::new("document", "list.csv", b"a,b\n1,2\n".to_vec(), "text/csv"),
        ]
    }

    fn has_caption(&self) -> bool {
        matches!(self.kind, "image" | "video" | "gif" | "document")
    }

    fn content(&self, media: &Value) -> Value {
        let mut content =
            json!({"type": self.kind, "media": {"id": media["id"], "file_name": self.name}});
        if self.has_caption() {
            content["caption"] = "For you".into();
        }
        content
    }

    fn is_on(&self, simulator: &Simulator, phone: &str, got: &ChatMessage) {
        let of = format!("{} ({}) on {phone}", self.kind, self.name);
        assert_eq!(got.kind, self.kind, "{of}");
        let media = got.media.as_ref().unwrap();
        assert_eq!(media.error, None, "{of}");
        assert_eq!(media.mime_type, self.mime_type, "{of}");
        assert_eq!(media.width.zip(media.height), self.size, "{of}");
        assert_eq!(media.seconds, self.seconds, "{of}");
        assert_eq!(media.waveform.len(), self.levels, "{of}");
        assert!(media.waveform.iter().all(|level| *level <= 100), "{of}");
        let caption = self.has_caption().then_some("For you");
        assert_eq!(media.caption.as_deref(), caption, "{of}");
        let small = (!media.thumbnail.is_empty()).then(|| {
            let jpeg =
                image::ImageReader::with_format(Cursor::new(&media.thumbnail), ImageFormat::Jpeg);
            jpeg.into_dimensions().unwrap()
        });
        assert_eq!(small, self.thumbnail, "{of}");
        let (mime_type, bytes) = simulator.media(phone, &got.id).unwrap();
        assert_eq!(mime_type, self.mime_type, "{of}");
        assert_eq!(bytes, self.bytes, "{of}");
    }
}

on_both_databases! {
    async fn every_kind_of_file_is_on_the_phone_as_it_was_given(setup: Setup) {
        let scene = scene(setup).await;
        for expected in Expected::all() {
            let media = scene.add(expected.name, &expected.bytes).await;
            assert_eq!(media["mime_type"], expected.mime_type);
            // What cannot be made is said, and keeps nobody from sending it.
            let seen = matches!(expected.kind, "image" | "video" | "gif");
            if seen {
                assert_eq!(media["has_thumbnail"], expected.thumbnail.is_some(), "{media}");
            }
            let got = scene.arrived(BRUNO, BRUNO, expected.content(&media)).await;
            expected.is_on(&scene.simulator, BRUNO, &got);
        }
        scene.app.stop().await;
    }
}

#[tokio::test]
async fn every_kind_of_file_is_with_all_members_of_a_group() {
    let scene = scene(Setup::sqlite()).await;
    let members = [BRUNO.to_owned(), CARLA.to_owned()];
    for addressing in [Addressing::Pn, Addressing::Lid] {
        let made = scene
            .simulator
            .make_group("Team", ANA, &members, addressing);
        let group = made.await.unwrap().jid;
        for expected in Expected::all() {
            let media = scene.add(expected.name, &expected.bytes).await;
            let got = scene.arrived(&group, BRUNO, expected.content(&media)).await;
            expected.is_on(&scene.simulator, BRUNO, &got);
            let messages = scene.simulator.messages(CARLA).unwrap();
            let same = messages.iter().find(|message| message.id == got.id);
            expected.is_on(&scene.simulator, CARLA, same.unwrap());
        }
    }
    scene.app.stop().await;
}

#[tokio::test]
async fn every_kind_without_a_file_is_with_a_group_as_it_was_given() {
    let scene = scene(Setup::sqlite()).await;
    let members = [BRUNO.to_owned(), CARLA.to_owned()];
    let made = scene
        .simulator
        .make_group("Team", ANA, &members, Addressing::Lid);
    let group = made.await.unwrap().jid;
    let asked = scene
        .simulator
        .send_text(BRUNO, &group, "Where?")
        .await
        .unwrap();

    let got = scene
        .arrived(
            &group,
            CARLA,
            json!({
                "type": "text", "text": "Here, @593998887766", "mentions": [CARLA],
                "reply_to": {"id": asked.id, "from": BRUNO, "text": "Where?"},
            }),
        )
        .await;
    assert_eq!(got.text, "Here, @593998887766");
    assert_eq!(got.facts.mentions, [CARLA]);
    let quoted = got.facts.quoted.unwrap();
    assert_eq!(
        (quoted.from.as_str(), quoted.text.as_str()),
        (BRUNO, "Where?")
    );

    let got = scene
        .arrived(
            &group,
            CARLA,
            json!({
                "type": "location", "latitude": -0.18, "longitude": -78.46, "name": "Quito",
            }),
        )
        .await;
    let place = got.facts.location.unwrap();
    assert_eq!((place.latitude, place.longitude), (-0.18, -78.46));

    let got = scene
        .arrived(
            &group,
            CARLA,
            json!({
                "type": "contact", "contacts": [{"name": "Bruno", "phone_number": BRUNO}],
            }),
        )
        .await;
    assert_eq!(got.facts.contacts[0].name, "Bruno");

    let poll = scene
        .arrived(
            &group,
            CARLA,
            json!({
                "type": "poll", "question": "Lunch?", "options": ["Yes", "No"],
            }),
        )
        .await;
    let vote = serde_json::from_value::<Draft>(json!({
        "type": "vote", "message_id": poll.id, "options": ["Yes"],
    }));
    // Whoever can vote has the poll with its secret.
    scene
        .simulator
        .send(CARLA, &group, vote.unwrap())
        .await
        .unwrap();

    let text = json!({"type": "text", "text": "Helo"});
    let text = scene.accept(&group, text).await;
    let id = text["whatsapp_message_id"].as_str().unwrap().to_owned();
    let of = json!({"id": text["id"]});
    until_message(&scene.ana, text["id"].as_str().unwrap(), "delivered").await;
    let shown = async || {
        let messages = scene.simulator.messages(CARLA).unwrap();
        messages
            .into_iter()
            .find(|message| message.id == id)
            .unwrap()
    };
    scene
        .accept(
            &group,
            json!({"type": "reaction", "message": of, "emoji": "👍"}),
        )
        .await;
    let now = eventually(shown, |now| !now.reactions.is_empty()).await;
    assert_eq!(now.reactions[0].emoji, "👍");
    scene
        .accept(
            &group,
            json!({"type": "edit", "message": of, "text": "Hello"}),
        )
        .await;
    let now = eventually(shown, |now| now.edited).await;
    assert_eq!(now.text, "Hello");
    scene
        .accept(&group, json!({"type": "delete", "message": of}))
        .await;
    let now = eventually(shown, |now| now.deleted).await;
    assert_eq!(now.text, "");
    scene.app.stop().await;
}

#[tokio::test]
async fn a_link_is_shown_on_the_phone_with_title_text_and_picture() {
    let scene = scene(Setup::sqlite()).await;
    let picture = scene
        .add("a.png", &picture(300, 200, ImageFormat::Png))
        .await;
    let got = scene.arrived(BRUNO, BRUNO, json!({
        "type": "text", "text": "See https://example.com/fish today",
        "link_preview": {
            "url": "https://example.com/fish", "title": "Fish & Chips", "description": "Fresh",
            "thumbnail": picture["id"],
        },
    })).await;
    assert_eq!(got.text, "See https://example.com/fish today");
    let preview = got.facts.link_preview.unwrap();
    assert_eq!(preview.url, "https://example.com/fish");
    assert_eq!(preview.title.as_deref(), Some("Fish & Chips"));
    assert_eq!(preview.description.as_deref(), Some("Fresh"));
    assert!(preview.has_thumbnail);
    scene.app.stop().await;
}

#[tokio::test]
async fn what_is_sent_to_a_chat_whose_messages_disappear_disappears_too() {
    const WEEK: u32 = 7 * 24 * 60 * 60;
    let scene = scene(Setup::sqlite()).await;
    let stays = scene
        .arrived(BRUNO, BRUNO, json!({"type": "text", "text": "one"}))
        .await;
    assert_eq!(stays.facts.disappears_after, None);
    let draft = Draft {
        text: "Between us".to_owned(),
        disappears_after: Some(WEEK),
        ..Draft::default()
    };
    let asked = scene.simulator.send(BRUNO, ANA, draft).await.unwrap();
    // The account has it as soon as it can quote it.
    eventually(
        || async {
            let messages = scene.simulator.messages(BRUNO).unwrap();
            messages
                .into_iter()
                .find(|message| message.id == asked.id)
                .unwrap()
        },
        |message| message.status == whahook_simulator::Status::Delivered,
    )
    .await;
    let document = scene.add("list.csv", b"a,b\n1,2\n").await;
    for content in [
        json!({"type": "text", "text": "two"}),
        json!({"type": "document", "media": {"id": document["id"]}, "caption": "three"}),
    ] {
        let got = eventually(
            || scene.arrived(BRUNO, BRUNO, content.clone()),
            |got| got.facts.disappears_after.is_some(),
        )
        .await;
        assert_eq!(got.facts.disappears_after, Some(WEEK));
    }
    // Others' chats stay as they are, and what is known outlives the process.
    let carla = scene
        .arrived(CARLA, CARLA, json!({"type": "text", "text": "four"}))
        .await;
    assert_eq!(carla.facts.disappears_after, None);
    let key = scene.app.api_key(&scene.ana, &["read", "send"]).await;
    let app = scene.app.restart().await;
    let ana = Client::program(&app.url, key.key());
    let scene = Scene { app, ana, ..scene };
    until_status(&scene.ana, &scene.account, "ready").await;
    let got = scene
        .arrived(BRUNO, BRUNO, json!({"type": "text", "text": "five"}))
        .await;
    assert_eq!(got.facts.disappears_after, Some(WEEK));
    scene.app.stop().await;
}

#[tokio::test]
async fn a_group_that_had_changed_is_asked_about_anew_and_gets_the_message() {
    let (setup, hands) = Setup::sqlite().with_manual_clock();
    let scene = scene(setup).await;
    let members = [BRUNO.to_owned()];
    let made = scene
        .simulator
        .make_group("Team", ANA, &members, Addressing::Lid);
    let group = made.await.unwrap().jid;
    scene
        .arrived(&group, BRUNO, json!({"type": "text", "text": "first"}))
        .await;
    let refusal = fault(json!({"kind": "ack_error", "code": 421}));
    scene.simulator.fault(Some(ANA), &refusal).unwrap();
    let accepted = scene
        .accept(&group, json!({"type": "text", "text": "second"}))
        .await;
    let path = format!("/api/messages/{}", accepted["id"].as_str().unwrap());
    let waiting = eventually(
        || async { scene.ana.get(&path).await.expect(200) },
        |message| message["waits_for"] == "retry",
    )
    .await;
    let last = waiting["timeline"].as_array().unwrap().last().unwrap();
    assert_eq!(last["detail"], "rejected_group_changed");
    hands.advance(Duration::from_secs(6));
    until_message(&scene.ana, accepted["id"].as_str().unwrap(), "delivered").await;
    let got = until_received(&scene.simulator, BRUNO, 2).await;
    assert_eq!(got[1].text, "second");
    scene.app.stop().await;
}
