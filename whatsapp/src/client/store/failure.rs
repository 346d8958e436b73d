//! What SQLite and the system say, as what people are told.

use crate::port::StoreError;
use rusqlite::ErrorCode;
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// Enough for a device that has just been linked.
const NEEDED: usize = 64 * 1024;
const PROBE: &str = ".can-write";

/// The folder takes what a new device needs.
///
/// # Errors
/// It is full, read-only or another user's.
pub fn can_write(folder: &Path) -> Result<(), StoreError> {
    let probe = folder.join(PROBE);
    let written = (|| -> io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&probe)?;
        file.write_all(&[0; NEEDED])
    })();
    let removed = fs::remove_file(&probe);
    written?;
    removed?;
    Ok(())
}

/// An error of a session's file in its folder.
pub fn told(error: &rusqlite::Error, folder: &Path) -> StoreError {
    let detail = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Corrupt(detail),
        Some(ErrorCode::DiskFull) => StoreError::Full(detail),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => StoreError::NotWritable(detail),
        // These have many causes, and SQLite does not tell which.
        Some(ErrorCode::CannotOpen | ErrorCode::SystemIoFailure) => match can_write(folder) {
            Err(error @ (StoreError::Full(_) | StoreError::NotWritable(_))) => error,
            _ => StoreError::Other(detail),
        },
        _ => StoreError::Other(detail),
    }
}
