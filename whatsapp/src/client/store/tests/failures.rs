//! Damaged files, full and read-only volumes, and who else is there.

use super::support::{Volume, accepted, file, opened, until};
use crate::{
    client::store::{disk::Disk, failure},
    port::StoreError,
};
use std::{fs, path::Path, time::Duration};
use tokio::time::timeout;
use whatsapp_rust::wacore::store::traits::{DeviceStore, SignalStore};

/// What our errors are inside the library's.
fn cause(error: &whatsapp_rust::wacore::store::error::StoreError) -> StoreError {
    std::error::Error::source(error)
        .and_then(|source| source.downcast_ref())
        .cloned()
        .unwrap()
}

async fn opening(volume: &mut Volume, name: &str) -> StoreError {
    let folder = volume.session(name);
    match volume.pool.open(&folder).await {
        Ok(_) => panic!("{name} was opened"),
        Err(error) => error,
    }
}

async fn closed(volume: &mut Volume, name: &str) -> std::path::PathBuf {
    let store = volume.linked(name).await;
    let long = vec![7; 3_000];
    for n in 0..100 {
        store.put_session(&format!("{n}@lid"), &long).await.unwrap();
    }
    drop(store);
    volume.restarted("another").await;
    volume.session(name)
}

#[tokio::test]
async fn what_is_not_a_database_is_told_as_damaged_and_left_alone() {
    let mut volume = Volume::new();
    for text in [&b"not a database"[..], &[0; 8192], b""] {
        let file = file(&volume.session("a"));
        fs::write(&file, text).unwrap();
        let error = opening(&mut volume, "a").await;
        assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
        assert_eq!(fs::read(&file).unwrap(), text);
    }
}

#[tokio::test]
async fn another_programs_database_is_told_as_damaged_and_left_alone() {
    let mut volume = Volume::new();
    let file = file(&volume.session("a"));
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch("CREATE TABLE device (id)").unwrap();
    drop(other);
    let before = fs::read(&file).unwrap();
    let error = opening(&mut volume, "a").await;
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[tokio::test]
async fn a_damaged_page_is_told_when_the_store_is_opened() {
    let mut volume = Volume::new();
    let folder = closed(&mut volume, "a").await;
    let mut bytes = fs::read(file(&folder)).unwrap();
    assert!(bytes.len() > 200_000, "{}", bytes.len());
    for page in bytes[8192..].chunks_mut(4096).step_by(3) {
        page.fill(0xA5);
    }
    fs::write(file(&folder), &bytes).unwrap();
    let error = opening(&mut volume, "a").await;
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
}

#[tokio::test]
async fn a_file_cut_short_is_told_when_the_store_is_opened() {
    let mut volume = Volume::new();
    let folder = closed(&mut volume, "a").await;
    let bytes = fs::read(file(&folder)).unwrap();
    fs::write(file(&folder), &bytes[..bytes.len() / 2]).unwrap();
    let error = opening(&mut volume, "a").await;
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
}

#[tokio::test]
async fn a_file_that_is_damaged_while_it_is_used_fails_its_session_only() {
    let mut volume = Volume::new();
    let folder = closed(&mut volume, "a").await;
    let (store, other) = (
        volume.pool.open(&folder).await.unwrap(),
        volume.linked("b").await,
    );
    store.close().await.unwrap();
    fs::write(file(&folder), [0xA5; 8192]).unwrap();
    let error = store.get_session("1@lid").await.unwrap_err();
    assert!(matches!(cause(&error), StoreError::Corrupt(_)), "{error:?}");
    let told = timeout(Duration::from_secs(5), store.failed()).await;
    assert!(matches!(told.unwrap(), StoreError::Corrupt(_)));

    other.put_session("1@lid", b"fine").await.unwrap();
    assert_eq!(other.failure(), None);
}

#[test]
fn a_full_file_fails_and_keeps_what_was_committed() {
    let folder = tempfile::tempdir().unwrap();
    Disk::create(folder.path(), &[]).unwrap();
    let mut disk = Disk::open(folder.path()).unwrap();
    let put = |disk: &mut Disk, n: u32| {
        use crate::client::store::{
            disk::Weight,
            rows::{Rows, Space},
        };
        disk.transaction(Weight::Durable, |rows| {
            rows.put(Space::Session, &n.to_be_bytes(), &[1; 3_000], 0)
        })
    };
    put(&mut disk, 0).unwrap();
    let limit = "PRAGMA max_page_count = 20";
    let _: i64 = disk
        .connection()
        .query_row(limit, [], |row| row.get(0))
        .unwrap();
    let (written, error) = (1..100)
        .find_map(|n| put(&mut disk, n).err().map(|error| (n, error)))
        .unwrap();
    assert!(matches!(error, StoreError::Full(_)), "{error:?}");

    let limit = "PRAGMA max_page_count = 1000";
    let _: i64 = disk
        .connection()
        .query_row(limit, [], |row| row.get(0))
        .unwrap();
    put(&mut disk, written).unwrap();
    drop(disk);
    let disk = opened(folder.path());
    disk.check().unwrap();
    let count: u32 = disk
        .connection()
        .query_row("SELECT COUNT(*) FROM entry", [], |row| row.get(0))
        .unwrap();
    assert_eq!(count, written + 1);
}

#[test]
fn a_folder_that_cannot_be_written_is_told_as_that() {
    // Whoever runs the tests: nobody creates files there.
    let error = failure::can_write(Path::new("/sys/kernel")).unwrap_err();
    assert!(matches!(error, StoreError::NotWritable(_)), "{error:?}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_told_before_a_code_is_shown() {
    let volume = Volume::new();
    let opened = volume.pool.open(Path::new("/sys/kernel")).await;
    assert!(matches!(opened.err(), Some(StoreError::NotWritable(_))));
}

#[tokio::test]
async fn a_device_that_cannot_be_written_fails_before_the_phone_is_answered() {
    let volume = Volume::new();
    let folder = volume.session("a");
    let store = volume.pool.open(&folder).await.unwrap();
    store.create().await.unwrap();
    fs::remove_dir(&folder).unwrap();
    assert!(store.save(&accepted()).await.is_err());
    timeout(Duration::from_secs(5), store.failed())
        .await
        .unwrap();
    assert!(
        store.load().await.is_err(),
        "nothing is kept in memory only"
    );
}

#[tokio::test]
async fn who_had_a_store_before_can_no_longer_write_it() {
    let volume = Volume::new();
    let old = volume.linked("a").await;
    old.put_session("1@lid", b"old").await.unwrap();
    let new = volume.pool.open(&volume.session("a")).await.unwrap();
    assert!(old.put_session("1@lid", b"older").await.is_err());
    assert!(old.get_session("1@lid").await.is_err());
    let session = new.get_session("1@lid").await.unwrap().unwrap();
    assert_eq!(&session[..], b"old");
    drop(old);
    new.put_session("1@lid", b"new").await.unwrap();
    let session = new.get_session("1@lid").await.unwrap().unwrap();
    assert_eq!(&session[..], b"new");
}

#[tokio::test]
async fn a_backup_taken_while_the_store_is_used_disturbs_nobody_and_is_whole() {
    let volume = Volume::new();
    let store = volume.linked("a").await;
    store.put_session("1@lid", b"before").await.unwrap();
    let backup = volume.session("backup");
    // As the sqlite3 of whoever backs up: another program, another connection.
    let other = rusqlite::Connection::open(file(&volume.session("a"))).unwrap();
    let into = file(&backup);
    other
        .execute("VACUUM INTO ?", [into.to_str().unwrap()])
        .unwrap();
    store.put_session("1@lid", b"after").await.unwrap();
    drop(other);
    let restored = volume.pool.open(&backup).await.unwrap();
    let session = restored.get_session("1@lid").await.unwrap().unwrap();
    assert_eq!(&session[..], b"before");
}

#[tokio::test]
async fn a_closed_store_is_one_file_and_moves_with_its_folder() {
    let mut volume = Volume::new();
    let store = volume.linked("a").await;
    store.put_session("1@lid", b"moved").await.unwrap();
    let folder = volume.session("a");
    assert!(folder.join("device.db-wal").exists(), "it is open");
    drop(store);
    until("the store is closed", || {
        let files = fs::read_dir(&folder).unwrap();
        let names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
        names == ["device.db"]
    })
    .await;
    fs::rename(&folder, volume.folder.path().join("b")).unwrap();
    let store = volume.restarted("b").await;
    let session = store.get_session("1@lid").await.unwrap().unwrap();
    assert_eq!(&session[..], b"moved");
}

#[tokio::test]
async fn a_folder_moved_away_while_its_store_is_open_disturbs_no_new_one() {
    let volume = Volume::new();
    let old = volume.linked("a").await;
    old.put_session("1@lid", b"old").await.unwrap();
    let (folder, aside) = (volume.session("a"), volume.folder.path().join("aside"));
    fs::rename(&folder, &aside).unwrap();
    let new = volume.linked("a").await;
    new.put_session("1@lid", b"new").await.unwrap();
    drop(old);
    new.close().await.unwrap();

    let session = new.get_session("1@lid").await.unwrap().unwrap();
    assert_eq!(&session[..], b"new");
    let moved = volume.pool.open(&aside).await.unwrap();
    let session = moved.get_session("1@lid").await.unwrap().unwrap();
    assert_eq!(&session[..], b"old");
}

#[tokio::test]
async fn an_idle_store_holds_no_file_open() {
    let volume = Volume::new();
    let store = volume.linked("a").await;
    store.put_session("1@lid", b"kept").await.unwrap();
    let name = file(&volume.session("a"));
    let open = || {
        let files = fs::read_dir("/proc/self/fd").unwrap();
        let targets = files.filter_map(|fd| fs::read_link(fd.ok()?.path()).ok());
        targets.filter(|target| target.starts_with(&name)).count()
    };
    assert!(open() > 0);
    until("the file is closed", || open() == 0).await;
    let session = store.get_session("1@lid").await.unwrap().unwrap();
    assert_eq!(&session[..], b"kept");
}
