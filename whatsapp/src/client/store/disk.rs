//! A session's file.

use super::{
    failure,
    rows::{Entry, Row, Rows, Space, after},
};
use crate::port::StoreError;
use rusqlite::{CachedStatement, Connection, OpenFlags, OptionalExtension, ToSql, params};
use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

pub const FILE: &str = "device.db";
const UNFINISHED: &str = "device.db.new";

/// "WhaH": tells our files from others'.
const APPLICATION: i32 = 0x5768_6148;
const SCHEMA_VERSION: i32 = 1;

/// An ordinary table beside its index, and not one WITHOUT ROWID: what changes
/// most are Signal sessions of 1 to 3 KB, which lie in one page here and in two
/// there, and the index stays as it is.
const SCHEMA: &str = "
CREATE TABLE entry (
    space INTEGER NOT NULL,
    key BLOB NOT NULL,
    value BLOB NOT NULL,
    due INTEGER NOT NULL,
    UNIQUE (space, key)
) STRICT;
CREATE INDEX entry_due ON entry (space, due) WHERE due > 0;
";

/// At most this much of a file is kept in memory while it is open.
const CACHE_KIB: i32 = 256;
/// Pages after which the log is moved into the file.
const CHECKPOINT_PAGES: i32 = 256;
const STATEMENTS: usize = 16;
/// How long another process, a backup, may hold the file.
const IN_USE_FOR: Duration = Duration::from_secs(1);

/// What a commit must survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Nothing changes.
    Read,
    /// The end of the process. After a power cut the last ones may be missing;
    /// WhatsApp tells them again.
    Light,
    /// A power cut.
    Durable,
}

pub struct Disk {
    connection: Connection,
    folder: PathBuf,
    synchronous: Weight,
}

impl Disk {
    /// Write a new file, whole or not at all.
    ///
    /// # Errors
    /// There is one already, or the volume cannot be written.
    pub fn create(folder: &Path, rows: &[Row]) -> Result<(), StoreError> {
        let (unfinished, file) = (folder.join(UNFINISHED), folder.join(FILE));
        if file.exists() {
            return Err(StoreError::Other(
                "another device was linked in this session meanwhile".to_owned(),
            ));
        }
        match fs::remove_file(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        private(&unfinished)?;
        let written = write_new(&unfinished, rows);
        written.map_err(|error| failure::told(&error, folder))?;
        File::open(&unfinished)?.sync_all()?;
        fs::rename(&unfinished, &file)?;
        // The name is on disk when the folder is.
        File::open(folder)?.sync_all()?;
        Ok(())
    }

    /// Open what [`Disk::create`] wrote.
    ///
    /// # Errors
    /// It is damaged, not ours, or cannot be written.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let connection = open(&folder.join(FILE)).map_err(|error| failure::told(&error, folder))?;
        let disk = Self {
            connection,
            folder: folder.to_owned(),
            synchronous: Weight::Durable,
        };
        if disk.ask(|c| c.is_readonly("main"))? {
            return Err(StoreError::NotWritable("the file is read-only".to_owned()));
        }
        let number = |name| disk.ask(|c| c.pragma_query_value(None, name, |row| row.get(0)));
        let (application, version): (i32, i32) =
            (number("application_id")?, number("user_version")?);
        if application != APPLICATION {
            return Err(StoreError::Corrupt(format!(
                "{FILE} was not written by this program"
            )));
        }
        if version != SCHEMA_VERSION {
            return Err(StoreError::Other(format!(
                "{FILE} has version {version} and this program knows {SCHEMA_VERSION}"
            )));
        }
        Ok(disk)
    }

    /// Read all of it.
    ///
    /// # Errors
    /// It is damaged.
    pub fn check(&self) -> Result<(), StoreError> {
        let found: String = self.ask(|c| c.query_row("PRAGMA quick_check(1)", [], |r| r.get(0)))?;
        if found == "ok" {
            return Ok(());
        }
        Err(StoreError::Corrupt(found))
    }

    /// Do all of it, or none.
    ///
    /// # Errors
    /// What the work says, or the commit.
    pub fn transaction<T>(
        &mut self,
        weight: Weight,
        work: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if weight == Weight::Read {
            return work(self);
        }
        if self.synchronous != weight {
            let level = match weight {
                Weight::Durable => "FULL",
                _ => "NORMAL",
            };
            self.ask(|c| c.pragma_update(None, "synchronous", level))?;
            self.synchronous = weight;
        }
        self.ask(|c| c.execute_batch("BEGIN IMMEDIATE"))?;
        let done = work(self).and_then(|done| {
            self.ask(|c| c.execute_batch("COMMIT"))?;
            Ok(done)
        });
        // A full disk ends the transaction by itself.
        if done.is_err() && !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        done
    }

    #[cfg(test)]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    fn ask<T>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        question(&self.connection).map_err(|error| failure::told(&error, &self.folder))
    }

    fn with<T>(
        &self,
        sql: &str,
        use_it: impl FnOnce(&mut CachedStatement<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.ask(|c| use_it(&mut c.prepare_cached(sql)?))
    }

    fn execute(&self, sql: &str, values: &[&dyn ToSql]) -> Result<usize, StoreError> {
        self.with(sql, |statement| statement.execute(values))
    }
}

fn private(file: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(file)
}

fn open(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.busy_timeout(IN_USE_FOR)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(connection)
}

fn write_new(file: &Path, rows: &[Row]) -> rusqlite::Result<()> {
    let mut connection = open(file)?;
    // Synced once, when it is complete.
    connection.pragma_update(None, "synchronous", "OFF")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let new = connection.transaction()?;
    new.pragma_update(None, "application_id", APPLICATION)?;
    new.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    new.execute_batch(SCHEMA)?;
    {
        let mut insert =
            new.prepare("INSERT INTO entry (space, key, value, due) VALUES (?, ?, ?, ?)")?;
        for row in rows {
            insert.execute(params![row.space as i64, row.key, row.value, row.due])?;
        }
    }
    new.commit()?;
    connection.close().map_err(|(_, error)| error)
}

/// The keys of a space that begin so.
const WITH_PREFIX: &str = "(space, key) >= (?1, ?2) AND (space, key) < (?3, ?4)";

fn end_of(space: Space, prefix: &[u8]) -> (i64, Vec<u8>) {
    match after(prefix) {
        Some(end) => (space as i64, end),
        None => (space as i64 + 1, Vec::new()),
    }
}

impl Rows for Disk {
    fn get(&mut self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.with(
            "SELECT value FROM entry WHERE space = ? AND key = ?",
            |get| {
                get.query_row(params![space as i64, key], |row| row.get(0))
                    .optional()
            },
        )
    }

    fn put(&mut self, space: Space, key: &[u8], value: &[u8], due: i64) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO entry (space, key, value, due) VALUES (?, ?, ?, ?) \
             ON CONFLICT (space, key) DO UPDATE SET value = excluded.value, due = excluded.due",
            params![space as i64, key, value, due],
        )?;
        Ok(())
    }

    fn delete(&mut self, space: Space, key: &[u8]) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM entry WHERE space = ? AND key = ?",
            params![space as i64, key],
        )?;
        Ok(())
    }

    fn scan(&mut self, space: Space, prefix: &[u8]) -> Result<Vec<Entry>, StoreError> {
        let sql = format!("SELECT key, value FROM entry WHERE {WITH_PREFIX} ORDER BY key");
        let (last, end) = end_of(space, prefix);
        self.with(&sql, |scan| {
            scan.query_map(params![space as i64, prefix, last, end], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?
            .collect()
        })
    }

    fn delete_all(&mut self, space: Space, prefix: &[u8]) -> Result<(), StoreError> {
        let sql = format!("DELETE FROM entry WHERE {WITH_PREFIX}");
        let (last, end) = end_of(space, prefix);
        self.execute(&sql, params![space as i64, prefix, last, end])?;
        Ok(())
    }

    fn any(&mut self, space: Space, prefix: &[u8]) -> Result<bool, StoreError> {
        let sql = format!("SELECT 1 FROM entry WHERE {WITH_PREFIX} LIMIT 1");
        let (last, end) = end_of(space, prefix);
        self.with(&sql, |any| {
            any.exists(params![space as i64, prefix, last, end])
        })
    }

    fn last_key(&mut self, space: Space) -> Result<Option<Vec<u8>>, StoreError> {
        self.with(
            "SELECT key FROM entry WHERE space = ? ORDER BY key DESC LIMIT 1",
            |last| {
                last.query_row(params![space as i64], |row| row.get(0))
                    .optional()
            },
        )
    }

    fn due(&mut self, space: Space, key: &[u8]) -> Result<Option<i64>, StoreError> {
        self.with("SELECT due FROM entry WHERE space = ? AND key = ?", |get| {
            get.query_row(params![space as i64, key], |row| row.get(0))
                .optional()
        })
    }

    fn delete_due(&mut self, space: Space, before: i64) -> Result<(u32, Option<i64>), StoreError> {
        let gone = self.execute(
            "DELETE FROM entry WHERE space = ? AND due > 0 AND due < ?",
            params![space as i64, before],
        )?;
        let next = self.with(
            "SELECT MIN(due) FROM entry WHERE space = ? AND due > 0",
            |next| next.query_row(params![space as i64], |row| row.get(0)),
        )?;
        Ok((u32::try_from(gone).unwrap_or(u32::MAX), next))
    }
}
