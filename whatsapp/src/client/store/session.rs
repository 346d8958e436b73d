//! One session's store.
//!
//! Until a phone has accepted the device nothing has to last, so its rows stay
//! in memory: the QR comes at once and a code that nobody scans leaves no file.
//! The device is written, whole, before WhatsApp is told that it accepts the
//! phone's signature; from then on everything goes through the file.

use super::{
    disk::Weight,
    rows::{Memory, Rows, Space},
    timers::Timers,
    writers::{Opened, Writers, name_of},
};
use crate::port::StoreError;
use parking_lot::Mutex;
use serde::{Serialize, de::DeserializeOwned};
use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{
        Arc, Weak,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::watch, time::timeout};
use whatsapp_rust::wacore::store::error::StoreError as LibraryError;

/// How long answering the phone waits for a device that cannot be written.
const WRITTEN_WITHIN: Duration = Duration::from_secs(10);
/// Beyond so many it does not matter how many they are.
const PEERS_COUNTED: usize = 200;

/// Makes the library hand the device over.
pub type Flush = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// All sessions' stores: one for the whole process.
pub struct StorePool {
    writers: Writers,
    opened: AtomicU64,
    in_use: Mutex<HashMap<PathBuf, Weak<SessionStore>>>,
}

impl StorePool {
    /// # Errors
    /// The system starts no more threads.
    pub fn start() -> io::Result<Self> {
        Ok(Self {
            writers: Writers::start()?,
            opened: AtomicU64::new(0),
            in_use: Mutex::default(),
        })
    }

    /// Open the device in the folder, or begin a new one there. Whoever had it
    /// open before can no longer use it: there are never two on one device.
    ///
    /// # Errors
    /// What is there is damaged, or the folder cannot be written.
    pub async fn open(self: &Arc<Self>, folder: &Path) -> Result<Arc<SessionStore>, StoreError> {
        let opened = Arc::new(Opened {
            number: self.opened.fetch_add(1, Ordering::Relaxed),
            folder: name_of(folder),
        });
        let store = Arc::new(SessionStore {
            pool: self.clone(),
            opened: opened.clone(),
            phase: Mutex::new(Phase::Unlinked(Memory::default())),
            written: watch::Sender::new(false),
            failure: watch::Sender::new(None),
            flush: Mutex::new(None),
            next_due: NextDue::default(),
            peers: Mutex::default(),
            timers: Timers::default(),
        });
        let before = {
            let mut in_use = self.in_use.lock();
            in_use.retain(|_, store| store.strong_count() > 0);
            in_use.insert(opened.folder.clone(), Arc::downgrade(&store))
        };
        if let Some(before) = before.and_then(|before| before.upgrade()) {
            before.shut("opened again meanwhile");
        }
        if self.writers.open(&opened).await? {
            *store.phase.lock() = Phase::Linked;
            store.written.send_replace(true);
        } else {
            store.next_due.nothing_yet();
        }
        Ok(store)
    }
}

pub struct SessionStore {
    pool: Arc<StorePool>,
    opened: Arc<Opened>,
    phase: Mutex<Phase>,
    /// The device is on disk.
    written: watch::Sender<bool>,
    failure: watch::Sender<Option<StoreError>>,
    flush: Mutex<Option<Flush>>,
    next_due: NextDue,
    /// Whose Signal sessions the link has read or written, by a hash: it keeps
    /// them.
    peers: Mutex<HashSet<u64>>,
    pub(super) timers: Timers,
}

enum Phase {
    Unlinked(Memory),
    Linked,
    Shut(StoreError),
}

pub(super) type Result<T, E = LibraryError> = std::result::Result<T, E>;

pub(super) fn library(error: StoreError) -> LibraryError {
    LibraryError::Database(Box::new(error))
}

pub(super) fn encoded(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|error| LibraryError::Serialization(Box::new(error)))
}

pub(super) fn decoded<T: DeserializeOwned>(value: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

impl SessionStore {
    /// Resolves when the volume or the file fails.
    pub async fn failed(&self) -> StoreError {
        let mut failure = self.failure.subscribe();
        match failure.wait_for(Option::is_some).await {
            Ok(failure) => failure.clone(),
            Err(_) => None,
        }
        .unwrap_or_else(|| StoreError::Other("the store is gone".to_owned()))
    }

    /// Close the file until it is needed again.
    #[cfg(test)]
    pub async fn close(&self) -> Result<(), StoreError> {
        self.pool.writers.close(&self.opened).await
    }

    /// The session's folder: the device's name in this process.
    pub fn folder(&self) -> &Path {
        &self.opened.folder
    }

    /// Why it failed, if it has.
    pub fn failure(&self) -> Option<StoreError> {
        self.failure.borrow().clone()
    }

    /// Another link begins on it.
    pub fn begin(&self, flush: Flush) {
        self.failure.send_replace(None);
        *self.flush.lock() = Some(flush);
        *self.peers.lock() = HashSet::new();
    }

    /// How many peers' Signal sessions the link has read or written; counted up
    /// to [`PEERS_COUNTED`].
    pub fn peers(&self) -> usize {
        self.peers.lock().len()
    }

    pub(super) fn has_peers<'a>(&self, addresses: impl IntoIterator<Item = &'a str>) {
        let mut peers = self.peers.lock();
        for address in addresses {
            if peers.len() < PEERS_COUNTED {
                let mut hasher = DefaultHasher::new();
                address.hash(&mut hasher);
                peers.insert(hasher.finish());
            }
        }
    }

    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Rows) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T> {
        self.work(Weight::Read, work).await
    }

    /// For what may be missing after a power cut, not after a crash.
    pub(super) async fn write_lightly<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Rows) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T> {
        self.work(Weight::Light, work).await
    }

    /// For what must never be missing: it is on disk when this resolves.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Rows) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T> {
        self.work(Weight::Durable, work).await
    }

    async fn work<T: Send + 'static>(
        &self,
        weight: Weight,
        work: impl FnOnce(&mut dyn Rows) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T> {
        match &mut *self.phase.lock() {
            Phase::Unlinked(memory) => return work(memory).map_err(library),
            Phase::Shut(why) => return Err(library(why.clone())),
            Phase::Linked => {}
        }
        let done = self.pool.writers.work(&self.opened, weight, work).await;
        done.map_err(|error| library(self.fail(error)))
    }

    /// Keep the device. One that a phone has accepted is written, with all that
    /// came before.
    pub(super) async fn keep_device(&self, device: Vec<u8>, accepted: bool) -> Result<()> {
        let created = {
            let mut phase = self.phase.lock();
            match &mut *phase {
                Phase::Unlinked(memory) => {
                    memory
                        .put(Space::Device, &[], &device, 0)
                        .map_err(library)?;
                    if !accepted {
                        return Ok(());
                    }
                    let rows = std::mem::take(memory).into_rows();
                    // Whatever follows finds the file: it is asked for later.
                    *phase = Phase::Linked;
                    Some(self.pool.writers.create(&self.opened, rows))
                }
                Phase::Shut(why) => return Err(library(why.clone())),
                Phase::Linked => None,
            }
        };
        let Some(created) = created else {
            return self
                .write(move |rows| rows.put(Space::Device, &[], &device, 0))
                .await;
        };
        match created.await {
            Ok(()) => {
                self.written.send_replace(true);
                Ok(())
            }
            Err(error) => {
                *self.phase.lock() = Phase::Shut(error.clone());
                Err(library(self.fail(error)))
            }
        }
    }

    /// Before WhatsApp is told that a phone's signature is accepted: the device
    /// is on disk, or this waits until its link is closed.
    pub(super) async fn before_answering_the_phone(&self) -> Result<()> {
        if *self.written.borrow() {
            return Ok(());
        }
        let flush = self.flush.lock().clone();
        let Some(flush) = flush else {
            return Ok(());
        };
        flush().await;
        let mut written = self.written.subscribe();
        match timeout(WRITTEN_WITHIN, written.wait_for(|written| *written)).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(library(self.failure().unwrap_or_else(|| {
                StoreError::Other("the device was not written".to_owned())
            }))),
        }
    }

    /// The library sweeps every session's rows every few minutes; a file is
    /// opened for it only when something is due.
    pub(super) async fn delete_due(&self, space: Space, before: i64) -> Result<u32> {
        if !self.next_due.may_be_before(space, before) {
            return Ok(0);
        }
        // What is put meanwhile counts.
        let known = self.next_due.forget(space);
        match self
            .write_lightly(move |rows| rows.delete_due(space, before))
            .await
        {
            Ok((gone, next)) => {
                self.next_due.at_most(space, next.unwrap_or(i64::MAX));
                Ok(gone)
            }
            Err(error) => {
                self.next_due.at_most(space, known);
                Err(error)
            }
        }
    }

    pub(super) fn will_be_due(&self, space: Space, at: i64) {
        self.next_due.at_most(space, at);
    }

    pub(super) fn fail(&self, error: StoreError) -> StoreError {
        self.failure.send_if_modified(|failure| {
            let first = failure.is_none();
            failure.get_or_insert_with(|| error.clone());
            first
        });
        error
    }

    fn shut(&self, why: &str) {
        *self.phase.lock() = Phase::Shut(StoreError::Other(why.to_owned()));
        self.pool.writers.forget(&self.opened);
    }
}

impl Drop for SessionStore {
    fn drop(&mut self) {
        self.pool.writers.forget(&self.opened);
    }
}

/// When the first row of each space that has such is due, as far as known.
struct NextDue([(Space, AtomicI64); 3]);

impl Default for NextDue {
    fn default() -> Self {
        let spaces = [
            Space::SentMessage,
            Space::PendingInbound,
            Space::MessageSecret,
        ];
        Self(spaces.map(|space| (space, AtomicI64::new(i64::MIN))))
    }
}

impl NextDue {
    fn of(&self, space: Space) -> Option<&AtomicI64> {
        self.0.iter().find(|(s, _)| *s == space).map(|(_, at)| at)
    }

    fn nothing_yet(&self) {
        for (_, at) in &self.0 {
            at.store(i64::MAX, Ordering::Relaxed);
        }
    }

    fn may_be_before(&self, space: Space, before: i64) -> bool {
        self.of(space)
            .is_none_or(|at| at.load(Ordering::Relaxed) < before)
    }

    fn at_most(&self, space: Space, due: i64) {
        if let Some(at) = self.of(space) {
            at.fetch_min(due, Ordering::Relaxed);
        }
    }

    fn forget(&self, space: Space) -> i64 {
        self.of(space)
            .map_or(i64::MIN, |at| at.swap(i64::MAX, Ordering::Relaxed))
    }
}
