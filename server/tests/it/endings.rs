//! Every way in which WhatsApp can end a session: what it is then, whether it
//! heals, and what a person can do. The words are the contract's table's.

use crate::support::{
    Client, Setup, TestApp,
    eventually::{eventually, within},
    on_both_databases,
    whatsapp::{ANA, BRUNO, fault, link, simulator, states, until_status},
};
use serde_json::{Value, json};
use std::time::Duration;
use whahook_contract::{
    endings::{Action, Next},
    session::Reason,
};
use whahook_simulator::{Config, Simulator};

fn session(account: &str) -> String {
    format!("/api/accounts/{account}/session")
}

struct Scene {
    simulator: Simulator,
    app: TestApp,
    ana: Client,
    account: String,
}

impl Scene {
    async fn new(setup: Setup) -> Self {
        let simulator = simulator().await;
        let app = setup.on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        Self {
            simulator,
            app,
            ana,
            account,
        }
    }

    fn trouble(&self, trouble: Value) {
        self.simulator.fault(Some(ANA), &fault(trouble)).unwrap();
    }

    /// Makes the trouble; the state that it must come to, as the table has it.
    async fn ends(&self, trouble: Value, reason: Reason) {
        let meaning = reason.meaning();
        let before = states(&self.app, &self.account).await.len();
        let told_at_login = !matches!(
            trouble["kind"].as_str(),
            Some("close" | "stream_error" | "replaced")
        );
        self.trouble(trouble);
        if told_at_login {
            until_status(&self.ana, &self.account, "reconnecting").await;
            // Trying now, like a person, instead of after the pause.
            self.start().await;
        }
        let wanted = format!("{}/{reason}", meaning.status);
        eventually(
            || states(&self.app, &self.account),
            |states| states[before..].contains(&wanted),
        )
        .await;
        if meaning.next == Next::Nothing {
            let view = self.view().await;
            assert_eq!(view["next_attempt_at"], Value::Null, "{view}");
            assert_eq!(view["reason"], reason.code(), "{view}");
        }
    }

    async fn view(&self) -> Value {
        let path = format!("{}/status", session(&self.account));
        self.ana.get(&path).await.expect(200)
    }

    async fn ready(&self) {
        until_status(&self.ana, &self.account, "ready").await;
    }

    async fn start(&self) {
        self.ana
            .post(&session(&self.account), json!({}))
            .await
            .expect(202);
    }

    fn set_aside(&self) -> usize {
        std::fs::read_dir(self.app.volume().join("set-aside")).map_or(0, Iterator::count)
    }
}

on_both_databases! {
    async fn what_heals_comes_back_by_itself(setup: Setup) {
        let scene = Scene::new(setup).await;
        for (trouble, reason) in [
            (json!({"kind": "close"}), Reason::ConnectionClosed),
            (json!({"kind": "stream_error", "code": 503}), Reason::ConnectionClosed),
            (json!({"kind": "unavailable", "for_s": 3}), Reason::ServiceUnavailable),
            (json!({"kind": "client_outdated"}), Reason::ClientOutdated),
            (json!({"kind": "temporary_ban", "expire": 3}), Reason::TemporaryBan),
        ] {
            assert_ne!(reason.meaning().next, Next::Nothing);
            scene.ends(trouble, reason).await;
            scene.ready().await;
        }
        assert_eq!(scene.set_aside(), 0);
        scene.app.stop().await;
    }

    async fn what_is_unlinked_offers_to_link_again_and_keeps_the_account(setup: Setup) {
        let scene = Scene::new(setup).await;
        for (n, (code, reason)) in [
            (401, Reason::PhoneUnlinked),
            (403, Reason::AccountLocked),
            (406, Reason::PhoneUnlinked),
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(reason.meaning().action, Action::LinkAgain);
            scene.ends(json!({"kind": "refuse", "reason": code}), reason).await;
            eventually(|| async { scene.set_aside() }, |kept| *kept == n + 1).await;
            scene.trouble(json!({"kind": "clear"}));
            link(&scene.ana, &scene.account, &scene.simulator, ANA).await;
        }
        scene.app.stop().await;
    }
}

#[tokio::test]
async fn a_server_error_at_the_login_heals() {
    let scene = Scene::new(Setup::sqlite()).await;
    scene
        .ends(
            json!({"kind": "refuse", "reason": 500}),
            Reason::ServiceUnavailable,
        )
        .await;
    scene.trouble(json!({"kind": "clear"}));
    scene.ready().await;
    scene.app.stop().await;
}

#[tokio::test]
async fn a_login_that_whatsapp_refuses_needs_a_person_and_may_be_tried_again() {
    let scene = Scene::new(Setup::sqlite()).await;
    scene
        .ends(
            json!({"kind": "refuse", "reason": 409}),
            Reason::LoginRefused,
        )
        .await;
    scene.trouble(json!({"kind": "clear"}));
    scene.start().await;
    scene.ready().await;
    scene.app.stop().await;
}

#[tokio::test]
async fn a_session_used_elsewhere_is_taken_back_with_one_click() {
    let scene = Scene::new(Setup::sqlite()).await;
    let reason = Reason::StreamReplaced;
    assert_eq!(reason.meaning().action, Action::UseHere);
    scene.ends(json!({"kind": "replaced"}), reason).await;
    scene.start().await;
    scene.ready().await;
    scene.app.stop().await;
}

#[tokio::test]
async fn a_damaged_store_is_set_aside_and_the_phone_is_linked_again() {
    let scene = Scene::new(Setup::sqlite()).await;
    let key = scene.app.api_key(&scene.ana, &["admin", "read"]).await;
    let view = scene.view().await;
    let file = scene.app.volume().join("sessions");
    let file = file
        .join(view["session_id"].as_str().unwrap())
        .join("device.db");
    let app = scene
        .app
        .restart_after(|| {
            // Another file: what the server that stopped has still open is its own.
            std::fs::remove_file(&file).unwrap();
            std::fs::write(&file, "this is no database, and never was one").unwrap();
        })
        .await;
    let ana = Client::program(&app.url, key.key());
    let view = until_status(&ana, &scene.account, "error").await;
    assert_eq!(view["reason"], "store_corrupt");
    let set_aside = app.volume().join("set-aside");
    let kept = eventually(
        || async { std::fs::read_dir(&set_aside).map_or(0, Iterator::count) },
        |kept| *kept == 1,
    );
    kept.await;
    let kept = std::fs::read_dir(&set_aside)
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let kept = std::fs::read(kept.path().join("device.db")).unwrap();
    let words = String::from_utf8_lossy(&kept);
    assert!(
        words.contains("never was one"),
        "nothing was deleted: {words}"
    );
    link(&ana, &scene.account, &scene.simulator, ANA).await;
    app.stop().await;
}

/// WhatsApp goes away with every connection, and comes back.
#[tokio::test]
async fn an_outage_of_whatsapp_ends_with_every_session_ready() {
    const SESSIONS: usize = 12;
    let data = tempfile::tempdir().unwrap();
    let config = |port| Config {
        port,
        data: Some(data.path().to_owned()),
        ..Config::default()
    };
    let simulator = Simulator::start(config(0)).await.unwrap();
    let setup = Setup::sqlite().on(&simulator);
    let app = setup.with("MAX_HANDSHAKES", "3").start().await;
    let ana = app.register("ana@example.com").await;
    for n in 0..SESSIONS {
        let phone = format!("+5939912{n:05}");
        simulator.add_phone(&phone, "Ana").await.unwrap();
        app.linked(&ana, &simulator, &phone).await;
    }
    let in_state = |state: &'static str| {
        let browser = app.browser();
        async move {
            let health = browser.get("/health").await.json();
            health["sessions"][state].as_u64().unwrap_or_default()
        }
    };
    let port = simulator.http_url().rsplit(':').next().unwrap().parse();
    let port = port.unwrap();
    simulator.stop().await;
    eventually(|| in_state("ready"), |ready| *ready == 0).await;
    let simulator = Simulator::start(config(port)).await.unwrap();
    let all = SESSIONS as u64;
    within(
        Duration::from_secs(90),
        || in_state("ready"),
        |ready| *ready == all,
    )
    .await;
    assert_eq!(simulator.stats().clients, all);
    app.stop().await;
}

/// The one table is the source of the document.
#[test]
fn the_document_about_endings_says_what_the_table_says() {
    use std::fmt::Write;
    let mut wanted = String::from(include_str!("endings_head.md"));
    for line in whahook_contract::endings::TABLE {
        let cells = [
            format!("`{}`", line.reason),
            format!("`{}`", line.status),
            line.cause.to_owned(),
            format!("`{}`", line.next),
            format!("`{}`", line.action),
            format!("{} {}", line.why.en, line.advice.en),
            format!("{} {}", line.why.es, line.advice.es),
        ];
        writeln!(wanted, "| {} |", cells.join(" | ")).unwrap();
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ENDINGS.md");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == wanted,
        "docs/ENDINGS.md differs from the table: run this with UPDATE_SNAPSHOTS=1"
    );
}

#[tokio::test]
async fn a_restart_in_the_middle_of_linking_says_that_it_broke_off() {
    let simulator = simulator().await;
    let app = Setup::sqlite().on(&simulator).start().await;
    let ana = app.register("ana@example.com").await;
    let key = app.api_key(&ana, &["admin", "read"]).await;
    let account = app.account(&ana, "Store").await;
    ana.post(&session(&account), json!({})).await.expect(202);
    until_status(&ana, &account, "qr").await;
    let app = app.restart().await;
    let ana = Client::program(&app.url, key.key());
    let view = until_status(&ana, &account, "disconnected").await;
    assert_eq!(view["reason"], "pairing_failed");
    link(&ana, &account, &simulator, BRUNO).await;
    app.stop().await;
}
