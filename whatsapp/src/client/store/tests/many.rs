//! Many sessions at once, and what none of them costs while it is idle.

use super::support::{Volume, file, opened};
use std::{collections::HashSet, fs, sync::Arc};
use tokio::task::JoinSet;
use whatsapp_rust::wacore::store::traits::{DeviceStore, ProtocolStore, SignalStore};

#[tokio::test(flavor = "multi_thread")]
async fn many_sessions_at_once_keep_apart_what_is_theirs() {
    const SESSIONS: usize = 100;
    const WRITES: usize = 30;
    let mut volume = Volume::new();
    let mut tasks = JoinSet::new();
    for n in 0..SESSIONS {
        let store = volume.linked(&n.to_string()).await;
        for write in 0..WRITES {
            let store = store.clone();
            tasks.spawn(async move {
                let (address, value) = (format!("{write}@lid"), format!("{n}/{write}"));
                store.put_session(&address, value.as_bytes()).await.unwrap();
                let read = store.get_session(&address).await.unwrap().unwrap();
                assert_eq!(&read[..], value.as_bytes());
            });
        }
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    for n in 0..SESSIONS {
        let store = match n {
            0 => volume.restarted("0").await,
            _ => {
                let folder = volume.session(&n.to_string());
                volume.pool.open(&folder).await.unwrap()
            }
        };
        for write in 0..WRITES {
            let read = store.get_session(&format!("{write}@lid")).await.unwrap();
            assert_eq!(read.unwrap(), format!("{n}/{write}").as_bytes());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn few_threads_serve_all_sessions() {
    let volume = Volume::new();
    let mut stores = Vec::new();
    for n in 0..200 {
        stores.push(volume.linked(&n.to_string()).await);
    }
    let mut tasks = JoinSet::new();
    for store in stores {
        tasks.spawn(async move { store.put_session("a@lid", &[1; 2_000]).await });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap().unwrap();
    }
    let names = fs::read_dir("/proc/self/task").unwrap();
    let ours = names
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .filter(|name| name.starts_with("store-"));
    // Other tests of this process have theirs.
    let kinds: HashSet<String> = ours.collect();
    assert_eq!(kinds.len(), 4, "{kinds:?}");
}

#[tokio::test]
async fn a_code_that_nobody_scans_leaves_no_file() {
    let volume = Volume::new();
    let folder = volume.session("a");
    let store = volume.pool.open(&folder).await.unwrap();
    store.create().await.unwrap();
    store.store_prekey(1, b"key", false).await.unwrap();
    drop(store);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

#[tokio::test]
async fn a_linked_device_is_complete_on_disk_at_once() {
    let volume = Volume::new();
    let store = volume.pool.open(&volume.session("a")).await.unwrap();
    store.store_prekey(1, b"key", false).await.unwrap();
    store.save(&super::support::accepted()).await.unwrap();
    // As another process would find it after a crash.
    let copy = volume.session("copy");
    fs::copy(file(&volume.session("a")), file(&copy)).unwrap();
    let rows: i64 = opened(&copy)
        .connection()
        .query_row("SELECT COUNT(*) FROM entry", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 2);
}

#[tokio::test]
async fn a_sweep_without_anything_due_opens_no_file() {
    let volume = Volume::new();
    let store = volume.linked("a").await;
    store.store_sent_message("c", "M1", b"x").await.unwrap();
    let now = whatsapp_rust::wacore::time::now_secs();
    assert_eq!(
        store.delete_expired_sent_messages(now - 60).await.unwrap(),
        0
    );
    store.close().await.unwrap();
    fs::rename(
        file(&volume.session("a")),
        volume.folder.path().join("away"),
    )
    .unwrap();
    // Would fail if it looked.
    assert_eq!(
        store.delete_expired_sent_messages(now - 60).await.unwrap(),
        0
    );
    assert!(store.delete_expired_sent_messages(now + 60).await.is_err());
}

#[tokio::test]
async fn each_peer_counts_once_and_a_new_link_begins_anew() {
    let mut volume = Volume::new();
    let store = volume.linked("peers").await;
    for _ in 0..3 {
        for peer in ["1@lid.0", "1@lid.1", "2@lid.0"] {
            store.put_session(peer, &[1; 100]).await.unwrap();
        }
    }
    assert_eq!(store.get_session("stranger@lid.0").await.unwrap(), None);
    assert_eq!(store.peers(), 3);
    drop(store);

    // After a restart those count that the link reads.
    let store = volume.restarted("peers").await;
    assert_eq!(store.peers(), 0);
    store.get_session("2@lid.0").await.unwrap().unwrap();
    assert_eq!(store.peers(), 1);
    store.begin(Arc::new(|| Box::pin(async {})));
    assert_eq!(store.peers(), 0);
}
