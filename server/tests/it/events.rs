//! The ledger, asked from outside.

use crate::support::{
    Client, TestApp,
    eventually::eventually,
    on_both_databases,
    whatsapp::{ANA, BRUNO, send_text, simulator, until_message},
};
use serde_json::{Value, json};
use std::time::Duration;
use whahook::events;
use whahook_contract::event::Event;

/// Makes things happen to an account: it gets the labels, one after the other.
pub async fn happen(app: &TestApp, account: &str, labels: impl Iterator<Item = String>) {
    let mut all = Vec::new();
    let mut tx = app.app.db.begin().await.unwrap();
    for label in labels {
        let event = Event::AccountRenamed { label };
        let now = app.app.clock.now();
        let recorded = events::record(&mut tx, now, account.parse().unwrap(), &event);
        all.push(recorded.await.unwrap());
    }
    tx.commit().await.unwrap();
    for recorded in all {
        app.app.events.publish(recorded);
    }
}

pub fn labels(count: usize) -> impl Iterator<Item = String> {
    (1..=count).map(|n| format!("label {n}"))
}

/// Everything after a number, page by page.
async fn pages(client: &Client, account: &str, more: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut after = "0".to_owned();
    loop {
        let path = format!("/api/events?account_id={account}&after={after}{more}");
        let page = client.get(&path).await.expect(200);
        items.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut after),
            None => return items,
        }
    }
}

fn numbers(items: &[Value]) -> Vec<i64> {
    items.iter().map(|it| it["seq"].as_i64().unwrap()).collect()
}

on_both_databases! {
    async fn the_ledger_is_read_in_pages_without_gaps(setup: Setup) {
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        happen(&app, &account, labels(7)).await;
        let items = pages(&ana, &account, "&limit=3").await;
        assert_eq!(numbers(&items), (1..=8).collect::<Vec<_>>());
        assert_eq!(items[0]["type"], "account:created");
        assert_eq!(items[0]["data"], json!({"label": "Store"}));
        assert_eq!(items[7]["data"], json!({"label": "label 7"}));
        assert!(items.iter().all(|it| it["account_id"] == account.as_str()));

        let path = format!("/api/events?account_id={account}&after=8");
        let page = ana.get(&path).await.expect(200);
        assert_eq!(page, json!({
            "items": [], "next_cursor": null, "oldest_seq": 1, "newest_seq": 8,
        }));
        app.stop().await;
    }

    async fn events_of_some_types_are_found_however_many_others_there_are(setup: Setup) {
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        ana.post(&format!("/api/accounts/{account}/queue/pause"), json!({})).await;
        let before = numbers(&pages(&ana, &account, "").await).len();
        for _ in 0..12 {
            happen(&app, &account, labels(1_000)).await;
        }
        ana.patch(&format!("/api/accounts/{account}"), json!({"label": "Last"})).await.expect(200);
        let items = pages(&ana, &account, "&types=account:created").await;
        assert_eq!(numbers(&items), [1]);
        let items = pages(&ana, &account, "&types=account:renamed,account:created&limit=200").await;
        assert_eq!(items.len() + before - 1, before + 12_001);
        assert_eq!(items.last().unwrap()["data"]["label"], "Last");
        app.stop().await;
    }

    async fn nobody_reads_anothers_ledger_and_what_is_wrong_is_named(setup: Setup) {
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let eva = app.register("eva@example.com").await;
        let account = app.account(&ana, "Store").await;
        let other = app.account(&ana, "Other").await;
        let path = format!("/api/events?account_id={account}");
        eva.get(&path).await.expect_error(404, "account_not_found");
        let key = app.api_key_for(&ana, &["read"], Some(&[&other])).await;
        key.get(&path).await.expect_error(404, "account_not_found");
        app.api_key(&ana, &["send"]).await.get(&path).await.expect_error(403, "scope_missing");
        for (more, field) in [
            ("&after=-1", "after"),
            ("&after=x", "after"),
            ("&limit=0", "limit"),
            ("&types=nonsense", "types"),
            ("&colour=red", "colour"),
        ] {
            ana.get(&format!("{path}{more}")).await.expect_invalid(field);
        }
        ana.get("/api/events").await.expect_invalid("account_id");
        app.stop().await;
    }

    async fn what_an_earlier_or_later_version_wrote_is_handed_out_as_it_is(setup: Setup) {
        let app = setup.start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let mut tx = app.app.db.begin().await.unwrap();
        for statement in [
            "UPDATE accounts SET last_seq = 2 WHERE id = $1",
            "INSERT INTO events VALUES ($1, 2, 'tomorrow:news', 0, '{\"a\":[1]}')",
        ] {
            sqlx::query(statement).bind(&account).execute(&mut *tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        let items = pages(&ana, &account, "").await;
        assert_eq!(items[1]["type"], "tomorrow:news");
        assert_eq!(items[1]["data"], json!({"a": [1]}));
        app.stop().await;
    }

    async fn the_ledger_keeps_no_more_events_than_the_settings_say(setup: Setup) {
        let app = setup.with("EVENTS_MAX_PER_ACCOUNT", "1000").start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        let small = app.account(&ana, "Small").await;
        happen(&app, &account, labels(2_999)).await;
        happen(&app, &account, labels(3_000)).await;
        assert_eq!(events::remove_old(&app.app).await.unwrap(), 5_000);
        let items = pages(&ana, &account, "&limit=200").await;
        assert_eq!(numbers(&items), (5_001..=6_000).collect::<Vec<_>>());
        assert_eq!(numbers(&pages(&ana, &small, "").await), [1]);
        // Whoever asks for what is gone is told what is there.
        let page = ana.get(&format!("/api/events?account_id={account}&limit=1")).await.expect(200);
        assert_eq!((&page["oldest_seq"], &page["newest_seq"]), (&json!(5_001), &json!(6_000)));
        happen(&app, &account, labels(1)).await;
        let page = ana.get(&format!("/api/events?account_id={account}&after=6000")).await.expect(200);
        assert_eq!(page["items"][0]["seq"], 6_001);
        app.stop().await;
    }

    async fn the_ledger_keeps_events_no_longer_than_the_settings_say(setup: Setup) {
        let (setup, hands) = setup.with_manual_clock();
        let app = setup.with("EVENTS_RETENTION_DAYS", "2").start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.account(&ana, "Store").await;
        happen(&app, &account, labels(2_500)).await;
        hands.advance(Duration::from_secs(86_400));
        happen(&app, &account, labels(9)).await;
        assert_eq!(events::remove_old(&app.app).await.unwrap(), 0);
        hands.advance(Duration::from_secs(86_400 + 1));
        assert_eq!(events::remove_old(&app.app).await.unwrap(), 2_501);
        let items = pages(&ana, &account, "").await;
        assert_eq!(numbers(&items), (2_502..=2_510).collect::<Vec<_>>());
        hands.advance(Duration::from_secs(86_400));
        assert_eq!(events::remove_old(&app.app).await.unwrap(), 9);
        let page = ana.get(&format!("/api/events?account_id={account}")).await.expect(200);
        assert_eq!(page, json!({
            "items": [], "next_cursor": null, "oldest_seq": null, "newest_seq": 2_510,
        }));
        app.stop().await;
    }

    async fn a_message_can_be_followed_by_its_events_alone(setup: Setup) {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let sent = send_text(&ana, &account, BRUNO, "hello").await;
        let id = sent["id"].as_str().unwrap();
        until_message(&ana, id, "delivered").await;
        let statuses = || async {
            let items = pages(&ana, &account, "&types=message:status").await;
            let of_it = items.iter().filter(|it| it["data"]["messageId"] == id);
            of_it.map(|it| it["data"]["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let expected = ["queued", "sending", "sent", "delivered"];
        eventually(statuses, |found| *found == expected).await;
        app.stop().await;
    }
}
