//! Cookies and keys that stopped letting anybody in. A request shows its own each time; a socket
//! showed it once, and is closed when it is no longer good.

use super::auth::Via;
use tokio::sync::broadcast;
use whahook_contract::ids::KeyId;

/// How many a listener may lag behind.
const CAPACITY: usize = 1024;

/// What lets somebody in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// The hash of a cookie's token.
    SignIn(String),
    Key(KeyId),
}

impl From<&Via> for Credential {
    fn from(via: &Via) -> Self {
        match via {
            Via::Cookie { token_hash } => Self::SignIn(token_hash.clone()),
            Via::Key { id, .. } => Self::Key(*id),
        }
    }
}

#[derive(Clone)]
pub struct Revoked(broadcast::Sender<Credential>);

impl Default for Revoked {
    fn default() -> Self {
        Self(broadcast::channel(CAPACITY).0)
    }
}

impl Revoked {
    /// Tell that it is no longer good, once the database says so too.
    pub fn publish(&self, credential: Credential) {
        // Nobody listening is no failure.
        let _ = self.0.send(credential);
    }

    pub fn listen(&self) -> broadcast::Receiver<Credential> {
        self.0.subscribe()
    }
}
