//! Password hashing with argon2id, kept off the threads that answer requests.

use super::{Error, model::Password};
use crate::platform::ids::Ids;
use argon2::{
    Argon2, PasswordHash, PasswordHasher, PasswordVerifier,
    password_hash::{self, SaltString},
};
use std::sync::Arc;
use tokio::{sync::Semaphore, task::spawn_blocking};

/// Each takes 19 MiB and a core for tens of milliseconds: a burst waits here.
const AT_ONCE: usize = 2;

pub struct Passwords {
    turns: Arc<Semaphore>,
    /// The hash of a password that nobody has.
    nobodys: String,
}

impl Passwords {
    #[must_use]
    pub fn new(ids: &Ids) -> Self {
        let password = Password::claimed(ids.token());
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            nobodys: hash(&password, &ids.bytes()).unwrap_or_default(),
        }
    }

    /// # Errors
    /// The hash cannot be made, which would be a mistake in this program.
    pub async fn hash(&self, password: Password, salt: [u8; 16]) -> Result<String, Error> {
        self.run(move || hash(&password, &salt)).await
    }

    /// Whether the password is the one that was hashed. Without a hash (there
    /// is no such person) it takes as long and says no, so that the time of an
    /// answer tells nobody who is registered.
    ///
    /// # Errors
    /// What the database has is no hash.
    pub async fn verify(&self, claimed: Password, hash: Option<String>) -> Result<bool, Error> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobodys.clone());
        let right = self.run(move || verify(&claimed, &hash)).await?;
        Ok(right && known)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> password_hash::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let turn = self
            .turns
            .clone()
            .acquire_owned()
            .await
            .map_err(|error| Error::Hash(error.to_string()))?;
        // The turn ends with the work, even when the request is given up.
        let done = spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await
            .map_err(|error| Error::Hash(error.to_string()))?
            .map_err(|error| Error::Hash(error.to_string()))
    }
}

fn hash(password: &Password, salt: &[u8; 16]) -> password_hash::Result<String> {
    let salt = SaltString::encode_b64(salt)?;
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt)?;
    Ok(hash.to_string())
}

fn verify(claimed: &Password, hash: &str) -> password_hash::Result<bool> {
    let hash = PasswordHash::new(hash)?;
    match Argon2::default().verify_password(claimed.as_bytes(), &hash) {
        Ok(()) => Ok(true),
        Err(password_hash::Error::Password) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::clock::Clock;

    #[tokio::test]
    async fn only_the_right_password_of_somebody_known_verifies() {
        let ids = Ids::new(Clock::system());
        let passwords = Passwords::new(&ids);
        let password = || Password::parse("correct horse".to_owned()).unwrap();
        let hash = passwords.hash(password(), ids.bytes()).await.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );

        let wrong = Password::claimed("wrong horse".to_owned());
        let stored = || Some(hash.clone());
        assert!(passwords.verify(password(), stored()).await.unwrap());
        assert!(!passwords.verify(wrong, stored()).await.unwrap());
        assert!(!passwords.verify(password(), None).await.unwrap());
        let broken = passwords.verify(password(), Some("no hash".to_owned()));
        assert!(broken.await.is_err());
    }
}
