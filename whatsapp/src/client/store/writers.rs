//! The threads that read and write all sessions' files.
//!
//! A folder always belongs to the same thread, so whatever happens to its file
//! happens in order. A thread takes all that is waiting, does what is one
//! session's in one transaction and answers after the commit: the more there is
//! to do, the fewer times the disk is waited for. Files are open while they are
//! used; an idle session holds no descriptor and no cache.

use super::{
    disk::{Disk, FILE, Weight},
    failure,
    rows::{Row, Rows},
};
use crate::port::StoreError;
use std::{
    collections::HashMap,
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use tokio::sync::oneshot;

/// They wait for the disk, so more than there are cores.
const THREADS: usize = 4;
/// Deep enough for SQLite; the default is eight times that.
const STACK: usize = 256 * 1024;
/// Files that a thread keeps open.
const OPEN_FILES: usize = 16;
/// A file unused for so long is closed.
const IDLE: Duration = Duration::from_secs(2);
/// What a thread takes at a time.
const AT_ONCE: usize = 512;

pub type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

/// Something to do inside a transaction, unless there is none, and then how to
/// tell whether it was committed.
type Work = Box<dyn FnOnce(Result<&mut dyn Rows, StoreError>) -> Result<Told, StoreError> + Send>;
type Told = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// One opening of a session's folder.
#[derive(Debug)]
pub struct Opened {
    /// Another for each opening: an old one's file is never taken for a new one's.
    pub number: u64,
    pub folder: PathBuf,
}

enum Task {
    /// Whether there is a device in the folder.
    Open(Answer<bool>),
    Create(Vec<Row>, Answer<()>),
    Work(Weight, Work),
    Close(Option<Answer<()>>),
}

struct Job {
    of: Arc<Opened>,
    task: Task,
}

pub struct Writers {
    queues: Vec<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Writers {
    pub fn start() -> io::Result<Self> {
        let mut writers = Self {
            queues: Vec::new(),
            threads: Vec::new(),
        };
        for n in 0..THREADS {
            let (queue, jobs) = channel();
            let thread = thread::Builder::new()
                .name(format!("store-{n}"))
                .stack_size(STACK)
                .spawn(move || Writer::new(jobs).run())?;
            writers.queues.push(queue);
            writers.threads.push(thread);
        }
        Ok(writers)
    }

    /// Whether there is a device in the folder; if there is none, that there can
    /// be.
    pub async fn open(&self, of: &Arc<Opened>) -> Result<bool, StoreError> {
        self.ask(of, Task::Open).await
    }

    /// Hand over the rows of a new file. What is handed over later finds it.
    pub fn create(
        &self,
        of: &Arc<Opened>,
        rows: Vec<Row>,
    ) -> impl Future<Output = Result<(), StoreError>> + use<> {
        let (answer, created) = oneshot::channel();
        self.give(of, Task::Create(rows, answer));
        async { created.await.unwrap_or_else(|_| Err(gone())) }
    }

    /// Do it in the file, and answer when it will stay.
    pub async fn work<T: Send + 'static>(
        &self,
        of: &Arc<Opened>,
        weight: Weight,
        work: impl FnOnce(&mut dyn Rows) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.ask(of, |answer| {
            let work = move |rows: Result<&mut dyn Rows, StoreError>| {
                let done = match rows.and_then(work) {
                    Ok(done) => done,
                    Err(error) => {
                        let _ = answer.send(Err(error.clone()));
                        return Err(error);
                    }
                };
                let told: Told = Box::new(move |committed: Result<(), StoreError>| {
                    let _ = answer.send(committed.map(|()| done));
                });
                Ok(told)
            };
            Task::Work(weight, Box::new(work))
        })
        .await
    }

    /// Close the file: afterwards it is complete in itself.
    #[cfg(test)]
    pub async fn close(&self, of: &Arc<Opened>) -> Result<(), StoreError> {
        self.ask(of, |answer| Task::Close(Some(answer))).await
    }

    /// The same without waiting.
    pub fn forget(&self, of: &Arc<Opened>) {
        self.give(of, Task::Close(None));
    }

    async fn ask<T>(
        &self,
        of: &Arc<Opened>,
        task: impl FnOnce(Answer<T>) -> Task,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.give(of, task(answer));
        answered.await.unwrap_or_else(|_| Err(gone()))
    }

    fn give(&self, of: &Arc<Opened>, task: Task) {
        let hash = BuildHasherDefault::<DefaultHasher>::new().hash_one(&of.folder);
        let thread = hash % self.queues.len() as u64;
        let job = Job {
            of: of.clone(),
            task,
        };
        // A thread that has ended drops the answer, which tells whoever waits.
        let _ = self.queues[usize::try_from(thread).unwrap_or(0)].send(job);
    }
}

impl Drop for Writers {
    fn drop(&mut self) {
        self.queues.clear();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn gone() -> StoreError {
    StoreError::Other("the store's thread failed".to_owned())
}

struct Writer {
    jobs: Receiver<Job>,
    shelf: Shelf,
}

impl Writer {
    fn new(jobs: Receiver<Job>) -> Self {
        let shelf = Shelf { open: Vec::new() };
        Self { jobs, shelf }
    }

    fn run(mut self) {
        while let Some(first) = self.next() {
            let mut places = HashMap::new();
            let mut sessions: Vec<(Arc<Opened>, Vec<Task>)> = Vec::new();
            let more = self.jobs.try_iter().take(AT_ONCE - 1);
            for Job { of, task } in std::iter::once(first).chain(more) {
                // By folder: what an old opening was told comes before what a
                // new one is.
                let place = *places.entry(of.number).or_insert_with(|| {
                    sessions.push((of, Vec::new()));
                    sessions.len() - 1
                });
                sessions[place].1.push(task);
            }
            for (of, tasks) in sessions {
                let served = catch_unwind(AssertUnwindSafe(|| self.shelf.serve(&of, tasks)));
                if served.is_err() {
                    tracing::error!(folder = %of.folder.display(), "The store's thread panicked.");
                    self.shelf.close(of.number);
                }
            }
            self.shelf.close_idle();
        }
    }

    /// The next job; idle files are closed while there is none.
    fn next(&mut self) -> Option<Job> {
        loop {
            let Some(wait) = self.shelf.idle_in() else {
                return self.jobs.recv().ok();
            };
            match self.jobs.recv_timeout(wait) {
                Ok(job) => return Some(job),
                Err(RecvTimeoutError::Timeout) => self.shelf.close_idle(),
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
    }
}

struct OpenFile {
    of: Arc<Opened>,
    disk: Disk,
    used: Instant,
}

/// A thread's open files, the least recently used first.
struct Shelf {
    open: Vec<OpenFile>,
}

impl Shelf {
    fn serve(&mut self, of: &Arc<Opened>, tasks: Vec<Task>) {
        let mut batch = Vec::new();
        let mut weight = Weight::Read;
        for task in tasks {
            if let Task::Work(of_work, work) = task {
                weight = weight.max(of_work);
                batch.push(work);
                continue;
            }
            self.commit(of, weight, std::mem::take(&mut batch));
            weight = Weight::Read;
            match task {
                Task::Open(answer) => drop(answer.send(self.look(of))),
                Task::Create(rows, answer) => {
                    drop(answer.send(Disk::create(&of.folder, &rows)));
                }
                Task::Close(answer) => {
                    self.close(of.number);
                    if let Some(answer) = answer {
                        let _ = answer.send(Ok(()));
                    }
                }
                Task::Work(..) => {}
            }
        }
        self.commit(of, weight, batch);
    }

    fn look(&mut self, of: &Arc<Opened>) -> Result<bool, StoreError> {
        if !of.folder.join(FILE).try_exists()? {
            failure::can_write(&of.folder)?;
            return Ok(false);
        }
        self.file(of)?.check()?;
        Ok(true)
    }

    /// All of it or nothing; each is told which.
    fn commit(&mut self, of: &Arc<Opened>, weight: Weight, batch: Vec<Work>) {
        if batch.is_empty() {
            return;
        }
        let mut told = Vec::with_capacity(batch.len());
        let mut batch = batch.into_iter();
        let done = self.file(of).and_then(|disk| {
            disk.transaction(weight, |disk| {
                for work in batch.by_ref() {
                    told.push(work(Ok(disk))?);
                }
                Ok(())
            })
        });
        if let Err(error) = &done {
            tracing::error!(%error, folder = %of.folder.display(), "A session's store failed.");
            for work in batch {
                let _ = work(Err(error.clone()));
            }
            // Opened anew, it is read anew.
            self.close(of.number);
        }
        for told in told {
            told(done.clone());
        }
    }

    fn file(&mut self, of: &Arc<Opened>) -> Result<&mut Disk, StoreError> {
        let at = self
            .open
            .iter()
            .position(|file| file.of.number == of.number);
        let mut file = match at {
            Some(at) => self.open.remove(at),
            None => {
                // Never two on one file, whoever had it before.
                self.open.retain(|file| file.of.folder != of.folder);
                if self.open.len() >= OPEN_FILES {
                    self.open.remove(0);
                }
                OpenFile {
                    of: of.clone(),
                    disk: Disk::open(&of.folder)?,
                    used: Instant::now(),
                }
            }
        };
        file.used = Instant::now();
        self.open.push(file);
        let last = self.open.len() - 1;
        Ok(&mut self.open[last].disk)
    }

    fn close(&mut self, number: u64) {
        self.open.retain(|file| file.of.number != number);
    }

    /// In how long the first file will be idle.
    fn idle_in(&self) -> Option<Duration> {
        let first = self.open.first()?;
        Some(IDLE.saturating_sub(first.used.elapsed()))
    }

    fn close_idle(&mut self) {
        self.open.retain(|file| file.used.elapsed() < IDLE);
    }
}

/// The folder as one name, however it is written.
pub fn name_of(folder: &Path) -> PathBuf {
    folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
}
