//! A process that is killed while it writes: this test starts itself again as
//! that process and reads what it left.

use super::support::Volume;
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};
use tokio::task::JoinSet;
use whatsapp_rust::wacore::store::traits::SignalStore;

const FOLDER: &str = "WHAHOOK_TEST_STORE";
const ROUNDS: u32 = 12;
const SESSIONS: usize = 6;

/// Every session counts up, says each number once it is written, and never ends.
#[tokio::test(flavor = "multi_thread")]
async fn writes_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let pool = Arc::new(crate::client::store::StorePool::start().unwrap());
    let mut tasks = JoinSet::new();
    for n in 0..SESSIONS {
        let store = pool.open(&Path::new(&folder).join(n.to_string())).await;
        let store = store.unwrap();
        tasks.spawn(async move {
            let mut count = last(&store).await;
            loop {
                count += 1;
                let value = [&count.to_be_bytes()[..], &[7; 2_000]].concat();
                store.put_session("count@lid", &value).await.unwrap();
                println!("\nwrote {n} {count}");
            }
        });
    }
    if let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
}

async fn last(store: &crate::client::store::SessionStore) -> u64 {
    let value = store.get_session("count@lid").await.unwrap();
    value.map_or(0, |value| {
        u64::from_be_bytes(value[..8].try_into().unwrap())
    })
}

#[tokio::test]
async fn what_was_answered_is_there_after_kill_9() {
    let mut volume = Volume::new();
    for n in 0..SESSIONS {
        volume.linked(&n.to_string()).await;
    }
    drop(volume.restarted("0").await);
    let mut answered = [0; SESSIONS];
    for round in 0..ROUNDS {
        let enough = 40 + 23 * round as usize;
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .args(["--nocapture", "--exact"])
            .arg("client::store::tests::crash::writes_until_it_is_killed")
            .env(FOLDER, volume.folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
        let mut heard = 0;
        let hear = |line: &str| {
            let mut words = line.strip_prefix("wrote ")?.split(' ');
            let session: usize = words.next()?.parse().ok()?;
            // The last line may be cut off.
            let count: u64 = words.next()?.parse().ok()?;
            Some((session, count))
        };
        while heard < enough {
            let line = lines.next().expect("it writes on").unwrap();
            if let Some((session, count)) = hear(&line) {
                answered[session] = answered[session].max(count);
                heard += 1;
            }
        }
        writer.kill().unwrap();
        writer.wait().unwrap();
        for line in lines.map_while(Result::ok) {
            if let Some((session, count)) = hear(&line) {
                answered[session] = answered[session].max(count);
            }
        }
        volume.pool = Arc::new(crate::client::store::StorePool::start().unwrap());
        for (n, answered) in answered.iter().enumerate() {
            let store = volume.pool.open(&volume.session(&n.to_string())).await;
            let found = last(&store.unwrap()).await;
            assert!(found >= *answered, "{found} of {answered} in session {n}");
        }
        volume.pool = Arc::new(crate::client::store::StorePool::start().unwrap());
    }
}
