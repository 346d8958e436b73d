//! Who opened the socket: the cookie of a page of ours, or an API key.

use crate::{
    App,
    http::auth::{self, Principal},
    http::origin::check_origin,
};
use serde::Deserialize;
use socketioxide::extract::{SocketRef, State, TryData};

#[derive(Debug, Default, Deserialize)]
pub struct Handshake {
    #[serde(default)]
    token: Option<String>,
}

/// The person or program behind a socket.
#[derive(Debug, Clone)]
pub struct Authenticated(pub Principal);

/// Told to the client as `connect_error`.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("not_signed_in")]
    NotSignedIn,
    #[error("invalid_key")]
    InvalidKey,
    #[error("key_expired")]
    KeyExpired,
    #[error("scope_missing")]
    ScopeMissing,
    #[error("origin_not_allowed")]
    Origin,
    #[error("unavailable")]
    Unavailable,
}

pub async fn authenticate(
    socket: SocketRef,
    State(app): State<App>,
    TryData(handshake): TryData<Handshake>,
) -> Result<(), Refused> {
    let token = handshake.ok().and_then(|handshake| handshake.token);
    let headers = &socket.req_parts().headers;
    // A page of another site can open a socket with the person's cookie; a key
    // it cannot know.
    let by_cookie = token.is_none() && !headers.contains_key(http::header::AUTHORIZATION);
    if by_cookie && check_origin(&app.config, headers).is_err() {
        return Err(Refused::Origin);
    }
    socket.extensions.insert(Token(token));
    let principal = identify(&app, &socket).await?;
    socket.extensions.insert(Authenticated(principal));
    Ok(())
}

/// The key that a client handed over, if it did.
#[derive(Debug, Clone)]
struct Token(Option<String>);

/// Who the socket's client is, as of now.
pub async fn identify(app: &App, socket: &SocketRef) -> Result<Principal, Refused> {
    let token = socket.extensions.get::<Token>().and_then(|token| token.0);
    let principal = auth::authenticate(app, &socket.req_parts().headers, token.as_deref())
        .await
        .map_err(|error| match error {
            auth::Error::NotSignedIn | auth::Error::CookieRequired => Refused::NotSignedIn,
            auth::Error::InvalidKey => Refused::InvalidKey,
            auth::Error::KeyExpired => Refused::KeyExpired,
            auth::Error::ScopeMissing(_) => Refused::ScopeMissing,
            auth::Error::Database(error) => {
                tracing::warn!(%error, "A socket could not be authenticated.");
                Refused::Unavailable
            }
        })?;
    principal
        .require(whahook_contract::key::Scope::Read)
        .map_err(|_| Refused::ScopeMissing)?;
    Ok(principal)
}
