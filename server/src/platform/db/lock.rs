//! One server at a time: two on the same volume or database would take each other's
//! devices, again and again.

use super::{Conn, Kind, install_drivers, kind_of};
use sqlx::{Connection, Executor};
use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::{Instant, sleep, timeout};

/// The server before this one may be about to end.
pub const PATIENCE: Duration = Duration::from_secs(15);
const AGAIN: Duration = Duration::from_millis(200);
const CONNECT_AGAIN: Duration = Duration::from_secs(1);
/// A file whose lock goes with the process, however that ends.
const FILE: &str = ".lock";

/// How often the connection that has the database's lock is looked at, and how long
/// an answer may take.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// PostgreSQL gives up a connection that broke off unseen after this and three tries.
const ALIVE: [&str; 3] = [
    "SET tcp_keepalives_idle = 5",
    "SET tcp_keepalives_interval = 3",
    "SET tcp_keepalives_count = 3",
];
/// Longer than that: the lock in the way may be our own.
const PATIENCE_AGAIN: Duration = Duration::from_secs(40);
/// "WhaHook", for who looks into `pg_locks`; the schema is the second number.
const TAKE: &str = "SELECT pg_try_advisory_lock(1466459208, hashtext(current_schema()))";

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "another server uses the volume {0} (VOLUME_DIR). There is one server for a volume and \
         a database: stop the other one, or give this one its own"
    )]
    Volume(PathBuf),
    #[error(
        "another server uses the database (DATABASE_URL). There is one server for a volume and \
         a database: stop the other one, or give this one its own"
    )]
    Database,
    #[error("cannot lock the volume {path} (VOLUME_DIR): {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("cannot lock the database (DATABASE_URL): {0}")]
    Sql(#[from] sqlx::Error),
}

/// What nobody else has as long as this is kept.
#[derive(Debug)]
pub struct Locks {
    _volume: Option<File>,
    /// SQLite's file has no lock but the volume's.
    database: Option<(String, Conn)>,
}

impl Locks {
    /// Waits a little for whoever has them. The volume's folder is there.
    ///
    /// # Errors
    /// Another server has one of them, or they cannot be asked for.
    pub async fn take(volume: &Path, database: &str, patience: Duration) -> Result<Self, Error> {
        let until = Instant::now() + patience;
        let file = lock_file(volume, until).await?;
        let is_postgres = kind_of(database).is_ok_and(|kind| kind == Kind::Postgres);
        let conn = match is_postgres {
            true => Some((database.to_owned(), lock_database(database, until).await?)),
            false => None,
        };
        Ok(Self {
            _volume: file,
            database: conn,
        })
    }

    /// Keeps them, for ever if it can. A lock that the database lost is taken again as
    /// soon as that is back.
    pub async fn keep(&mut self) -> Error {
        let Some((url, conn)) = &mut self.database else {
            return std::future::pending().await;
        };
        loop {
            sleep(LOOK_EVERY).await;
            if matches!(timeout(LOOK_EVERY, conn.ping()).await, Ok(Ok(()))) {
                continue;
            }
            tracing::warn!("The database's lock was lost; taking it again.");
            *conn = loop {
                match lock_database(url, Instant::now() + PATIENCE_AGAIN).await {
                    Ok(conn) => break conn,
                    Err(Error::Sql(_)) => sleep(CONNECT_AGAIN).await,
                    Err(taken) => return taken,
                }
            };
        }
    }
}

/// `None` where the volume knows no locks, as some in a network, or is read-only.
async fn lock_file(volume: &Path, until: Instant) -> Result<Option<File>, Error> {
    let path = volume.join(FILE);
    let failed = |source| Error::File {
        path: volume.to_owned(),
        source,
    };
    let mut options = File::options();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = match options.open(path) {
        Ok(file) => file,
        // Its sessions say so, and go on once it can be written to.
        Err(error) if error.kind() == io::ErrorKind::ReadOnlyFilesystem => {
            tracing::warn!(%error, "The volume cannot be locked.");
            return Ok(None);
        }
        Err(error) => return Err(failed(error)),
    };
    let mut waits = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) if Instant::now() < until => {
                if !std::mem::replace(&mut waits, true) {
                    tracing::warn!("Another server uses the volume; waiting for its end.");
                }
                sleep(AGAIN).await;
            }
            Err(TryLockError::WouldBlock) => return Err(Error::Volume(volume.to_owned())),
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                tracing::warn!(%error, "The volume knows no locks.");
                return Ok(None);
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
    }
}

async fn lock_database(url: &str, until: Instant) -> Result<Conn, Error> {
    install_drivers();
    let connect = timeout(LOOK_EVERY, Conn::connect(url)).await;
    let mut conn = connect.map_err(|_| sqlx::Error::PoolTimedOut)??;
    for setting in ALIVE {
        conn.execute(setting).await?;
    }
    let mut waits = false;
    loop {
        if sqlx::query_scalar(TAKE).fetch_one(&mut conn).await? {
            return Ok(conn);
        }
        if Instant::now() >= until {
            return Err(Error::Database);
        }
        if !std::mem::replace(&mut waits, true) {
            tracing::warn!("Another server uses the database; waiting for its end.");
        }
        sleep(AGAIN).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQLITE: &str = "sqlite:///a.db";

    #[tokio::test]
    async fn one_volume_has_one_server_and_the_next_when_that_has_ended() {
        let volume = tempfile::tempdir().unwrap();
        let none = Duration::ZERO;
        let first = Locks::take(volume.path(), SQLITE, none).await.unwrap();
        let second = Locks::take(volume.path(), SQLITE, none).await.unwrap_err();
        let words = second.to_string();
        assert!(words.contains("VOLUME_DIR"), "{words}");
        let waiting = Locks::take(volume.path(), SQLITE, PATIENCE);
        let ends = async {
            tokio::task::yield_now().await;
            drop(first);
        };
        tokio::join!(waiting, ends).0.unwrap();
    }
}
