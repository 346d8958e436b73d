//! Secrets that the server has to read again: sealed, so that a copy of the
//! database alone gives none of them away.

use super::ids::Ids;
use crate::config::Secret;
use base64::{Engine, prelude::BASE64_STANDARD};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};
use std::{
    fmt, fs,
    io::{self, Write},
    path::Path,
    sync::Arc,
};

const FILE: &str = "secret.key";

/// Seals and opens with the server's key. Cheap to clone.
#[derive(Clone)]
pub struct Sealer {
    key: Arc<LessSafeKey>,
    ids: Ids,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    /// With the key of the settings, else with the one on the volume, which is
    /// made where there is none.
    ///
    /// # Errors
    /// The volume cannot be read or written.
    pub fn new(secret: Option<&Secret>, volume: &Path, ids: Ids) -> io::Result<Self> {
        let secret = match secret {
            Some(secret) => secret.clone(),
            None => on_volume(&volume.join(FILE), &ids)?,
        };
        let key: [u8; 32] = Sha256::digest(secret.expose().as_bytes()).into();
        let key = UnboundKey::new(&CHACHA20_POLY1305, &key)
            .expect("a SHA-256 is as long as the key must be");
        Ok(Self {
            key: Arc::new(LessSafeKey::new(key)),
            ids,
        })
    }

    /// What comes out opens only under the same name: that of its place.
    #[must_use]
    pub fn seal(&self, place: &str, secret: &str) -> String {
        let nonce: [u8; NONCE_LEN] = self.ids.bytes();
        let mut sealed = secret.as_bytes().to_vec();
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place),
                &mut sealed,
            )
            .expect("a secret is no longer than 64 GiB");
        let mut whole = nonce.to_vec();
        whole.append(&mut sealed);
        BASE64_STANDARD.encode(whole)
    }

    /// `None`: it was sealed with another key, for another place, or is damaged.
    #[must_use]
    pub fn open(&self, place: &str, sealed: &str) -> Option<Secret> {
        let mut sealed = BASE64_STANDARD.decode(sealed).ok()?;
        let (nonce, text) = sealed.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let opened = self.key.open_in_place(nonce, Aad::from(place), text).ok()?;
        Some(Secret::new(String::from_utf8(opened.to_vec()).ok()?))
    }
}

fn on_volume(path: &Path, ids: &Ids) -> io::Result<Secret> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => {
            let secret = ids.token();
            file.write_all(secret.as_bytes())?;
            file.sync_all()?;
            Ok(Secret::new(secret))
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let secret = fs::read_to_string(path)?;
            // A crash while it was made: nothing was sealed with it yet.
            if secret.trim().is_empty() {
                fs::remove_file(path)?;
                return on_volume(path, ids);
            }
            Ok(Secret::new(secret.trim()))
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::clock::Clock;

    fn sealer(secret: Option<&str>, volume: &Path) -> Sealer {
        let secret = secret.map(Secret::new);
        Sealer::new(secret.as_ref(), volume, Ids::new(Clock::system())).unwrap()
    }

    #[test]
    fn a_sealed_secret_opens_in_its_place_alone() {
        let volume = tempfile::tempdir().unwrap();
        let sealer = sealer(Some("a key of somebody"), volume.path());
        let sealed = sealer.seal("webhook 1", "whsec_abc");
        assert!(!sealed.contains("whsec_abc"));
        assert_ne!(sealed, sealer.seal("webhook 1", "whsec_abc"));
        let opened = sealer.open("webhook 1", &sealed).unwrap();
        assert_eq!(opened.expose(), "whsec_abc");
        assert!(sealer.open("webhook 2", &sealed).is_none());
        assert!(sealer.open("webhook 1", &sealed[4..]).is_none());
        for damaged in ["", "AAAA", "no base64"] {
            assert!(sealer.open("webhook 1", damaged).is_none());
        }
    }

    #[test]
    fn the_key_on_the_volume_is_made_once_and_for_the_server_alone() {
        let volume = tempfile::tempdir().unwrap();
        let sealed = sealer(None, volume.path()).seal("a", "secret");
        let again = sealer(None, volume.path());
        assert_eq!(again.open("a", &sealed).unwrap().expose(), "secret");
        let other = sealer(Some("another key"), volume.path());
        assert!(other.open("a", &sealed).is_none());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let file = fs::metadata(volume.path().join(FILE)).unwrap();
            assert_eq!(file.permissions().mode() & 0o777, 0o600);
        }
    }
}
