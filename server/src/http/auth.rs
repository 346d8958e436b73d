//! Who is asking: the one place that turns a cookie or a key into a person.

use super::{
    edge::{self, Stranger},
    error::ApiError,
};
use crate::{app::App, keys, platform::secrets::sha256_hex, users};
use axum::extract::FromRequestParts;
use http::{
    HeaderMap, StatusCode,
    header::{AUTHORIZATION, COOKIE},
    request::Parts,
};
use whahook_contract::{
    ids::{AccountId, KeyId, UserId},
    key::Scope,
};

pub const COOKIE_NAME: &str = "whahook_session";

/// A person, or a program that acts for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    pub user_id: UserId,
    pub via: Via,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    Cookie {
        token_hash: String,
    },
    Key {
        id: KeyId,
        scopes: Vec<Scope>,
        /// `None`: all of its owner's.
        accounts: Option<Vec<AccountId>>,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("sign in first, or send an API key as `authorization: Bearer …`")]
    NotSignedIn,
    #[error("this API key is not known; it may have been revoked")]
    InvalidKey,
    #[error("this API key has expired; make a new one")]
    KeyExpired,
    #[error("this API key lacks the scope `{0}`")]
    ScopeMissing(Scope),
    #[error("only a signed-in person may do this, not an API key")]
    CookieRequired,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let text = sentence(&error);
        match error {
            Error::NotSignedIn => Self::new(StatusCode::UNAUTHORIZED, "not_signed_in", text),
            Error::InvalidKey => Self::new(StatusCode::UNAUTHORIZED, "invalid_key", text),
            Error::KeyExpired => Self::new(StatusCode::UNAUTHORIZED, "key_expired", text),
            Error::ScopeMissing(scope) => Self::new(StatusCode::FORBIDDEN, "scope_missing", text)
                .details(serde_json::json!({ "scope": scope })),
            Error::CookieRequired => Self::new(StatusCode::FORBIDDEN, "cookie_required", text),
            Error::Database(error) => error.into(),
        }
    }
}

fn sentence(error: &Error) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).chain(['.']).collect(),
        None => text,
    }
}

impl Principal {
    /// A person may do everything; a key what its scopes say.
    ///
    /// # Errors
    /// The key lacks the scope.
    pub fn require(&self, needed: Scope) -> Result<(), Error> {
        match &self.via {
            Via::Cookie { .. } => Ok(()),
            Via::Key { scopes, .. } => {
                if scopes.contains(&needed) || scopes.contains(&Scope::Admin) {
                    Ok(())
                } else {
                    Err(Error::ScopeMissing(needed))
                }
            }
        }
    }

    /// Keys must not make keys: a stolen one could then outlive its revocation.
    ///
    /// # Errors
    /// It is a key.
    pub const fn require_cookie(&self) -> Result<(), Error> {
        match self.via {
            Via::Cookie { .. } => Ok(()),
            Via::Key { .. } => Err(Error::CookieRequired),
        }
    }

    /// Whether its key, if it has one, covers the account. Whose account it is
    /// is another question, asked in `accounts`.
    #[must_use]
    pub fn covers(&self, account: AccountId) -> bool {
        self.only_accounts()
            .is_none_or(|accounts| accounts.contains(&account))
    }

    /// The accounts its key is limited to; `None`: all of its owner's.
    #[must_use]
    pub fn only_accounts(&self) -> Option<&[AccountId]> {
        match &self.via {
            Via::Cookie { .. } => None,
            Via::Key { accounts, .. } => accounts.as_deref(),
        }
    }
}

/// Finds out who is asking: by the token that a Socket.IO client handed over,
/// else by the key in `authorization`, else by the cookie. Whoever lets the
/// cookie count must check the origin too, see [`super::origin::check_origin`].
///
/// # Errors
/// Nobody who is known, or the database failed.
pub async fn authenticate(
    app: &App,
    headers: &HeaderMap,
    token: Option<&str>,
) -> Result<Principal, Error> {
    if let Some(key) = token {
        return by_key(app, key).await;
    }
    if let Some(header) = headers.get(AUTHORIZATION) {
        let key = header
            .to_str()
            .ok()
            .and_then(bearer)
            .ok_or(Error::InvalidKey)?;
        return by_key(app, key).await;
    }
    let token_hash = cookie_hash(headers).ok_or(Error::NotSignedIn)?;
    match users::service::by_token_hash(app, &token_hash).await? {
        Some(user_id) => Ok(Principal {
            user_id,
            via: Via::Cookie { token_hash },
        }),
        None => Err(Error::NotSignedIn),
    }
}

async fn by_key(app: &App, key: &str) -> Result<Principal, Error> {
    let key = keys::service::by_secret(app, key)
        .await?
        .ok_or(Error::InvalidKey)?;
    if key.has_expired(app.clock.now()) {
        return Err(Error::KeyExpired);
    }
    Ok(Principal {
        user_id: key.user_id,
        via: Via::Key {
            id: key.id,
            scopes: key.scopes,
            accounts: key.account_ids,
        },
    })
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, key) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// The hash of the token in the cookie, as the database keeps it.
#[must_use]
pub fn cookie_hash(headers: &HeaderMap) -> Option<String> {
    cookie(headers).map(sha256_hex)
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            (name == COOKIE_NAME && !value.is_empty()).then_some(value)
        })
}

impl FromRequestParts<App> for Principal {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let principal = match authenticate(app, &parts.headers, None).await {
            Ok(principal) => principal,
            Err(error @ (Error::NotSignedIn | Error::InvalidKey | Error::KeyExpired)) => {
                Stranger::from_request_parts(parts, app).await?;
                return Err(error.into());
            }
            Err(error) => return Err(error.into()),
        };
        edge::client(app, parts, &principal)?;
        tracing::Span::current().record("user.id", tracing::field::display(principal.user_id));
        Ok(principal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn key(scopes: &[Scope], accounts: Option<Vec<AccountId>>) -> Principal {
        Principal {
            user_id: UserId(Uuid::from_u128(1)),
            via: Via::Key {
                id: KeyId(Uuid::from_u128(2)),
                scopes: scopes.to_vec(),
                accounts,
            },
        }
    }

    #[test]
    fn a_key_may_do_what_its_scopes_say_and_admin_all_of_it() {
        for needed in Scope::ALL {
            for had in Scope::ALL {
                let allowed = key(&[*had], None).require(*needed).is_ok();
                assert_eq!(allowed, had == needed || *had == Scope::Admin);
            }
        }
        assert!(key(&[Scope::Admin], None).require_cookie().is_err());
    }

    #[test]
    fn a_key_covers_the_accounts_it_names_and_no_others() {
        let named = AccountId(Uuid::from_u128(3));
        let other = AccountId(Uuid::from_u128(4));
        let limited = key(&[Scope::Read], Some(vec![named]));
        assert!(limited.covers(named) && !limited.covers(other));
        assert!(key(&[Scope::Read], None).covers(other));
    }

    #[test]
    fn the_cookie_is_found_among_others_by_its_whole_name() {
        let headers = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, text.parse().unwrap());
            headers
        };
        assert_eq!(cookie(&headers("a=b; whahook_session=t; c=d")), Some("t"));
        assert_eq!(cookie(&headers("xwhahook_session=t")), None);
        assert_eq!(cookie(&headers("whahook_session=")), None);
    }

    #[test]
    fn a_key_stands_after_the_word_bearer_in_any_case() {
        assert_eq!(bearer("bearer  whk_1"), Some("whk_1"));
        assert_eq!(bearer("Basic whk_1"), None);
        assert_eq!(bearer("whk_1"), None);
    }
}
