//! The media servers: encrypted files under the hash of their bytes.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};

use crate::platform;

/// Bytes of a file, encrypted, that the servers take.
pub const MAX: usize = 100 << 20;
const DIRECT_PATH: &str = "/v/t62/";

#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    #[error("the media servers do not have the file")]
    Unknown,
    #[error("the token is not the hash of the bytes")]
    WrongToken,
    #[error("the file has more than {MAX} bytes")]
    TooLarge,
    #[error("the media servers' disk failed: {0}")]
    Io(#[from] io::Error),
}

enum Blobs {
    Memory(Mutex<HashMap<String, Bytes>>),
    Folder(PathBuf),
}

pub struct MediaStore {
    blobs: Blobs,
    /// What clients show to upload; another one after each start, as the real
    /// servers' runs out.
    auth: String,
}

impl MediaStore {
    fn new(blobs: Blobs) -> Self {
        Self {
            blobs,
            auth: BASE64_URL_SAFE_NO_PAD.encode(platform::random_bytes::<24>()),
        }
    }

    pub fn in_memory() -> Self {
        Self::new(Blobs::Memory(Mutex::default()))
    }

    pub fn open(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self::new(Blobs::Folder(folder.to_owned())))
    }

    pub fn auth(&self) -> &str {
        &self.auth
    }

    /// Keeps an encrypted file whose token is the hash of its bytes.
    pub fn put(&self, token: &str, bytes: Bytes) -> Result<(), BlobError> {
        if bytes.len() > MAX {
            return Err(BlobError::TooLarge);
        }
        if token_of(&bytes) != token {
            return Err(BlobError::WrongToken);
        }
        match &self.blobs {
            Blobs::Memory(blobs) => {
                blobs.lock().insert(token.to_owned(), bytes);
            }
            Blobs::Folder(folder) => {
                // Seen whole or not at all.
                let unfinished = folder.join(format!("{}.part", platform::message_id()));
                std::fs::write(&unfinished, &bytes)?;
                std::fs::rename(&unfinished, folder.join(token))?;
            }
        }
        Ok(())
    }

    pub fn has(&self, token: &str) -> bool {
        match &self.blobs {
            Blobs::Memory(blobs) => blobs.lock().contains_key(token),
            Blobs::Folder(folder) => is_token(token) && folder.join(token).is_file(),
        }
    }

    /// The file as it lies there: whoever downloads it checks it.
    pub fn get(&self, token: &str) -> Result<Bytes, BlobError> {
        match &self.blobs {
            Blobs::Memory(blobs) => blobs.lock().get(token).cloned().ok_or(BlobError::Unknown),
            Blobs::Folder(_) if !is_token(token) => Err(BlobError::Unknown),
            Blobs::Folder(folder) => match std::fs::read(folder.join(token)) {
                Ok(bytes) => Ok(bytes.into()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Err(BlobError::Unknown),
                Err(error) => Err(error.into()),
            },
        }
    }

    /// The file at a path as messages name it.
    pub fn at(&self, direct_path: &str) -> Result<Bytes, BlobError> {
        let path = direct_path.split('?').next().unwrap_or_default();
        self.get(path.strip_prefix(DIRECT_PATH).ok_or(BlobError::Unknown)?)
    }
}

pub fn direct_path(token: &str) -> String {
    format!("{DIRECT_PATH}{token}")
}

/// What an encrypted file is called.
pub fn token_of(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(bytes))
}

/// No other text becomes a name in the folder.
fn is_token(text: &str) -> bool {
    BASE64_URL_SAFE_NO_PAD
        .decode(text)
        .is_ok_and(|hash| hash.len() == 32)
}
