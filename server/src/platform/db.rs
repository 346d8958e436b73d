//! The database: one set of SQL for SQLite and PostgreSQL.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sqlx::{
    Any, AnyPool, Connection, Executor,
    any::{AnyPoolOptions, install_default_drivers},
    pool::PoolConnection,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

pub type Conn = sqlx::AnyConnection;
pub type Tx = sqlx::Transaction<'static, Any>;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations");

/// How long a request waits for a free connection before it gives up.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// A SQLite writer may queue behind a burst of others, each of them short.
const WRITER_TIMEOUT: Duration = Duration::from_secs(15);
/// Reading is the processor's work: more of them than cores read no faster, and
/// each keeps more than half a megabyte.
const SQLITE_READERS: u32 = 4;
/// KiB of pages that each connection keeps, for ever. SQLite's own 2,000 were no
/// faster: what is not there comes from the system's cache.
const CACHE: &str = "PRAGMA cache_size = -384";
const POSTGRES_CONNECTIONS: u32 = 20;

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
    writers: AnyPool,
}

impl Db {
    /// Opens the database, creating a SQLite file that is not there yet.
    ///
    /// # Errors
    /// The address is wrong, the file cannot be made, or nobody answers.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        install_default_drivers();
        match kind_of(url)? {
            Kind::Sqlite => {
                create_private_file(&sqlite_path(url)?)?;
                Ok(Self {
                    kind: Kind::Sqlite,
                    // SQLite has one writer at a time. With a single connection
                    // they queue here in order, instead of failing as "busy".
                    writers: sqlite_pool(1, WRITER_TIMEOUT).connect(url).await?,
                    readers: sqlite_pool(SQLITE_READERS, ACQUIRE_TIMEOUT)
                        .connect(url)
                        .await?,
                })
            }
            Kind::Postgres => {
                let pool = postgres_pool().connect(url).await?;
                Ok(Self {
                    kind: Kind::Postgres,
                    readers: pool.clone(),
                    writers: pool,
                })
            }
        }
    }

    /// Brings the schema up to date. Instances that start together wait for
    /// each other.
    ///
    /// # Errors
    /// A migration failed, or the database is newer than this program.
    pub async fn migrate(&self) -> Result<(), Error> {
        Ok(MIGRATIONS.run(&self.writers).await?)
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

    /// A transaction that may write. On SQLite it is the only one at a time, so
    /// keep it short and never wait for anything else inside it.
    ///
    /// # Errors
    /// None became free in time, or the database is out of reach.
    pub async fn begin(&self) -> sqlx::Result<Tx> {
        match self.kind {
            Kind::Sqlite => self.writers.begin_with("BEGIN IMMEDIATE").await,
            Kind::Postgres => self.writers.begin().await,
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
        self.readers.close().await;
        self.writers.close().await;
    }
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

/// The address of a SQLite file.
#[must_use]
pub fn sqlite_url(path: &Path) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'/')
        .remove(b'.')
        .remove(b'-')
        .remove(b'_');
    let path = path.to_string_lossy();
    format!("sqlite://{}", utf8_percent_encode(&path, KEPT))
}

fn sqlite_path(url: &str) -> Result<PathBuf, Error> {
    let path = url
        .trim_start_matches("sqlite:")
        .trim_start_matches("//")
        .split('?')
        .next()
        .unwrap_or_default();
    if path.is_empty() {
        return Err(Error::InMemory);
    }
    Ok(PathBuf::from(
        percent_decode_str(path).decode_utf8_lossy().as_ref(),
    ))
}

/// SQLite would create the file readable for everyone on the machine.
fn create_private_file(path: &Path) -> Result<(), Error> {
    let create = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut options = fs::OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path).map(drop)
    };
    create().map_err(|source| Error::File {
        path: path.to_owned(),
        source,
    })
}

fn sqlite_pool(connections: u32, timeout: Duration) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(timeout)
        .idle_timeout(None)
        .max_lifetime(None)
        // Nothing can go away between a file and its process.
        .test_before_acquire(false)
        .after_release(|conn, _| {
            Box::pin(async move {
                // SQLite ends a transaction by itself where the disk is full. sqlx would
                // take it for open, and begin no other on this connection, for ever.
                conn.ping().await?;
                Ok(!conn.is_in_transaction())
            })
        })
        .after_connect(|conn, _| {
            Box::pin(async move {
                // FULL: what was answered with "accepted" survives a power cut.
                for pragma in [
                    "PRAGMA busy_timeout = 10000",
                    "PRAGMA journal_mode = WAL",
                    "PRAGMA synchronous = FULL",
                    "PRAGMA foreign_keys = ON",
                    CACHE,
                ] {
                    conn.execute(pragma).await?;
                }
                Ok(())
            })
        })
}

fn postgres_pool() -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(|conn, _| {
            Box::pin(async move {
                for setting in [
                    "SET statement_timeout = '30s'",
                    "SET idle_in_transaction_session_timeout = '60s'",
                ] {
                    conn.execute(setting).await?;
                }
                Ok(())
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_path_with_odd_characters_reads_back_from_its_address() {
        let path = Path::new("/tmp/a b/50% ü?/whahook.db");
        assert_eq!(sqlite_path(&sqlite_url(path)).unwrap(), path);
    }

    #[tokio::test]
    async fn a_new_sqlite_file_is_private_durable_and_migrates_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("not/yet there/whahook.db");
        let db = Db::connect(&sqlite_url(&path)).await.unwrap();
        db.migrate().await.unwrap();
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
