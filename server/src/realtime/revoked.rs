//! Closes the sockets of those who were signed out, or whose key was revoked.

use crate::{App, http::revoked::Credential};
use socketioxide::SocketIo;
use tokio::sync::broadcast::error::RecvError;

/// The sockets that were opened with a cookie or key.
pub fn room(credential: &Credential) -> String {
    match credential {
        Credential::SignIn(token_hash) => format!("sign-in:{token_hash}"),
        Credential::Key(id) => format!("key:{id}"),
    }
}

/// Until the server stops.
pub async fn close(app: App, io: SocketIo) {
    let mut revoked = app.revoked.listen();
    loop {
        let closed = match revoked.recv().await {
            Ok(credential) => io.to(room(&credential)).disconnect().await,
            // Which ones is not known: all come back, those who may.
            Err(RecvError::Lagged(_)) => io.disconnect().await,
            Err(RecvError::Closed) => return,
        };
        if let Err(error) = closed {
            tracing::warn!(%error, "Not every socket of a revoked cookie or key was closed.");
        }
    }
}
