//! Sessions against a WhatsApp that the test plays itself: what the simulator
//! cannot be made to do.

use crate::support::{
    Client, Setup, TestApp,
    eventually::{eventually, within},
    fake::{FakeGateway, FakeWhatsApp},
    whatsapp::{send_text, states, until_message, until_status},
};
use serde_json::{Value, json};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::sync::Semaphore;
use whahook_whatsapp::port::{LinkEvent, StoreError};

fn session(account: &str) -> String {
    format!("/api/accounts/{account}/session")
}

struct Scene {
    app: TestApp,
    ana: Client,
    whatsapp: Arc<FakeWhatsApp>,
}

impl Scene {
    async fn new() -> Self {
        Self::on(Setup::sqlite()).await
    }

    async fn on(setup: Setup) -> Self {
        let whatsapp = FakeWhatsApp::new();
        let gateway = Arc::new(FakeGateway(whatsapp.clone()));
        let app = setup.on_gateway(gateway).start().await;
        let ana = app.register("ana@example.com").await;
        Self { app, ana, whatsapp }
    }

    /// An account that is ready.
    async fn ready(&self) -> String {
        let account = self.app.account(&self.ana, "Store").await;
        self.start(&account).await;
        until_status(&self.ana, &account, "ready").await;
        account
    }

    async fn start(&self, account: &str) -> Value {
        self.ana
            .post(&session(account), json!({}))
            .await
            .expect(202)
    }

    async fn restart(&self, account: &str) -> u16 {
        let restart = json!({"restart": true});
        self.ana.post(&session(account), restart).await.status
    }

    async fn view(&self, account: &str) -> Value {
        self.ana
            .get(&format!("{}/status", session(account)))
            .await
            .expect(200)
    }

    fn overlaps(&self) -> usize {
        self.whatsapp.overlaps.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_panic_in_one_session_is_said_heals_by_itself_and_no_other_session_notices() {
    let scene = Scene::new().await;
    let (broken, other) = (scene.ready().await, scene.ready().await);
    let before = states(&scene.app, &other).await;
    scene.whatsapp.panics.store(2, Ordering::SeqCst);
    // Closing the link panics, and the next actor's closing of it once more.
    scene.restart(&broken).await;
    eventually(
        || states(&scene.app, &broken),
        |states| states.contains(&"error/internal".to_owned()),
    )
    .await;
    // The link that the panic left behind never closed: its session waits.
    assert_eq!(scene.overlaps(), 0);
    assert_eq!(states(&scene.app, &other).await, before);
    assert_eq!(scene.view(&other).await["status"], "ready");
    scene.app.stop().await;
}

#[tokio::test]
async fn after_a_panic_a_session_comes_back_by_itself() {
    let scene = Scene::new().await;
    let account = scene.ready().await;
    scene.whatsapp.panics.store(1, Ordering::SeqCst);
    scene.restart(&account).await;
    eventually(
        || states(&scene.app, &account),
        |states| {
            let internal = states.iter().position(|state| state == "error/internal");
            internal.is_some_and(|at| states[at..].contains(&"ready/".to_owned()))
        },
    )
    .await;
    let all = states(&scene.app, &account).await;
    assert!(all.contains(&"connecting/internal".to_owned()), "{all:?}");
    assert_eq!(scene.overlaps(), 0);
    scene.app.stop().await;
}

#[tokio::test]
async fn a_link_that_is_slow_to_close_is_never_joined_by_a_second_on_the_same_store() {
    let scene = Scene::new().await;
    let account = scene.ready().await;
    let gate = Arc::new(Semaphore::new(0));
    *scene.whatsapp.closing.lock() = Some(gate.clone());
    // The close outlasts the patience for it; the session goes on to connect.
    assert_eq!(scene.restart(&account).await, 202);
    eventually(
        || scene.view(&account),
        |view| view["status"] == "connecting",
    )
    .await;
    assert_eq!(scene.overlaps(), 0);
    *scene.whatsapp.closing.lock() = None;
    gate.add_permits(8);
    until_status(&scene.ana, &account, "ready").await;
    assert_eq!(scene.overlaps(), 0);
    scene.app.stop().await;
}

#[tokio::test]
async fn a_damaged_store_is_set_aside_not_deleted_and_linking_again_is_offered() {
    let scene = Scene::new().await;
    let account = scene.app.account(&scene.ana, "Store").await;
    let damaged = StoreError::Corrupt("file is not a database".to_owned());
    scene.whatsapp.opens.lock().push_back(damaged);
    scene.start(&account).await;
    let view = until_status(&scene.ana, &account, "error").await;
    assert_eq!(view["reason"], "store_corrupt");
    assert_eq!(view["next_attempt_at"], Value::Null);
    let folder = scene.app.volume().join("sessions");
    let folder = folder.join(view["session_id"].as_str().unwrap());
    eventually(|| async { folder.exists() }, |there| !there).await;
    let kept = std::fs::read_dir(scene.app.volume().join("set-aside"));
    assert_eq!(kept.unwrap().count(), 1);

    scene.start(&account).await;
    until_status(&scene.ana, &account, "ready").await;
    scene.app.stop().await;
}

#[tokio::test]
async fn a_full_or_unwritable_volume_is_said_and_heals_by_itself() {
    let scene = Scene::new().await;
    let account = scene.app.account(&scene.ana, "Store").await;
    {
        let mut opens = scene.whatsapp.opens.lock();
        opens.push_back(StoreError::Full("no space left on device".to_owned()));
        opens.push_back(StoreError::NotWritable("read-only file system".to_owned()));
    }
    scene.start(&account).await;
    until_status(&scene.ana, &account, "ready").await;

    // The same while it is connected.
    let id = scene.view(&account).await["session_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let full = StoreError::Full("no space left on device".to_owned());
    scene.whatsapp.tell(&id, LinkEvent::StoreFailed(full));
    eventually(
        || states(&scene.app, &account),
        |states| {
            let full = states
                .iter()
                .rposition(|state| state == "error/volume_full");
            full.is_some_and(|at| at > 3 && states[at..].contains(&"ready/".to_owned()))
        },
    )
    .await;
    let all = states(&scene.app, &account).await;
    let reasons: Vec<_> = all
        .iter()
        .filter(|state| state.starts_with("error/"))
        .collect();
    assert_eq!(
        reasons,
        [
            "error/volume_full",
            "error/volume_not_writable",
            "error/volume_full"
        ]
    );
    assert_eq!(scene.overlaps(), 0);
    scene.app.stop().await;
}

#[tokio::test]
async fn an_outage_of_whatsapp_ends_without_a_storm_of_handshakes() {
    const SESSIONS: usize = 60;
    const AT_A_TIME: usize = 4;
    let setup = Setup::sqlite().with("MAX_HANDSHAKES", &AT_A_TIME.to_string());
    let scene = Scene::on(setup).await;
    *scene.whatsapp.handshake.lock() = Duration::from_millis(20);
    let mut accounts = Vec::new();
    for _ in 0..SESSIONS {
        let account = scene.app.account(&scene.ana, "Store").await;
        scene.start(&account).await;
        accounts.push(account);
    }
    let all_ready = || async {
        let health = scene.app.browser().get("/health").await.json();
        health["sessions"]["ready"].as_u64().unwrap_or_default()
    };
    let all = SESSIONS as u64;
    eventually(all_ready, |ready| *ready == all).await;

    scene.whatsapp.most_handshakes.store(0, Ordering::SeqCst);
    scene.whatsapp.go_down();
    eventually(all_ready, |ready| *ready == 0).await;
    scene.whatsapp.come_up();
    within(Duration::from_secs(90), all_ready, |ready| *ready == all).await;
    let most = scene.whatsapp.most_handshakes.load(Ordering::SeqCst);
    assert!(
        (1..=AT_A_TIME).contains(&most),
        "{most} handshakes at a time"
    );
    assert_eq!(scene.overlaps(), 0);
    scene.app.stop().await;
}

#[tokio::test]
async fn an_unstable_line_never_makes_a_message_fail() {
    let scene = Scene::new().await;
    let account = scene.ready().await;
    scene.whatsapp.cut_off.store(20, Ordering::SeqCst);
    let message = send_text(&scene.ana, &account, "+593991203344", "Hello").await;
    let id = message["id"].as_str().unwrap();
    let sent = until_message(&scene.ana, id, "sent").await;
    let timeline = sent["timeline"].as_array().unwrap();
    let cut_off = timeline
        .iter()
        .filter(|entry| entry["detail"] == "connection_lost");
    assert_eq!(cut_off.count(), 20, "{sent}");
    scene.app.stop().await;
}

#[tokio::test]
async fn a_pairing_code_outlives_the_qr_codes_and_new_ones_follow_when_it_has_run_out() {
    let scene = Scene::new().await;
    scene.whatsapp.nobody_scans.store(true, Ordering::SeqCst);
    *scene.whatsapp.pair_codes.lock() = Some(Duration::from_secs(2));
    let account = scene.app.account(&scene.ana, "Store").await;
    let path = session(&account);
    let ask = json!({"phone_number": "+593991203344"});
    let code = scene.ana.post(&format!("{path}/pair-code"), ask).await;
    assert_eq!(code.expect(200)["code"], "ABCD1234");
    let view = scene.view(&account).await;
    let id = view["session_id"].as_str().unwrap();
    scene.whatsapp.codes_run_out(id);
    let qr = || async { scene.ana.get(&format!("{path}/qr")).await };
    eventually(qr, |answer| answer.status == 409).await;
    assert_eq!(scene.view(&account).await["status"], "qr");
    // Then the link is replaced by one with fresh codes.
    eventually(qr, |answer| answer.status == 200).await;
    assert_eq!(
        states(&scene.app, &account).await,
        ["initializing/", "qr/"],
        "it never stopped in between"
    );
    assert_eq!(scene.overlaps(), 0);
    scene.app.stop().await;
}

/// Nobody closes anything then: what is dropped must not wait for it.
#[test]
fn a_runtime_that_goes_down_with_links_open_goes_down() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let scene = runtime.block_on(async {
        let scene = Scene::new().await;
        let account = scene.ready().await;
        assert_eq!(scene.view(&account).await["status"], "ready");
        scene
    });
    drop(runtime);
    assert_eq!(scene.overlaps(), 0);
}

/// Many hands pull at the same sessions at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whatever_many_tasks_ask_of_a_session_at_once_all_views_of_it_agree() {
    let scene = Scene::new().await;
    let account = scene.ready().await;
    let removed = scene.ready().await;
    let path = session(&account);
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..24 {
        let (ana, path) = (scene.ana.clone(), path.clone());
        let gone = session(&removed);
        tasks.spawn(async move {
            match n % 4 {
                0 => ana.post(&path, json!({})).await,
                1 => ana.post(&path, json!({"restart": true})).await,
                2 => ana.delete(&path).await,
                // One account goes while it is started again.
                _ if n == 3 => ana.delete(gone.trim_end_matches("/session")).await,
                _ => ana.post(&gone, json!({})).await,
            }
        });
    }
    while let Some(answer) = tasks.join_next().await {
        let answer = answer.unwrap();
        assert!(
            matches!(answer.status, 200 | 202 | 204 | 404 | 409 | 503),
            "{answer:?}"
        );
    }
    scene
        .ana
        .get(&format!("/api/accounts/{removed}"))
        .await
        .expect_error(404, "account_not_found");
    scene.start(&account).await;
    until_status(&scene.ana, &account, "ready").await;
    let one = scene.view(&account).await;
    let other = scene
        .ana
        .get(&format!("/api/accounts/{account}"))
        .await
        .expect(200);
    for field in ["status", "reason", "detail", "since", "phone_number"] {
        assert_eq!(one[field], other[field], "{field}");
    }
    assert_eq!(states(&scene.app, &account).await.last().unwrap(), "ready/");
    assert_eq!(scene.overlaps(), 0);
    // Nothing is left of the account that was removed.
    let folders = std::fs::read_dir(scene.app.volume().join("sessions")).unwrap();
    let names = folders.map(|folder| folder.unwrap().file_name().into_string().unwrap());
    let of_sessions = names.filter(|name| name.starts_with("user_"));
    assert_eq!(of_sessions.count(), 1);
    scene.app.stop().await;
}

#[tokio::test]
async fn whoever_gets_through_after_an_outage_brings_the_others_back_before_their_pause_is_over() {
    const LONG: chrono::TimeDelta = chrono::TimeDelta::seconds(15);
    let scene = Scene::new().await;
    let (waiting, other) = (scene.ready().await, scene.ready().await);
    scene.whatsapp.go_down();
    until_status(&scene.ana, &waiting, "reconnecting").await;
    until_status(&scene.ana, &other, "reconnecting").await;
    // Each attempt that fails lengthens the pause.
    let until = loop {
        scene.start(&waiting).await;
        let view = until_status(&scene.ana, &waiting, "reconnecting").await;
        let next: whahook_contract::Timestamp =
            serde_json::from_value(view["next_attempt_at"].clone()).unwrap();
        if next - scene.app.app.clock.now() > LONG {
            break next;
        }
    };
    scene.whatsapp.come_up();
    scene.start(&other).await;
    until_status(&scene.ana, &waiting, "ready").await;
    assert!(scene.app.app.clock.now() < until, "its pause was over");
    scene.app.stop().await;
}
