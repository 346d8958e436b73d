//! What becomes of attempts that come to nothing, and of what WhatsApp says late.

use crate::support::{
    Client, Setup, TestApp,
    eventually::eventually,
    fake::{FakeGateway, FakeWhatsApp},
    on_both_databases,
    whatsapp::{BRUNO, CARLA, send_text, until_message, until_status},
};
use serde_json::{Value, json};
use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, SystemTime},
};
use whahook_whatsapp::port::{
    Author, Body, Chat, Incoming, LinkEvent, Person, Receipt, Receiver, TimeLock,
};

const BRUNO_JID: &str = "593991203344@s.whatsapp.net";
const CARLA_JID: &str = "593998887766@s.whatsapp.net";
const GROUP: &str = "120363041234567890@g.us";
/// By the clock that the tests stop.
const IN_A_MINUTE: &str = "2027-01-15T08:01:00Z";

struct Scene {
    app: TestApp,
    ana: Client,
    whatsapp: Arc<FakeWhatsApp>,
    account: String,
    session: String,
}

async fn scene(setup: Setup) -> Scene {
    let whatsapp = FakeWhatsApp::new();
    let gateway = Arc::new(FakeGateway(whatsapp.clone()));
    let app = setup.on_gateway(gateway).start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    let path = format!("/api/accounts/{account}/session");
    let session = ana.post(&path, json!({})).await.expect(202);
    let session = session["session_id"].as_str().unwrap().to_owned();
    until_status(&ana, &account, "ready").await;
    Scene {
        app,
        ana,
        whatsapp,
        account,
        session,
    }
}

impl Scene {
    async fn come_back(&self) {
        self.whatsapp.come_up();
        let path = format!("/api/accounts/{}/session", self.account);
        self.ana.post(&path, json!({})).await.expect(202);
        until_status(&self.ana, &self.account, "ready").await;
    }

    /// Until the link was told so, so often.
    async fn until_told(&self, what: &str, times: usize) {
        eventually(
            || async {
                self.whatsapp
                    .told
                    .lock()
                    .iter()
                    .filter(|it| *it == what)
                    .count()
            },
            |told| *told >= times,
        )
        .await;
    }

    /// The other side's phone has it.
    fn arrives(&self, message: &Value, by: Person) {
        let event = LinkEvent::Receipt {
            message_ids: vec![whatsapp_id(message)],
            kind: Receipt::Delivered,
            by: Receiver {
                person: by,
                device: 0,
            },
        };
        self.whatsapp.tell(&self.session, event);
    }

    fn acknowledged(&self, message: &Value) {
        let message_id = whatsapp_id(message);
        let event = LinkEvent::Ack {
            message_id,
            error: None,
        };
        self.whatsapp.tell(&self.session, event);
    }

    async fn conversations(&self, right: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let path = format!("/api/conversations?account_id={}", self.account);
        eventually(
            || async {
                let list = self.ana.get(&path).await.expect(200);
                list["items"].as_array().unwrap().clone()
            },
            |items| right(items),
        )
        .await
    }
}

fn id(message: &Value) -> &str {
    message["id"].as_str().unwrap()
}

fn whatsapp_id(message: &Value) -> String {
    message["whatsapp_message_id"].as_str().unwrap().to_owned()
}

fn last_detail(message: &Value) -> &Value {
    &message["timeline"].as_array().unwrap().last().unwrap()["detail"]
}

fn statuses(message: &Value) -> Vec<&str> {
    let timeline = message["timeline"].as_array().unwrap();
    timeline
        .iter()
        .map(|step| step["status"].as_str().unwrap())
        .collect()
}

fn by(number: Option<&str>, lid: Option<&str>) -> Person {
    Person {
        phone_number: number.map(ToOwned::to_owned),
        lid: lid.map(ToOwned::to_owned),
    }
}

on_both_databases! {
    async fn that_a_message_arrived_is_believed_also_after_it_failed_or_was_taken_back(setup: Setup) {
        let (setup, hands) = setup.with_manual_clock();
        let scene = scene(setup).await;
        let (ana, account, whatsapp) = (&scene.ana, &scene.account, &scene.whatsapp);
        whatsapp.silent.lock().extend([BRUNO_JID.to_owned(), CARLA_JID.to_owned()]);
        let late = json!({
            "account_id": account, "to": BRUNO, "type": "text", "text": "late",
            "expires_at": IN_A_MINUTE,
        });
        let late = ana.post("/api/messages", late).await.expect(202);
        let taken_back = send_text(ana, account, CARLA, "taken back").await;
        scene.until_told(&format!("send {BRUNO_JID}"), 1).await;
        scene.until_told(&format!("send {CARLA_JID}"), 1).await;
        whatsapp.go_down();
        until_message(ana, id(&taken_back), "queued").await;
        ana.delete(&format!("/api/messages/{}", id(&taken_back))).await.expect(200);
        let cancelled = until_message(ana, id(&taken_back), "cancelled").await;
        assert_eq!(last_detail(&cancelled), "cancelled_after_attempt");
        hands.advance(Duration::from_secs(61));
        let failed = until_message(ana, id(&late), "failed").await;
        assert_eq!(last_detail(&failed), "expired_after_attempt");
        let shown = scene.conversations(|all| all.len() == 1).await;
        assert_eq!(shown[0]["last_message"]["text"], "late", "what failed stands there");

        scene.come_back().await;
        scene.arrives(&late, by(Some(BRUNO), None));
        scene.acknowledged(&taken_back);
        let arrived = until_message(ana, id(&late), "delivered").await;
        let steps = ["queued", "sending", "queued", "failed", "delivered"];
        assert_eq!(statuses(&arrived), steps);
        let sent = until_message(ana, id(&taken_back), "sent").await;
        assert_eq!(statuses(&sent), ["queued", "sending", "queued", "cancelled", "sent"]);
        let retry = format!("/api/messages/{}/retry", id(&late));
        ana.post(&retry, json!({})).await.expect_error(409, "not_failed");
        let shown = scene.conversations(|all| all.len() == 2).await;
        let status = |text: &str| {
            let found = shown.iter().find(|it| it["last_message"]["text"] == text);
            found.unwrap()["last_message"]["status"].clone()
        };
        assert_eq!(status("late"), "delivered");
        assert_eq!(status("taken back"), "sent");
        scene.app.stop().await;
    }

    async fn a_mistake_of_ours_over_one_message_keeps_back_no_other(setup: Setup) {
        let scene = scene(setup).await;
        let (ana, account) = (&scene.ana, &scene.account);
        let queue = format!("/api/accounts/{account}/queue");
        ana.post(&format!("{queue}/pause"), json!({})).await.expect(200);
        scene.whatsapp.mistakes.lock().insert(BRUNO_JID.to_owned());
        let bad = send_text(ana, account, BRUNO, "hello").await;
        let good = send_text(ana, account, CARLA, "hello").await;
        ana.post(&format!("{queue}/resume"), json!({})).await.expect(200);
        until_message(ana, id(&good), "sent").await;
        let waits = eventually(
            || async { ana.get(&format!("/api/messages/{}", id(&bad))).await.expect(200) },
            |message| last_detail(message) == "send_failed: internal error",
        )
        .await;
        assert_eq!((&waits["status"], &waits["waits_for"]), (&json!("queued"), &json!("retry")));
        scene.whatsapp.mistakes.lock().clear();
        until_message(ana, id(&bad), "sent").await;
        scene.app.stop().await;
    }

    async fn a_message_that_came_back_before_its_acknowledgement_stands_there_once(setup: Setup) {
        let scene = scene(setup).await;
        let (ana, account, whatsapp) = (&scene.ana, &scene.account, &scene.whatsapp);
        whatsapp.silent.lock().insert(BRUNO_JID.to_owned());
        let message = send_text(ana, account, BRUNO, "once").await;
        scene.until_told(&format!("send {BRUNO_JID}"), 1).await;
        let back = Incoming {
            id: whatsapp_id(&message),
            chat: Chat::Person(by(Some(BRUNO), None)),
            author: Author { is_self: true, ..Author::default() },
            at: scene.app.app.clock.now().into(),
            body: Body::Text("once".to_owned()),
            quote: None,
            mentions: Vec::new(),
        };
        whatsapp.deliver(&scene.session, vec![back]).await.unwrap();
        scene.acknowledged(&message);
        until_message(ana, id(&message), "sent").await;
        // What happens to others is written down too.
        let other = send_text(ana, account, CARLA, "other").await;
        until_message(ana, id(&other), "sent").await;
        let shown = scene.conversations(|all| all.len() == 2).await;
        let chat = shown.iter().find(|it| it["last_message"]["text"] == "once").unwrap();
        let path = format!("/api/conversations/{}/messages", id(chat));
        let said = ana.get(&path).await.expect(200);
        assert_eq!(said["items"].as_array().unwrap().len(), 1, "{said}");
        scene.app.stop().await;
    }

    async fn a_time_lock_is_asked_for_again_if_the_link_ends_before_the_answer(setup: Setup) {
        let scene = scene(setup).await;
        let (ana, whatsapp) = (&scene.ana, &scene.whatsapp);
        whatsapp.lock_unanswered.store(1, Ordering::SeqCst);
        whatsapp.refused.lock().insert(BRUNO_JID.to_owned(), "463".to_owned());
        send_text(ana, &scene.account, BRUNO, "to a stranger").await;
        scene.until_told("time_lock ", 1).await;
        let until = SystemTime::from(scene.app.app.clock.now()) + Duration::from_secs(7_200);
        *whatsapp.time_lock.lock() = Some(TimeLock::LockedUntil(until));
        whatsapp.go_down();
        scene.come_back().await;
        eventually(
            || async { ana.get(&format!("/api/accounts/{}", scene.account)).await.expect(200) },
            |account| account["reach_out_timelock"].is_object(),
        )
        .await;
        scene.until_told("time_lock ", 2).await;
        scene.app.stop().await;
    }

    async fn an_account_stays_shown_online_over_a_new_link(setup: Setup) {
        let scene = scene(setup).await;
        let path = format!("/api/accounts/{}/presence", scene.account);
        let put = |word: &'static str| {
            let put = scene.ana.request(reqwest::Method::PUT, &path);
            crate::support::send(put.json(&json!({"presence": word})))
        };
        assert_eq!(put("available").await.status, 204);
        scene.until_told("available true", 1).await;
        scene.whatsapp.go_down();
        scene.come_back().await;
        scene.until_told("available true", 2).await;
        assert_eq!(put("unavailable").await.status, 204);
        scene.app.stop().await;
    }

    async fn a_member_seen_by_number_and_by_lid_has_a_message_once(setup: Setup) {
        let scene = scene(setup).await;
        let (ana, lid) = (&scene.ana, "593991203344000@lid");
        let message = send_text(ana, &scene.account, GROUP, "to all").await;
        until_message(ana, id(&message), "sent").await;
        let names = [(Some(BRUNO), None), (Some(BRUNO), Some(lid)), (None, Some(lid))];
        for (number, lid) in names {
            scene.arrives(&message, by(number, lid));
        }
        scene.arrives(&message, by(Some(CARLA), None));
        let view = eventually(
            || async { ana.get(&format!("/api/messages/{}", id(&message))).await.expect(200) },
            |message| message["receipts"].as_array().is_some_and(|all| {
                all.iter().any(|it| it["phone_number"] == CARLA)
            }),
        )
        .await;
        let receipts = view["receipts"].as_array().unwrap();
        assert_eq!(receipts.len(), 2, "{view}");
        assert!(receipts.iter().any(|it| it["phone_number"] == BRUNO && it["lid"] == lid));
        scene.app.stop().await;
    }
}
