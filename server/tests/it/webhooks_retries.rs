//! Webhooks whose receivers fail: what is tried again, given up and told.

use crate::{
    support::{
        TestApp,
        eventually::eventually,
        mail::MailServer,
        on_both_databases,
        receiver::{Got, Receiver},
    },
    webhooks::{reaching_here, until_state, webhook},
};
use serde_json::{Value, json};
use std::time::Duration;
use whahook::events;
use whahook_contract::{
    Timestamp,
    event::{Event, To},
    ids::{MessageId, SessionId, UserId},
    message::MessageStatus,
};

const DAY: Duration = Duration::from_secs(86_400);

/// A message to a chat is something else now.
pub async fn message_moves(app: &TestApp, account: &str, chat: &str) {
    let account = account.parse().unwrap();
    let now = app.app.clock.now();
    let event = Event::MessageStatus {
        message_id: MessageId(app.app.ids.uuid()),
        whatsapp_message_id: "3EB0".to_owned(),
        session_id: SessionId::new(UserId(app.app.ids.uuid()), account),
        status: MessageStatus::Sent,
        at: now,
        detail: None,
        to: Some(To {
            phone_number: None,
            lid: None,
            jid: chat.to_owned(),
        }),
    };
    let mut tx = app.app.db.begin().await.unwrap();
    let recorded = events::record(&mut tx, now, account, &event).await.unwrap();
    tx.commit().await.unwrap();
    app.app.events.publish(recorded);
}

fn chat(got: &Got) -> &str {
    got.body["data"]["to"]["jid"].as_str().unwrap_or_default()
}

fn numbers(got: &[Got], of: &str) -> Vec<i64> {
    got.iter()
        .filter(|it| chat(it) == of)
        .map(Got::seq)
        .collect()
}

async fn deliveries(client: &crate::support::Client, path: &str, status: &str) -> Vec<Value> {
    let path = format!("{path}/deliveries?status={status}");
    let list = client.get(&path).await.expect(200);
    list["items"].as_array().unwrap().clone()
}

on_both_databases! {
    async fn what_fails_is_sent_again_and_holds_back_its_chat_alone(setup: Setup) {
        let receiver = Receiver::start().await;
        let app = reaching_here(setup).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let (path, secret) = webhook(&ana, &receiver, json!({})).await;
        receiver.answer(|got| (if chat(got) == "bad@lid" { 500 } else { 204 }, "why".to_owned()));
        for _ in 0..3 {
            message_moves(&app, &account, "bad@lid").await;
            message_moves(&app, &account, "good@lid").await;
        }
        // The first of the chat fails again and again; others arrive meanwhile.
        let bad = |got: &[Got]| numbers(got, "bad@lid");
        let got = eventually(|| async { receiver.got() }, |got| {
            numbers(got, "good@lid").len() == 3 && bad(got).len() >= 3
        }).await;
        assert_eq!(numbers(&got, "good@lid"), [3, 5, 7]);
        assert!(bad(&got).iter().all(|seq| *seq == 2));
        let tries: Vec<&Got> = got.iter().filter(|it| chat(it) == "bad@lid").collect();
        assert!(tries.iter().all(|it| it.id == tries[0].id && it.is_signed_with(&secret)));
        let view = until_state(&ana, &path, "failing").await;
        assert_eq!(view["problem"], "answered with status 500");
        let waiting = deliveries(&ana, &path, "waiting").await;
        assert_eq!(waiting.len(), 3);
        assert!(waiting[0]["next_attempt_at"].is_null(), "it waits for the one before");
        assert_eq!(waiting[2]["last_attempt"]["body"], "why");

        receiver.always(200);
        let got = eventually(|| async { receiver.arrived() }, |got| bad(got).len() == 3).await;
        assert_eq!(bad(&got), [2, 4, 6]);
        let view = until_state(&ana, &path, "active").await;
        assert_eq!((&view["problem"], &view["failing_since"]), (&Value::Null, &Value::Null));
        app.stop().await;
    }

    async fn what_does_not_arrive_for_a_day_is_given_up_kept_and_sent_again_on_demand(setup: Setup) {
        let receiver = Receiver::start().await;
        let (setup, hands) = reaching_here(setup).with_manual_clock();
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let (path, _) = webhook(&ana, &receiver, json!({})).await;
        receiver.answer(|got| (if chat(got) == "bad@lid" { 500 } else { 204 }, String::new()));
        message_moves(&app, &account, "bad@lid").await;
        message_moves(&app, &account, "bad@lid").await;
        receiver.until_got(1).await;
        // Others arrive: the webhook lives.
        hands.advance(DAY / 2);
        message_moves(&app, &account, "good@lid").await;
        let delivered = || async { deliveries(&ana, &path, "delivered").await };
        eventually(delivered, |delivered| delivered.len() == 1).await;
        hands.advance(DAY / 2 + Duration::from_secs(1));
        let failed = || async { deliveries(&ana, &path, "failed").await };
        let failed = eventually(failed, |failed| failed.len() == 1).await;
        assert_eq!(failed[0]["seq"], 2);
        // The next of its chat has its turn, and its own day.
        eventually(|| async { receiver.got() }, |got| numbers(got, "bad@lid").contains(&3)).await;
        assert_eq!(deliveries(&ana, &path, "waiting").await.len(), 1);

        receiver.always(204);
        let wish = json!({"failed": true});
        let again = ana.post(&format!("{path}/replay"), wish).await.expect(202);
        assert_eq!(again, json!({"events": 1}));
        hands.advance(Duration::from_secs(10));
        let got = eventually(|| async { receiver.arrived() }, |got| numbers(got, "bad@lid").len() == 2).await;
        assert_eq!(numbers(&got, "bad@lid"), [2, 3]);
        app.stop().await;
    }

    async fn one_where_nothing_arrives_for_a_day_is_turned_off_and_loses_nothing(setup: Setup) {
        let receiver = Receiver::start().await;
        let (setup, hands) = reaching_here(setup).with_manual_clock();
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let (path, _) = webhook(&ana, &receiver, json!({})).await;
        receiver.always(503);
        message_moves(&app, &account, "a@lid").await;
        until_state(&ana, &path, "failing").await;
        hands.advance(DAY);
        let view = until_state(&ana, &path, "dead").await;
        assert_eq!((&view["enabled"], &view["problem"]), (&json!(false), &json!("answered with status 503")));
        message_moves(&app, &account, "a@lid").await;
        let tried = receiver.got().len();
        receiver.always(204);
        let view = ana.patch(&path, json!({"enabled": true})).await.expect(200);
        assert_eq!(view["state"], "active");
        let got = receiver.until_arrived(2).await;
        assert_eq!(numbers(&got, "a@lid"), [2, 3]);
        assert_eq!(receiver.got().len(), tried + 2);
        app.stop().await;
    }

    async fn what_is_waited_for_is_not_taken_out_of_the_ledger(setup: Setup) {
        let receiver = Receiver::start().await;
        let app = reaching_here(setup).with("EVENTS_MAX_PER_ACCOUNT", "1000").start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        webhook(&ana, &receiver, json!({"events": ["message:status"]})).await;
        receiver.always(500);
        message_moves(&app, &account, "a@lid").await;
        receiver.until_got(1).await;
        crate::events::happen(&app, &account, crate::events::labels(3_000)).await;
        assert_eq!(events::remove_old(&app.app).await.unwrap(), 1);
        receiver.always(204);
        assert_eq!(receiver.until_arrived(1).await[0].seq(), 2);
        app.stop().await;
    }
}

#[tokio::test]
async fn one_that_says_it_is_gone_is_turned_off_and_its_owner_told() {
    let Some(mails) = MailServer::start("the mail about a webhook").await else {
        return;
    };
    let receiver = Receiver::start().await;
    let setup = crate::support::Setup::sqlite()
        .with("SMTP_URL", &mails.url())
        .with("MAIL_FROM", "WhaHook <whahook@example.com>");
    let app = reaching_here(setup).start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    let (path, secret) = webhook(&ana, &receiver, json!({"label": "Orders"})).await;
    receiver.always(410);
    message_moves(&app, &account, "a@lid").await;
    until_state(&ana, &path, "dead").await;
    let mail = mails.until_mails(1).await.remove(0);
    assert_eq!(mail.to, "ana@example.com");
    assert!(mail.subject.contains("Orders"), "{}", mail.subject);
    for told in ["Orders", "answered with status 410", "/settings/webhooks"] {
        assert!(mail.text.contains(told), "{}", mail.text);
    }
    assert!(!mail.raw.contains(&secret));
    app.stop().await;
    assert_eq!(mails.mails().len(), 1);
}

#[tokio::test]
async fn a_receiver_that_asks_for_more_time_gets_it() {
    let receiver = Receiver::start().await;
    let (setup, hands) = reaching_here(crate::support::Setup::sqlite()).with_manual_clock();
    let app = setup.start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Store").await;
    let (path, _) = webhook(&ana, &receiver, json!({})).await;
    receiver.answer(|_| (503, "90".to_owned()));
    message_moves(&app, &account, "a@lid").await;
    until_state(&ana, &path, "failing").await;
    let waiting = deliveries(&ana, &path, "waiting").await;
    let next: Timestamp = waiting[0]["next_attempt_at"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!((next - app.app.clock.now()).num_seconds(), 90);
    hands.advance(Duration::from_secs(90));
    receiver.until_got(2).await;
    app.stop().await;
}
