//! SQLite's one writer. Transactions that come while another is on its way are
//! committed together with it: a commit waits for the disk, and costs more than
//! all the statements of most of them. Alone, a transaction waits for nobody.

use super::{Conn, WRITER_TIMEOUT, inline};
use futures::FutureExt;
use sqlx::{Executor, SqlSafeStr, any::AnyTransactionManager};
use sqlx_core::transaction::TransactionManager;
use std::{
    ops::{Deref, DerefMut},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Mutex, OwnedMutexGuard, oneshot},
    time::{Instant, sleep, timeout},
};

/// Transactions in one commit, and how long the first of them waits for the rest.
const TOGETHER: usize = 64;
const LONGEST: Duration = Duration::from_millis(10);
/// When what waits is committed although nobody came who would have done it.
const PATIENCE: Duration = Duration::from_millis(20);

#[derive(Clone, Debug)]
pub struct Writer(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Arc<Mutex<State>>,
    /// Who wants to write, and does not yet.
    waiting: AtomicUsize,
}

#[derive(Debug)]
struct State {
    conn: Conn,
    /// Since when a transaction is open on the connection.
    open: Option<Instant>,
    /// Whose changes are in it, and done.
    done: Vec<oneshot::Sender<sqlx::Result<()>>>,
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
    pub fn new(conn: Conn) -> Self {
        let state = State {
            conn,
            open: None,
            done: Vec::new(),
        };
        Self(Arc::new(Shared {
            state: Arc::new(Mutex::new(state)),
            waiting: AtomicUsize::new(0),
        }))
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
    async fn commit_at_last(self) {
        sleep(PATIENCE).await;
        // What it comes to is heard by those who wait for it.
        let _ = self.0.state.lock().await.commit().await;
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
        let old = state.open.is_none_or(|since| since.elapsed() >= LONGEST);
        if old || state.done.len() >= TOGETHER || shared.waiting.load(Ordering::Relaxed) == 0 {
            return state.commit().await;
        }
        let (done, committed) = oneshot::channel();
        state.done.push(done);
        if state.done.len() == 1 {
            tokio::spawn(self.writer.clone().commit_at_last());
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
            0 => state.commit().await,
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
