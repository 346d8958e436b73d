//! The same questions to the library's own store in memory and to ours, before
//! and after a phone has accepted the device, and after a restart.

use super::support::{Volume, accepted};
use std::{collections::BTreeMap, fmt::Debug, sync::Arc};
use whatsapp_rust::{
    bytes::Bytes,
    wacore::{
        appstate::{hash::HashState, processor::AppStateMutationMAC},
        store::{
            Device, InMemoryBackend,
            traits::{
                AppStateSyncKey, Backend, DeviceInfo, DeviceListRecord, LidPnMappingEntry,
                MsgSecretEntry, PendingInboundKey, PendingInboundRow, TcTokenEntry,
            },
        },
        time::now_secs,
    },
};

/// What a store answered, one line each.
#[derive(Default)]
struct Answers(Vec<String>);

impl Answers {
    fn note(&mut self, question: &str, answer: impl Debug) {
        self.0.push(format!("{question}: {answer:?}"));
    }
}

fn sorted<T: Ord>(mut all: Vec<T>) -> Vec<T> {
    all.sort();
    all
}

fn mapping(lid: &str, number: &str, at: i64) -> LidPnMappingEntry {
    LidPnMappingEntry {
        lid: lid.to_owned(),
        phone_number: number.to_owned(),
        created_at: at,
        updated_at: at,
        learning_source: "usync".to_owned(),
    }
}

fn devices(user: &str, ids: &[u32]) -> DeviceListRecord {
    DeviceListRecord {
        user: user.to_owned(),
        devices: ids.iter().map(|id| DeviceInfo::new(*id, Some(1))).collect(),
        timestamp: 5,
        phash: Some("2:hash".to_owned()),
        raw_id: Some(9),
    }
}

fn secret(id: &str, expires_at: i64, message_ts: i64) -> MsgSecretEntry {
    MsgSecretEntry {
        chat: Arc::from("chat@lid"),
        sender: Arc::from("sender@lid"),
        msg_id: Arc::from(id),
        secret: [u8::try_from(id.len()).unwrap(); 32],
        expires_at,
        message_ts,
    }
}

fn token(bytes: &[u8], at: i64, sent: Option<i64>) -> TcTokenEntry {
    TcTokenEntry {
        token: bytes.to_vec(),
        token_timestamp: at,
        sender_timestamp: sent,
    }
}

async fn write(store: &dyn Backend) {
    write_signal(store).await;
    write_app_sync(store).await;
    write_protocol(store).await;
    write_messages(store).await;
}

async fn write_signal(store: &dyn Backend) {
    store.put_identity("a@lid", [1; 32]).await.unwrap();
    store.put_identity("a@lid", [2; 32]).await.unwrap();
    let batch = [("b:3@lid".into(), [3; 32]), ("gone@lid".into(), [4; 32])];
    store.put_identities_batch(&batch).await.unwrap();
    store.delete_identity("gone@lid").await.unwrap();
    store.delete_identity("never@lid").await.unwrap();

    store.put_session("a@lid", b"one").await.unwrap();
    let batch = [
        ("a@lid".into(), Bytes::from_static(b"two")),
        ("593:2@c.us".into(), Bytes::from_static(b"")),
        ("gone@lid".into(), Bytes::from_static(b"x")),
    ];
    store.put_sessions_batch(&batch).await.unwrap();
    store.put_sessions_batch(&[]).await.unwrap();
    store.delete_session("gone@lid").await.unwrap();

    store.store_prekey(7, b"seven", false).await.unwrap();
    let batch = [
        (300, Bytes::from_static(b"300")),
        (2, Bytes::from_static(b"2")),
        (70_000, Bytes::from_static(b"gone")),
    ];
    store.store_prekeys_batch(&batch, false).await.unwrap();
    store.remove_prekey(70_000).await.unwrap();
    store.mark_prekeys_uploaded(&[2, 70_000]).await.unwrap();

    store.store_signed_prekey(1, b"old").await.unwrap();
    store.store_signed_prekey(1, b"new").await.unwrap();
    store.store_signed_prekey(2, b"gone").await.unwrap();
    store.store_signed_prekey(3, b"three").await.unwrap();
    store.remove_signed_prekey(2).await.unwrap();

    store.put_sender_key("g::a", b"key").await.unwrap();
    let batch = [
        ("g::b".into(), Bytes::from_static(b"b")),
        ("g::gone".into(), Bytes::from_static(b"x")),
    ];
    store.put_sender_keys_batch(&batch).await.unwrap();
    store.delete_sender_key("g::gone").await.unwrap();

    store.save_base_key("a@lid", "M1", b"base").await.unwrap();
    store.save_base_key("a@lid", "M2", b"gone").await.unwrap();
    store.delete_base_key("a@lid", "M2").await.unwrap();
}

async fn read_signal(store: &dyn Backend, answers: &mut Answers) {
    for address in ["a@lid", "b:3@lid", "gone@lid", "593:2@c.us", ""] {
        answers.note(address, store.load_identity(address).await.unwrap());
        answers.note(address, store.get_session(address).await.unwrap());
        answers.note(address, store.has_session(address).await.unwrap());
    }
    for user in ["a", "b", "593", "59", "gone", ""] {
        let has = store.has_signal_state_for_user(user).await.unwrap();
        answers.note(&format!("state of {user}"), has);
    }
    for id in [2, 7, 300, 70_000, 0] {
        answers.note("prekey", store.load_prekey(id).await.unwrap());
        answers.note("signed", store.load_signed_prekey(id).await.unwrap());
    }
    let found = store.load_prekeys_batch(&[300, 1, 2, 70_000]).await;
    answers.note("prekeys", found.unwrap());
    answers.note("last", store.get_max_prekey_id().await.unwrap());
    let signed = store.load_all_signed_prekeys().await.unwrap();
    answers.note("all signed", sorted(signed));
    for name in ["g::a", "g::b", "g::gone"] {
        answers.note(name, store.get_sender_key(name).await.unwrap());
    }
    for (address, id, key) in [
        ("a@lid", "M1", &b"base"[..]),
        ("a@lid", "M1", b"another"),
        ("a@lid", "M2", b"gone"),
        ("a@li", "dM1", b"base"),
    ] {
        let same = store.has_same_base_key(address, id, key).await.unwrap();
        answers.note("base key", same);
    }
}

async fn write_app_sync(store: &dyn Backend) {
    for (id, byte) in [(b"k9", 9), (b"k1", 1)] {
        let key = AppStateSyncKey {
            key_data: vec![byte; 32],
            fingerprint: vec![byte],
            timestamp: i64::from(byte),
        };
        store.set_sync_key(id, key).await.unwrap();
    }
    let mut state = HashState {
        version: 4,
        ..HashState::default()
    };
    store.set_version("regular", state.clone()).await.unwrap();
    state.version = 5;
    state.hash[127] = 7;
    store.set_version("regular", state).await.unwrap();
    let mac = |byte: u8| AppStateMutationMAC {
        index_mac: vec![byte; 32],
        value_mac: vec![byte, byte],
    };
    for name in ["regular", "regular_low", "critical"] {
        let all = [mac(1), mac(2), mac(3)];
        store.put_mutation_macs(name, 1, &all).await.unwrap();
    }
    let gone = [vec![2; 32], vec![9; 32]];
    store.delete_mutation_macs("regular", &gone).await.unwrap();
    store.clear_mutation_macs("critical").await.unwrap();
}

async fn read_app_sync(store: &dyn Backend, answers: &mut Answers) {
    for id in [b"k1", b"k9", b"k5"] {
        answers.note("sync key", store.get_sync_key(id).await.unwrap());
    }
    let latest = store.get_latest_sync_key_id().await.unwrap();
    answers.note("latest", latest);
    for name in ["regular", "regular_low", "critical"] {
        let state = store.get_version(name).await.unwrap();
        answers.note(name, (state.version, state.hash));
        for byte in [1, 2, 3, 9] {
            let mac = store.get_mutation_mac(name, &[byte; 32]).await.unwrap();
            answers.note("mac", mac);
        }
        let asked = [[1; 32], [2; 32], [9; 32]];
        let found = store.get_mutation_macs(name, &asked).await.unwrap();
        answers.note("macs", found.into_iter().collect::<BTreeMap<_, _>>());
    }
}

async fn write_protocol(store: &dyn Backend) {
    let all = [("d1@lid", true), ("d2@lid", false), ("gone@lid", true)];
    for group in ["g1@g.us", "g2@g.us", "cleared@g.us"] {
        store.set_sender_key_status(group, &all).await.unwrap();
    }
    let changed = [("d2@lid", true)];
    store
        .set_sender_key_status("g1@g.us", &changed)
        .await
        .unwrap();
    store
        .clear_sender_key_devices("cleared@g.us")
        .await
        .unwrap();
    let gone = ["gone@lid", "never@lid"];
    store.delete_sender_key_device_rows(&gone).await.unwrap();
    store.delete_sender_key_device_rows(&[]).await.unwrap();

    store
        .put_lid_mapping(&mapping("l1", "p1", 1))
        .await
        .unwrap();
    // l1 got another number; another LID has p3 now.
    let batch = [mapping("l1", "p2", 2), mapping("l3", "p3", 3)];
    store.put_lid_mappings(&batch).await.unwrap();
    store
        .put_lid_mapping(&mapping("l4", "p3", 4))
        .await
        .unwrap();

    store.update_device_list(devices("u1", &[0])).await.unwrap();
    let batch = vec![devices("u1", &[0, 5]), devices("gone", &[0])];
    store.update_device_lists(batch).await.unwrap();
    store.delete_devices("gone").await.unwrap();

    store.put_group_metadata("g1@g.us", b"v1").await.unwrap();
    store.put_group_metadata("g1@g.us", b"v2").await.unwrap();
    store.put_group_metadata("gone@g.us", b"x").await.unwrap();
    store.delete_group_metadata("gone@g.us").await.unwrap();

    let put = [("kept", 20, None), ("stale", 5, Some(5)), ("gone", 1, None)];
    for (jid, at, sent) in put {
        store
            .put_tc_token(jid, &token(b"t", at, sent))
            .await
            .unwrap();
    }
    store.delete_tc_token("gone").await.unwrap();
    for (jid, at) in [("kept", 30), ("kept", 8), ("placeholder", 12)] {
        store
            .touch_tc_token_sender_timestamp(jid, at)
            .await
            .unwrap();
    }
    for (jid, bytes, at) in [
        ("kept", b"older", 19),
        ("kept", b"newer", 21),
        ("placeholder", b"first", 1),
        ("fresh", b"fresh", 11),
    ] {
        store.store_received_tc_token(jid, bytes, at).await.unwrap();
    }
}

async fn read_protocol(store: &dyn Backend, answers: &mut Answers) {
    for group in ["g1@g.us", "g2@g.us", "cleared@g.us", "g1@g.u"] {
        let devices = store.get_sender_key_devices(group).await.unwrap();
        answers.note(group, sorted(devices));
    }
    for lid in ["l1", "l3", "l4", "l9"] {
        answers.note(lid, store.get_lid_mapping(lid).await.unwrap());
    }
    for number in ["p1", "p2", "p3", "p9"] {
        answers.note(number, store.get_pn_mapping(number).await.unwrap());
    }
    let all = store.get_all_lid_mappings().await.unwrap();
    let lids = all.into_iter().map(|entry| (entry.lid, entry.phone_number));
    answers.note("mappings", sorted(lids.collect::<Vec<_>>()));
    for user in ["u1", "gone"] {
        answers.note(user, store.get_devices(user).await.unwrap());
    }
    for group in ["g1@g.us", "gone@g.us"] {
        answers.note(group, store.get_group_metadata(group).await.unwrap());
    }
    for jid in ["kept", "stale", "gone", "placeholder", "fresh"] {
        answers.note(jid, store.get_tc_token(jid).await.unwrap());
    }
    let jids = store.get_all_tc_token_jids().await.unwrap();
    answers.note("tokens", sorted(jids));
}

async fn write_messages(store: &dyn Backend) {
    for (id, payload) in [("M1", b"one"), ("M2", b"two")] {
        store.store_sent_message("c", id, payload).await.unwrap();
    }
    store
        .store_pending_inbound("c", "s", "I1", b"in")
        .await
        .unwrap();
    let row = |id| PendingInboundRow {
        chat: "c",
        sender: "s",
        id,
        message: b"batch",
    };
    let batch = [row("I2"), row("I3"), row("I4")];
    store.store_pending_inbound_batch(&batch).await.unwrap();
    store.delete_pending_inbound("c", "s", "I2").await.unwrap();
    let key = PendingInboundKey {
        chat: "c",
        sender: "s",
        id: "I3",
    };
    store.delete_pending_inbound_batch(&[key]).await.unwrap();

    let entries = vec![
        secret("x", 100, 0),
        secret("xx", 0, 7),
        secret("xxx", 50, 3),
    ];
    let stored = store.put_msg_secrets(entries).await.unwrap();
    assert_eq!(stored, 3);
    // A shorter life and an unknown time change nothing.
    let entries = vec![secret("x", 60, 9), secret("xx", 10, 0)];
    store.put_msg_secrets(entries).await.unwrap();
    store
        .put_msg_secret("c", "s", "plain", &[8; 32])
        .await
        .unwrap();
}

async fn read_messages(store: &dyn Backend, answers: &mut Answers) {
    for id in ["I1", "I2", "I3", "I4"] {
        let message = store.get_pending_inbound("c", "s", id).await.unwrap();
        answers.note(id, message);
    }
    for id in ["x", "xx", "xxx", "xxxx"] {
        let (chat, sender) = ("chat@lid", "sender@lid");
        let alone = store.get_msg_secret(chat, sender, id).await.unwrap();
        answers.note(id, alone);
        let timed = store.get_msg_secret_with_ts(chat, sender, id).await;
        answers.note(id, timed.unwrap());
    }
    let plain = store.get_msg_secret("c", "s", "plain").await.unwrap();
    answers.note("plain", plain);
}

/// What takes away as it answers: asked last.
async fn consume(store: &dyn Backend, answers: &mut Answers) {
    for id in ["M1", "M1", "never"] {
        answers.note(id, store.take_sent_message("c", id).await.unwrap());
    }
    let now = now_secs();
    for cutoff in [now - 60, now + 60, now + 60] {
        let gone = store.delete_expired_sent_messages(cutoff).await.unwrap();
        answers.note("sent gone", gone);
        let gone = store.delete_expired_pending_inbound(cutoff).await.unwrap();
        answers.note("pending gone", gone);
    }
    answers.note("M2", store.take_sent_message("c", "M2").await.unwrap());
    for cutoff in [49, 50, 99, 100, 1_000] {
        let gone = store.delete_expired_msg_secrets(cutoff).await.unwrap();
        answers.note("secrets gone", gone);
    }
    for (token, sender) in [(10, 10), (12, 13), (100, 100)] {
        let gone = store.delete_expired_tc_tokens(token, sender).await.unwrap();
        answers.note("tokens gone", gone);
    }
    store.clear_all_sender_key_devices().await.unwrap();
    let devices = store.get_sender_key_devices("g1@g.us").await.unwrap();
    answers.note("cleared", devices);
    read_protocol(store, answers).await;
    read_messages(store, answers).await;
}

async fn read(store: &dyn Backend) -> Answers {
    let mut answers = Answers::default();
    read_signal(store, &mut answers).await;
    read_app_sync(store, &mut answers).await;
    read_protocol(store, &mut answers).await;
    read_messages(store, &mut answers).await;
    answers
}

async fn consumed(store: &dyn Backend) -> Answers {
    let mut answers = Answers::default();
    consume(store, &mut answers).await;
    answers
}

fn same(ours: &Answers, theirs: &Answers) {
    for (ours, theirs) in ours.0.iter().zip(&theirs.0) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(ours.0.len(), theirs.0.len());
}

#[tokio::test]
async fn a_linked_store_answers_as_the_librarys_own() {
    let volume = Volume::new();
    let (ours, theirs) = (volume.linked("a").await, InMemoryBackend::new());
    write(&*ours).await;
    write(&theirs).await;
    same(&read(&*ours).await, &read(&theirs).await);
    same(&consumed(&*ours).await, &consumed(&theirs).await);
}

#[tokio::test]
async fn a_store_that_nobody_linked_yet_answers_as_the_librarys_own() {
    let volume = Volume::new();
    let ours = volume.pool.open(&volume.session("a")).await.unwrap();
    let theirs = InMemoryBackend::new();
    write(&*ours).await;
    write(&theirs).await;
    same(&read(&*ours).await, &read(&theirs).await);
    same(&consumed(&*ours).await, &consumed(&theirs).await);
}

#[tokio::test]
async fn what_came_before_linking_and_after_is_there_after_a_restart() {
    let mut volume = Volume::new();
    let theirs = InMemoryBackend::new();
    let ours = volume.pool.open(&volume.session("a")).await.unwrap();
    for store in [&*ours as &dyn Backend, &theirs] {
        write_signal(store).await;
        write_app_sync(store).await;
        store.save(&accepted()).await.unwrap();
        write_protocol(store).await;
        write_messages(store).await;
    }
    drop(ours);
    let ours = volume.restarted("a").await;
    same(&read(&*ours).await, &read(&theirs).await);
    drop(ours);
    let ours = volume.restarted("a").await;
    same(&consumed(&*ours).await, &consumed(&theirs).await);
}

fn keys(device: &Device) -> String {
    serde_json::to_string(device).unwrap()
}

#[tokio::test]
async fn a_device_is_the_same_after_a_restart() {
    let mut volume = Volume::new();
    let store = volume.linked("a").await;
    let mut device = accepted();
    device.push_name = "Ana".to_owned();
    device.login_counter = 3;
    device.edge_routing_info = Some(vec![1, 2]);
    store_of(&store).save(&device).await.unwrap();
    assert!(store_of(&store).exists().await.unwrap());
    drop(store);

    let store = volume.restarted("a").await;
    let loaded = store_of(&store).load().await.unwrap().unwrap();
    assert_eq!(keys(&loaded), keys(&device));
    assert_eq!(store_of(&store).create().await.unwrap(), 1);
    let kept = store_of(&store).load().await.unwrap().unwrap();
    assert_eq!(keys(&kept), keys(&device), "creating replaces nothing");
}

fn store_of(store: &Arc<crate::client::store::SessionStore>) -> &dyn Backend {
    &**store
}

#[tokio::test]
async fn a_new_store_has_no_device_until_one_is_created() {
    let volume = Volume::new();
    let store = volume.pool.open(&volume.session("a")).await.unwrap();
    assert!(!store_of(&store).exists().await.unwrap());
    assert!(store_of(&store).load().await.unwrap().is_none());
    store_of(&store).create().await.unwrap();
    let first = store_of(&store).load().await.unwrap().unwrap();
    store_of(&store).create().await.unwrap();
    let second = store_of(&store).load().await.unwrap().unwrap();
    assert_eq!(keys(&first), keys(&second));
}
