//! The database: one set of SQL for SQLite and PostgreSQL.

mod checkpoint;
mod failure;
mod inline;
pub mod lock;
mod postgres;
mod rows;
mod sqlite;
mod writer;

pub use failure::{copy_of_passing, passes, passes_by_itself};
pub use rows::{few_sizes, numbered, rows_of_one};
pub use sqlite::url as sqlite_url;

use sqlx::{Any, AnyPool, pool::PoolConnection};
use sqlx_core::any::driver::{AnyDriver, install_drivers as install};
use std::{
    io,
    ops::{Deref, DerefMut},
    path::PathBuf,
    sync::{Arc, Once},
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use writer::{Grouped, Writer};

pub type Conn = sqlx::AnyConnection;

/// A transaction that may write. Dropped before it is committed, it leaves nothing.
#[derive(Debug)]
pub enum Tx {
    /// With its turn, where it took one.
    Alone(
        sqlx::Transaction<'static, Any>,
        Option<OwnedSemaphorePermit>,
    ),
    Grouped(Grouped),
}

impl Tx {
    /// Returns once it is on the disk.
    ///
    /// # Errors
    /// The database failed: nothing of it is there.
    pub async fn commit(self) -> sqlx::Result<()> {
        match self {
            Self::Alone(tx, _turn) => tx.commit().await,
            Self::Grouped(tx) => tx.commit().await,
        }
    }

    /// # Errors
    /// The database failed: nothing of it is there either.
    pub async fn rollback(self) -> sqlx::Result<()> {
        match self {
            Self::Alone(tx, _turn) => tx.rollback().await,
            Self::Grouped(tx) => tx.rollback().await,
        }
    }
}

impl Deref for Tx {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        match self {
            Self::Alone(tx, _) => tx,
            Self::Grouped(tx) => tx,
        }
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        match self {
            Self::Alone(tx, _) => tx,
            Self::Grouped(tx) => tx,
        }
    }
}

const MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations");

/// How long a request waits for a free connection before it gives up.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// A SQLite writer may queue behind a burst of others, each of them short.
const WRITER_TIMEOUT: Duration = Duration::from_secs(15);
/// So many of them at most are with work that nobody waits for: those who answer a
/// request find one, and what waits is written in one go.
const BACKGROUND: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("not a database address: expected sqlite://… or postgres://…")]
    UnknownScheme,
    #[error("an in-memory SQLite database cannot be shared by readers and writer; give it a file")]
    InMemory,
    #[error("cannot create the database file {path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
    #[error("cannot migrate the database: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    kind: Kind,
    readers: AnyPool,
    /// Readers that are done at once.
    glances: AnyPool,
    writers: Writers,
}

#[derive(Clone, Debug)]
enum Writers {
    One(Writer),
    Many {
        pool: AnyPool,
        background: Arc<Semaphore>,
    },
}

impl Db {
    /// Opens the database, creating a SQLite file that is not there yet.
    ///
    /// # Errors
    /// The address is wrong, the file cannot be made, or nobody answers.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        install_drivers();
        match kind_of(url)? {
            Kind::Sqlite => {
                sqlite::create(url)?;
                let readers = sqlite::readers(url).await?;
                Ok(Self {
                    kind: Kind::Sqlite,
                    glances: sqlite::glances(url).await?,
                    writers: Writers::One(sqlite::writer(url, readers.clone()).await?),
                    readers,
                })
            }
            Kind::Postgres => {
                let pool = postgres::pool(url).await?;
                Ok(Self {
                    kind: Kind::Postgres,
                    readers: pool.clone(),
                    glances: pool.clone(),
                    writers: Writers::Many {
                        pool,
                        background: Arc::new(Semaphore::new(BACKGROUND)),
                    },
                })
            }
        }
    }

    /// Brings the schema up to date. Instances that start together wait for
    /// each other.
    ///
    /// # Errors
    /// A migration failed.
    pub async fn migrate(&self) -> Result<(), Error> {
        let mut migrations = MIGRATIONS;
        // Of the version after this one: it must be possible to go back to this.
        migrations.set_ignore_missing(true);
        Ok(migrations.run(&self.readers).await?)
    }

    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// A connection to read with.
    ///
    /// # Errors
    /// None became free in time, or the database is out of reach.
    pub async fn read(&self) -> sqlx::Result<PoolConnection<Any>> {
        self.readers.acquire().await
    }

    /// A connection to look up by their keys what takes no time to find: on SQLite
    /// it is found by the thread that asks, which does nothing else meanwhile.
    ///
    /// # Errors
    /// None became free in time, or the database is out of reach.
    pub async fn glance(&self) -> sqlx::Result<PoolConnection<Any>> {
        self.glances.acquire().await
    }

    /// A transaction that may write. On SQLite it is the only one at a time, so
    /// keep it short and never wait for anything else inside it.
    ///
    /// # Errors
    /// None became free in time, or the database is out of reach.
    pub async fn begin(&self) -> sqlx::Result<Tx> {
        match &self.writers {
            Writers::One(writer) => Ok(Tx::Grouped(writer.begin().await?)),
            Writers::Many { pool, .. } => Ok(Tx::Alone(pool.begin().await?, None)),
        }
    }

    /// The same for work that comes again and again, of which nobody waits for a
    /// single piece: those who answer a request go before it.
    ///
    /// # Errors
    /// None became free in time, or the database is out of reach.
    pub async fn begin_in_background(&self) -> sqlx::Result<Tx> {
        match &self.writers {
            Writers::One(writer) => Ok(Tx::Grouped(writer.begin_in_background().await?)),
            Writers::Many { pool, background } => {
                let turn = timeout(WRITER_TIMEOUT, background.clone().acquire_owned()).await;
                let turn = turn.map_err(|_| sqlx::Error::PoolTimedOut)?;
                Ok(Tx::Alone(pool.begin().await?, turn.ok()))
            }
        }
    }

    /// # Errors
    /// The database does not answer.
    pub async fn ping(&self) -> sqlx::Result<()> {
        let mut conn = self.read().await?;
        sqlx::query("SELECT 1").execute(&mut *conn).await?;
        Ok(())
    }

    /// Waits for running statements and closes every connection.
    pub async fn close(&self) {
        match &self.writers {
            Writers::One(writer) => writer.close().await,
            Writers::Many { pool, .. } => pool.close().await,
        }
        self.glances.close().await;
        self.readers.close().await;
    }
}

/// Makes the databases known to sqlx; once is enough, and more does no harm.
pub fn install_drivers() {
    static DRIVERS: [AnyDriver; 3] = [
        sqlx_postgres::any::DRIVER,
        sqlx_sqlite::any::DRIVER,
        inline::DRIVER,
    ];
    static ONCE: Once = Once::new();
    ONCE.call_once(|| install(&DRIVERS).expect("nobody else installs drivers"));
}

/// Which database an address means.
///
/// # Errors
/// Neither.
pub fn kind_of(url: &str) -> Result<Kind, Error> {
    match url.split_once(':') {
        Some(("sqlite", rest)) if rest.contains(":memory:") || rest.contains("mode=memory") => {
            Err(Error::InMemory)
        }
        Some(("sqlite", _)) => Ok(Kind::Sqlite),
        Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => Ok(Kind::Postgres),
        _ => Err(Error::UnknownScheme),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::Executor;
    use std::fs;

    #[test]
    fn an_address_tells_which_database_it_means() {
        assert_eq!(kind_of("sqlite:///a/b.db").unwrap(), Kind::Sqlite);
        assert_eq!(kind_of("postgres://u@h/db").unwrap(), Kind::Postgres);
        assert_eq!(kind_of("postgresql://u@h/db").unwrap(), Kind::Postgres);
        assert!(matches!(kind_of("sqlite::memory:"), Err(Error::InMemory)));
        assert!(matches!(
            kind_of("mysql://u@h/db"),
            Err(Error::UnknownScheme)
        ));
        assert!(matches!(kind_of("whahook.db"), Err(Error::UnknownScheme)));
    }

    #[tokio::test]
    async fn a_new_sqlite_file_is_private_durable_and_migrates_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("not/yet there/whahook.db");
        let db = Db::connect(&sqlite_url(&path)).await.unwrap();
        db.migrate().await.unwrap();
        let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, \
                     execution_time) VALUES (9999, 'of a newer version', 1, x'00', 0)";
        let mut tx = db.begin().await.unwrap();
        sqlx::query(newer).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        db.migrate().await.unwrap();
        db.ping().await.unwrap();

        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let mut tx = db.begin().await.unwrap();
        let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        let foreign_keys: i64 = sqlx::query_scalar("PRAGMA foreign_keys")
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        assert_eq!((journal.as_str(), synchronous, foreign_keys), ("wal", 2, 1));
        tx.rollback().await.unwrap();
        db.close().await;
    }

    #[tokio::test]
    async fn a_transaction_that_sqlite_ended_by_itself_is_not_in_the_way_of_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::connect(&sqlite_url(&folder.path().join("a.db")))
            .await
            .unwrap();
        for _ in 0..3 {
            let mut tx = db.begin().await.unwrap();
            // As it does when the disk is full.
            tx.execute("ROLLBACK").await.unwrap();
            tx.commit().await.unwrap_err();
        }
        let mut tx = db.begin().await.unwrap();
        tx.execute("CREATE TABLE a (b INTEGER)").await.unwrap();
        tx.commit().await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn transactions_that_come_together_are_all_there_but_those_that_were_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let url = sqlite_url(&folder.path().join("a.db"));
        let db = Db::connect(&url).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        tx.execute("CREATE TABLE a (b INTEGER NOT NULL PRIMARY KEY)")
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let mut writes = tokio::task::JoinSet::new();
        for n in 0_i64..200 {
            let db = db.clone();
            writes.spawn(async move {
                let mut tx = db.begin().await.unwrap();
                let insert = sqlx::query("INSERT INTO a VALUES ($1)").bind(n);
                insert.execute(&mut *tx).await.unwrap();
                match n % 4 {
                    0 => drop(tx),
                    1 => tx.rollback().await.unwrap(),
                    2 => tx.commit().await.unwrap(),
                    // A statement that fails takes nobody else's with it.
                    _ => {
                        let again = sqlx::query("INSERT INTO a VALUES ($1)").bind(n);
                        let error = again.execute(&mut *tx).await.unwrap_err();
                        let problem = error.as_database_error().unwrap();
                        assert!(problem.is_unique_violation(), "{problem}");
                        tx.commit().await.unwrap();
                    }
                }
                if n % 4 >= 2 {
                    // Committed is: seen by whoever else reads.
                    let seen: Option<i64> = sqlx::query_scalar("SELECT b FROM a WHERE b = $1")
                        .bind(n)
                        .fetch_optional(&mut *db.read().await.unwrap())
                        .await
                        .unwrap();
                    assert_eq!(seen, Some(n));
                }
            });
        }
        while let Some(done) = writes.join_next().await {
            done.unwrap();
        }
        db.close().await;
        let db = Db::connect(&url).await.unwrap();
        let there: Vec<i64> = sqlx::query_scalar("SELECT b FROM a ORDER BY b")
            .fetch_all(&mut *db.read().await.unwrap())
            .await
            .unwrap();
        let expected: Vec<i64> = (0..200).filter(|n| n % 4 >= 2).collect();
        assert_eq!(there, expected);
    }

    #[tokio::test]
    async fn who_answers_a_request_writes_after_one_piece_of_background_work_at_most() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::connect(&sqlite_url(&folder.path().join("a.db")))
            .await
            .unwrap();
        let written = std::sync::Mutex::new(Vec::new());
        let write = async |in_background: bool| {
            let tx = match in_background {
                true => db.begin_in_background().await.unwrap(),
                false => db.begin().await.unwrap(),
            };
            written.lock().unwrap().push(in_background);
            tx.rollback().await.unwrap();
        };
        let other = db.begin().await.unwrap();
        // All stand in line before the other one ends.
        let all = futures::future::join_all([true, true, true, false].map(&write));
        tokio::join!(all, async { other.rollback().await.unwrap() });
        assert_eq!(*written.lock().unwrap(), [true, false, true, true]);
    }

    #[tokio::test]
    async fn a_dropped_transaction_leaves_nothing_and_frees_the_writer() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::connect(&sqlite_url(&folder.path().join("a.db")))
            .await
            .unwrap();
        db.migrate().await.unwrap();
        let insert = "INSERT INTO users (id, email, name, password_hash, role, created_at) \
                      VALUES ($1, 'a@b', 'A', '', 'member', 0)";
        {
            let mut tx = db.begin().await.unwrap();
            sqlx::query(insert)
                .bind("1")
                .execute(&mut *tx)
                .await
                .unwrap();
        }
        let mut tx = db.begin().await.unwrap();
        let users: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM users")
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        assert_eq!(users, 0);
    }
}
