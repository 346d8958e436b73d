//! SQLite's one writer. Transactions that come while another is on its way are
//! committed together with it: a commit waits for the disk, and costs more than
//! all the statements of most of them. Where many follow each other, they wait a
//! little to be more. Alone, or a few in a row, a transaction waits for nobody.

use super::{Conn, WRITER_TIMEOUT, checkpoint::Checkpoints, inline};
use futures::FutureExt;
use sqlx::{Executor, SqlSafeStr, any::AnyTransactionManager};
use sqlx_core::transaction::TransactionManager;
use std::{
    collections::VecDeque,
    ops::{Deref, DerefMut},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Mutex, OwnedMutexGuard, oneshot},
    time::{Instant, sleep_until, timeout},
};

/// Transactions in one commit, and how long the first of them waits for the rest.
const TOGETHER: usize = 64;
const LONGEST: Duration = Duration::from_millis(10);
/// So many commits in so long may follow each other at once.
const BURST: usize = 4;
const WINDOW: Duration = Duration::from_millis(10);
/// When what waits for others is committed although none came.
const PATIENCE: Duration = Duration::from_millis(5);

#[derive(Clone, Debug)]
pub struct Writer(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Arc<Mutex<State>>,
    checkpoints: Checkpoints,
    /// Who wants to write, and does not yet.
    waiting: AtomicUsize,
    /// Whoever nobody waits for comes here first, one after the other.
    background: Mutex<()>,
}

#[derive(Debug)]
struct State {
    conn: Conn,
    /// Since when a transaction is open on the connection.
    open: Option<Instant>,
    /// Whose changes are in it, and done.
    done: Vec<oneshot::Sender<sqlx::Result<()>>>,
    /// When the last few commits were.
    commits: VecDeque<Instant>,
}

/// A transaction among others. Dropped, it leaves nothing.
#[derive(Debug)]
pub struct Grouped {
    writer: Writer,
    /// Gone only once it has ended.
    state: Option<OwnedMutexGuard<State>>,
    /// Others' changes are in the connection's transaction before its own.
    behind_others: bool,
}

struct Waits<'a>(&'a AtomicUsize);

impl<'a> Waits<'a> {
    fn begin(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Writer {
    pub fn new(conn: Conn, checkpoints: Checkpoints) -> Self {
        let state = State {
            conn,
            open: None,
            done: Vec::new(),
            commits: VecDeque::with_capacity(BURST),
        };
        Self(Arc::new(Shared {
            state: Arc::new(Mutex::new(state)),
            checkpoints,
            waiting: AtomicUsize::new(0),
            background: Mutex::new(()),
        }))
    }

    /// Stands in line only once no other of its kind does: whoever answers a request
    /// is behind one of them at most, however many there are. What waits here grows
    /// meanwhile, and is written in one go.
    pub async fn begin_in_background(&self) -> sqlx::Result<Grouped> {
        let turn = timeout(WRITER_TIMEOUT, self.0.background.lock()).await;
        let _turn = turn.map_err(|_| sqlx::Error::PoolTimedOut)?;
        self.begin().await
    }

    pub async fn begin(&self) -> sqlx::Result<Grouped> {
        let mut state = {
            let _waits = Waits::begin(&self.0.waiting);
            let lock = self.0.state.clone().lock_owned();
            let locked = timeout(WRITER_TIMEOUT, lock).await;
            locked.map_err(|_| sqlx::Error::PoolTimedOut)?
        };
        state.notice_an_end();
        let behind_others = state.open.is_some();
        if behind_others {
            state.conn.execute("SAVEPOINT one").await?;
        } else {
            let immediate = "BEGIN IMMEDIATE".into_sql_str();
            AnyTransactionManager::begin(&mut state.conn, Some(immediate)).await?;
            state.open = Some(Instant::now());
        }
        Ok(Grouped {
            writer: self.clone(),
            state: Some(state),
            behind_others,
        })
    }

    /// Whoever was to come next may have gone away, or have rolled back; whoever
    /// waits for the commit may have gone away too.
    async fn commit_at_last(self, at: Instant) {
        sleep_until(at).await;
        // What it comes to is heard by those who wait for it.
        let mut state = self.0.state.lock().await;
        let _ = self.commit(&mut state).await;
    }

    async fn commit(&self, state: &mut State) -> sqlx::Result<()> {
        let committed = state.commit().await;
        if self.0.checkpoints.is_one_due() {
            tokio::spawn(self.clone().checkpoint());
        }
        committed
    }

    /// Moves the log into the file, most of it while others write.
    async fn checkpoint(self) {
        let moved = async {
            let checkpoints = &self.0.checkpoints;
            if checkpoints.move_on().await? {
                // The rest while nobody writes: the log begins anew.
                let mut state = self.0.state.lock().await;
                state.commit().await?;
                checkpoints.move_on().await?;
            }
            Ok::<(), sqlx::Error>(())
        };
        if let Err(error) = moved.await {
            tracing::warn!(%error, "SQLite's log could not be moved into the database's file.");
        }
        self.0.checkpoints.done();
    }

    pub async fn close(&self) {
        let mut state = self.0.state.lock().await;
        if let Err(error) = state.commit().await {
            tracing::warn!(%error, "The last transactions could not be committed.");
        }
    }
}

impl State {
    async fn commit(&mut self) -> sqlx::Result<()> {
        if self.open.take().is_none() {
            return Ok(());
        }
        if self.commits.len() == BURST {
            self.commits.pop_front();
        }
        self.commits.push_back(Instant::now());
        let committed = AnyTransactionManager::commit(&mut self.conn).await;
        if committed.is_err() {
            AnyTransactionManager::start_rollback(&mut self.conn);
        }
        for done in self.done.drain(..) {
            // Whoever waited may have gone.
            let _ = done.send(committed.as_ref().copied().map_err(inline::copy));
        }
        committed
    }

    /// When one more commit may follow those before.
    fn may_commit_at(&self) -> Option<Instant> {
        let first = self.commits.front()?;
        (self.commits.len() == BURST).then(|| *first + WINDOW)
    }

    /// Leaves nothing of the transaction that is not done. Nothing in it waits:
    /// the connection works where it is asked to.
    fn undo(&mut self, behind_others: bool) {
        if !behind_others {
            AnyTransactionManager::start_rollback(&mut self.conn);
            self.open = None;
            return;
        }
        let undone = self.conn.execute("ROLLBACK TO one; RELEASE one");
        match undone.now_or_never() {
            Some(Ok(_)) => {}
            Some(Err(error)) => tracing::debug!(%error, "There was nothing to roll back."),
            None => tracing::error!("A rollback was not done at once."),
        }
        self.notice_an_end();
    }

    /// SQLite ends a transaction by itself where the disk is full, and all that was
    /// in it is gone.
    fn notice_an_end(&mut self) {
        if self.open.is_some() && AnyTransactionManager::get_transaction_depth(&self.conn) == 0 {
            self.open = None;
            for done in self.done.drain(..) {
                let _ = done.send(Err(inline::ended()));
            }
        }
    }
}

impl Grouped {
    /// Returns once it is on the disk.
    pub async fn commit(mut self) -> sqlx::Result<()> {
        let Some(mut state) = self.state.take() else {
            return Ok(());
        };
        if self.behind_others {
            let released = state.conn.execute("RELEASE one").await;
            if let Err(error) = released {
                state.notice_an_end();
                return Err(error);
            }
        }
        let shared = &self.writer.0;
        let now = Instant::now();
        let at_last = state.open.unwrap_or(now) + LONGEST;
        let follows = state.may_commit_at().filter(|at| *at > now);
        let last = follows.is_none() && shared.waiting.load(Ordering::Relaxed) == 0;
        if last || at_last <= now || state.done.len() >= TOGETHER {
            return self.writer.commit(&mut state).await;
        }
        let (done, committed) = oneshot::channel();
        state.done.push(done);
        if state.done.len() == 1 {
            let at = follows.unwrap_or(now + PATIENCE).min(at_last);
            tokio::spawn(self.writer.clone().commit_at_last(at));
        }
        drop(state);
        committed.await.unwrap_or(Err(sqlx::Error::PoolClosed))
    }

    pub async fn rollback(mut self) -> sqlx::Result<()> {
        let Some(mut state) = self.state.take() else {
            return Ok(());
        };
        state.undo(self.behind_others);
        match self.writer.0.waiting.load(Ordering::Relaxed) {
            0 => self.writer.commit(&mut state).await,
            _ => Ok(()),
        }
    }
}

impl Drop for Grouped {
    fn drop(&mut self) {
        if let Some(mut state) = self.state.take() {
            state.undo(self.behind_others);
        }
    }
}

impl Deref for Grouped {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        let state = self.state.as_ref().expect("it has not ended");
        &state.conn
    }
}

impl DerefMut for Grouped {
    fn deref_mut(&mut self) -> &mut Conn {
        let state = self.state.as_mut().expect("it has not ended");
        &mut state.conn
    }
}
