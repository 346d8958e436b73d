//! Secrets that only their owners keep: the database has hashes.

use sha2::{Digest, Sha256};

/// SHA-256 in hexadecimal. Enough for secrets of 256 random bits, which nobody
/// can guess; passwords need a slow hash instead.
#[must_use]
pub fn sha256_hex(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}
