//! Write-behind storage: small batched transactions in one SQLite file.
//!
//! Changes are submitted in the order they were made in memory (under the lock
//! of what they change) and committed in that order. Whoever is about to tell
//! the outside that something happened waits for `durable` first.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// Changes that one transaction takes at most.
const BATCH: usize = 512;

/// What a record is of; together with its key it is unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Secrets,
    Account,
    Watcher,
    Device,
    PreKey,
    Queued,
    Phone,
    PhonePreKey,
    Session,
    Identity,
    Chat,
    Group,
    SenderKey,
}

impl Kind {
    const ALL: [Self; 13] = [
        Self::Secrets,
        Self::Account,
        Self::Watcher,
        Self::Device,
        Self::PreKey,
        Self::Queued,
        Self::Phone,
        Self::PhonePreKey,
        Self::Session,
        Self::Identity,
        Self::Chat,
        Self::Group,
        Self::SenderKey,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Secrets => "secrets",
            Self::Account => "account",
            Self::Watcher => "watcher",
            Self::Device => "device",
            Self::PreKey => "prekey",
            Self::Queued => "queued",
            Self::Phone => "phone",
            Self::PhonePreKey => "phone_prekey",
            Self::Session => "session",
            Self::Identity => "identity",
            Self::Chat => "chat",
            Self::Group => "group",
            Self::SenderKey => "sender_key",
        }
    }
}

#[derive(Debug)]
pub enum Change {
    Put(Kind, String, Vec<u8>),
    Delete(Kind, String),
    /// Deletes every record whose key starts with the text.
    DeleteUnder(Kind, String),
}

impl Change {
    /// Stores a value as JSON; only types that always serialise are stored.
    pub fn put_json<T: serde::Serialize>(kind: Kind, key: String, value: &T) -> Self {
        let json = serde_json::to_vec(value).expect("stored types serialise to JSON");
        Self::Put(kind, key, json)
    }
}

/// A record as it was found at start.
pub struct Stored {
    pub kind: Kind,
    pub key: String,
    pub value: Vec<u8>,
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    #[error("the data could not be read: {0}")]
    Open(String),
    #[error("the data could not be written: {0}")]
    Write(String),
}

type Submission = (u64, Vec<Change>);

/// The storage; without a folder it keeps nothing and everything is durable at once.
pub struct Store {
    writer: Option<Writer>,
}

struct Writer {
    queue: Mutex<Option<mpsc::UnboundedSender<Submission>>>,
    submitted: AtomicU64,
    committed: watch::Receiver<Result<u64, StoreError>>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Store {
    pub fn in_memory() -> Self {
        Self { writer: None }
    }

    /// Opens the file in the folder (made if missing) and reads what it holds.
    pub async fn open(folder: &Path) -> Result<(Self, Vec<Stored>), StoreError> {
        let failed = |e: &dyn std::fmt::Display| StoreError::Open(e.to_string());
        tokio::fs::create_dir_all(folder)
            .await
            .map_err(|e| failed(&e))?;
        let mut connection = SqliteConnectOptions::new()
            .filename(folder.join("simulator.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A killed process loses nothing that was committed; only a power cut could.
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(std::time::Duration::from_secs(5))
            .connect()
            .await
            .map_err(|e| failed(&e))?;
        sqlx::query(
            "CREATE TABLE IF NOT EXISTS records (kind TEXT NOT NULL, key TEXT NOT NULL, \
             value BLOB NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID",
        )
        .execute(&mut connection)
        .await
        .map_err(|e| failed(&e))?;
        let rows = sqlx::query("SELECT kind, key, value FROM records ORDER BY kind, key")
            .fetch_all(&mut connection)
            .await
            .map_err(|e| failed(&e))?;
        let stored = rows
            .into_iter()
            .filter_map(|row| {
                let name: String = row.get(0);
                let kind = Kind::ALL.into_iter().find(|k| k.name() == name)?;
                Some(Stored {
                    kind,
                    key: row.get(1),
                    value: row.get(2),
                })
            })
            .collect();
        let (queue, submissions) = mpsc::unbounded_channel();
        let (progress, committed) = watch::channel(Ok(0));
        let task = tokio::spawn(write_all(connection, submissions, progress));
        let writer = Writer {
            queue: Mutex::new(Some(queue)),
            submitted: AtomicU64::new(0),
            committed,
            task: Mutex::new(Some(task)),
        };
        Ok((
            Self {
                writer: Some(writer),
            },
            stored,
        ))
    }

    /// Hands changes over for writing. Call it while holding the lock of what changed.
    pub fn submit(&self, changes: Vec<Change>) {
        let Some(writer) = &self.writer else { return };
        if changes.is_empty() {
            return;
        }
        let queue = writer.queue.lock();
        if let Some(queue) = queue.as_ref() {
            let ticket = writer.submitted.fetch_add(1, Ordering::SeqCst) + 1;
            // The writer only ends after the sender is gone, or with an error that `durable` reports.
            let _ = queue.send((ticket, changes));
        }
    }

    /// Waits until everything submitted so far is committed.
    pub async fn durable(&self) -> Result<(), StoreError> {
        let Some(writer) = &self.writer else {
            return Ok(());
        };
        let ticket = writer.submitted.load(Ordering::SeqCst);
        let mut committed = writer.committed.clone();
        let reached = committed
            .wait_for(|state| state.as_ref().map_or(true, |done| *done >= ticket))
            .await
            .map_err(|_| StoreError::Write("the writer has ended".to_owned()))?;
        reached.clone().map(|_| ())
    }

    /// Writes what is left and closes the file.
    pub async fn close(&self) {
        let Some(writer) = &self.writer else { return };
        writer.queue.lock().take();
        let task = writer.task.lock().take();
        if let Some(task) = task {
            let _ = task.await;
        }
    }
}

async fn write_all(
    mut connection: SqliteConnection,
    mut submissions: mpsc::UnboundedReceiver<Submission>,
    progress: watch::Sender<Result<u64, StoreError>>,
) {
    while let Some((mut ticket, mut changes)) = submissions.recv().await {
        while changes.len() < BATCH
            && let Ok((next, more)) = submissions.try_recv()
        {
            ticket = next;
            changes.extend(more);
        }
        if let Err(error) = write(&mut connection, changes).await {
            tracing::error!(%error, "the simulator's state could not be written");
            let _ = progress.send_replace(Err(StoreError::Write(error.to_string())));
            return;
        }
        let _ = progress.send_replace(Ok(ticket));
    }
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "the simulator's file did not close cleanly");
    }
}

async fn write(connection: &mut SqliteConnection, changes: Vec<Change>) -> sqlx::Result<()> {
    let mut transaction = connection.begin().await?;
    for change in changes {
        let query = match change {
            Change::Put(kind, key, value) => sqlx::query(
                "INSERT INTO records (kind, key, value) VALUES ($1, $2, $3) \
                 ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value",
            )
            .bind(kind.name())
            .bind(key)
            .bind(value),
            Change::Delete(kind, key) => {
                sqlx::query("DELETE FROM records WHERE kind = $1 AND key = $2")
                    .bind(kind.name())
                    .bind(key)
            }
            Change::DeleteUnder(kind, prefix) => {
                let end = format!("{prefix}\u{10FFFF}");
                sqlx::query("DELETE FROM records WHERE kind = $1 AND key >= $2 AND key < $3")
                    .bind(kind.name())
                    .bind(prefix)
                    .bind(end)
            }
        };
        query.execute(&mut *transaction).await?;
    }
    transaction.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_durable_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let (store, found) = Store::open(folder.path()).await.unwrap();
        assert!(found.is_empty());
        store.submit(vec![
            Change::Put(Kind::Session, "1/2".into(), vec![1]),
            Change::Put(Kind::Session, "1/3".into(), vec![2]),
            Change::Put(Kind::Session, "10/3".into(), vec![3]),
        ]);
        store.submit(vec![Change::DeleteUnder(Kind::Session, "1/".into())]);
        store.durable().await.unwrap();
        drop(store);
        let (_, found) = Store::open(folder.path()).await.unwrap();
        let keys: Vec<_> = found.iter().map(|s| s.key.as_str()).collect();
        assert_eq!(keys, ["10/3"]);
    }
}
