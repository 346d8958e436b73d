//! SQLite's file and the connections to it.

use super::{ACQUIRE_TIMEOUT, Conn, Error, checkpoint::Checkpoints, inline, writer::Writer};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sqlx::{AnyPool, Connection, Executor, any::AnyPoolOptions};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Reading is the processor's work: more of them than cores read no faster, and
/// each keeps more than half a megabyte.
const READERS: u32 = 4;
/// KiB of pages that each connection keeps, for ever. SQLite's own 2,000 were no
/// faster: what is not there comes from the system's cache.
const CACHE: &str = "PRAGMA cache_size = -384";
/// The writer has what many accounts change at the same time: what does not fit is
/// written before its time, and read again.
const WRITERS_CACHE: &str = "PRAGMA cache_size = -8192";
/// What a transaction among others may have to take back is in no file.
const TEMPORARY: &str = "PRAGMA temp_store = MEMORY";
/// Pages in the log from which on a commit moves them into the file, for want of
/// whoever does so beside it.
const CHECKPOINT: &str = "PRAGMA wal_autocheckpoint = 32000";

/// Creates the file, where there is none yet: SQLite would create it readable for
/// everyone on the machine.
pub fn create(url: &str) -> Result<(), Error> {
    let path = file(url)?;
    let create = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut options = fs::OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&path).map(drop)
    };
    create().map_err(|source| Error::File {
        path: path.clone(),
        source,
    })
}

pub async fn readers(url: &str) -> Result<AnyPool, Error> {
    Ok(pool().connect(url).await?)
}

/// Readers that work on the thread that asks.
pub async fn glances(url: &str) -> Result<AnyPool, Error> {
    Ok(pool().connect(&inline_url(url)?).await?)
}

/// SQLite has one writer at a time. With a single connection they queue here in
/// order, instead of failing as "busy".
pub async fn writer(url: &str, readers: AnyPool) -> Result<Writer, Error> {
    let mut conn = Conn::connect(&inline_url(url)?).await?;
    set_up(&mut conn).await?;
    conn.execute(WRITERS_CACHE).await?;
    conn.execute(CHECKPOINT).await?;
    conn.execute(TEMPORARY).await?;
    Ok(Writer::new(conn, Checkpoints::new(readers)))
}

/// The address of a SQLite file.
#[must_use]
pub fn url(path: &Path) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'/')
        .remove(b'.')
        .remove(b'-')
        .remove(b'_');
    let path = path.to_string_lossy();
    format!("sqlite://{}", utf8_percent_encode(&path, KEPT))
}

/// The same file, for statements that are short.
fn inline_url(url: &str) -> Result<String, Error> {
    let path = std::path::absolute(file(url)?).map_err(|source| Error::File {
        path: PathBuf::from(url),
        source,
    })?;
    Ok(self::url(&path).replacen("sqlite", inline::SCHEME, 1))
}

fn file(url: &str) -> Result<PathBuf, Error> {
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

fn pool() -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(READERS)
        .min_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        // Nothing can go away between a file and its process.
        .test_before_acquire(false)
        .after_connect(|conn, _| Box::pin(set_up(conn)))
}

async fn set_up(conn: &mut Conn) -> sqlx::Result<()> {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_odd_characters_reads_back_from_its_address() {
        let path = Path::new("/tmp/a b/50% ü?/whahook.db");
        assert_eq!(file(&url(path)).unwrap(), path);
    }
}
