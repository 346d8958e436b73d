use super::{
    Error,
    model::{self, Key},
    store,
};
use crate::{
    accounts,
    app::App,
    http::{auth::Principal, revoked::Credential},
    input::Invalid,
    platform::{db::Conn, secrets::sha256_hex},
};
use std::time::Duration;
use whahook_contract::{
    ids::{KeyId, UserId},
    key::NewKey,
};

/// How often at most the use of a key is written down.
const USED_EVERY_MS: i64 = 60_000;
const EXPIRY_SEEN_WITHIN: Duration = Duration::from_secs(1);

/// Makes a key; the second part is the key itself, not kept anywhere.
///
/// # Errors
/// A field is wrong, or an account is not the person's own.
pub async fn create(
    app: &App,
    principal: &Principal,
    new: &NewKey,
) -> Result<(Key, String), Error> {
    let new = model::checked(new, app.clock.now())?;
    let secret = model::new_secret(&app.ids);
    let key = Key {
        id: KeyId(app.ids.uuid()),
        user_id: principal.user_id,
        name: new.name,
        prefix: model::prefix(&secret),
        scopes: new.scopes,
        account_ids: new.account_ids,
        created_at: app.clock.now(),
        last_used_at: None,
        expires_at: new.expires_at,
    };
    let mut tx = app.db.begin().await?;
    for id in key.account_ids.iter().flatten() {
        match accounts::service::find(&mut tx, principal, *id).await {
            Ok(_) => {}
            Err(accounts::Error::Database(error)) => return Err(error.into()),
            Err(_) => {
                let problem = format!("names {id}, which is no account of yours");
                return Err(Invalid::new("account_ids", problem).into());
            }
        }
    }
    store::insert(&mut tx, &key, &sha256_hex(&secret)).await?;
    tx.commit().await?;
    tracing::info!(key.id = %key.id, user.id = %key.user_id, "an API key was made");
    Ok((key, secret))
}

/// Newest first.
///
/// # Errors
/// The database failed.
pub async fn list(
    app: &App,
    owner: UserId,
    before: Option<KeyId>,
    limit: i64,
) -> Result<Vec<Key>, Error> {
    Ok(store::list(&mut *app.db.read().await?, owner, before, limit).await?)
}

/// What its owner calls a key; `None` when it was revoked just now.
///
/// # Errors
/// The database failed.
pub async fn name(conn: &mut Conn, id: KeyId) -> sqlx::Result<Option<String>> {
    store::name(conn, id).await
}

/// # Errors
/// The person has no such key.
pub async fn revoke(app: &App, owner: UserId, id: KeyId) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    if !store::delete(&mut tx, owner, id).await? {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    app.revoked.publish(Credential::Key(id));
    tracing::info!(key.id = %id, user.id = %owner, "an API key was revoked");
    Ok(())
}

/// Closes the sockets of keys as they expire, until the server stops. Requests
/// find out by themselves.
pub async fn notice_expiry(app: App) {
    let mut ticks = tokio::time::interval(EXPIRY_SEEN_WITHIN);
    let mut seen_until = app.clock.now_ms();
    loop {
        ticks.tick().await;
        let now = app.clock.now_ms();
        match expired(&app, seen_until, now).await {
            Ok(ids) => {
                for id in ids {
                    tracing::info!(key.id = %id, "an API key expired");
                    app.revoked.publish(Credential::Key(id));
                }
                seen_until = now;
            }
            Err(error) => tracing::warn!(%error, "which keys expired is not known; asking again"),
        }
    }
}

async fn expired(app: &App, after: i64, until: i64) -> sqlx::Result<Vec<KeyId>> {
    store::expired(&mut *app.db.read().await?, after, until).await
}

/// The key that somebody shows, even if it has expired.
///
/// # Errors
/// The database failed.
pub async fn by_secret(app: &App, secret: &str) -> sqlx::Result<Option<Key>> {
    if !model::looks_like_a_key(secret) {
        return Ok(None);
    }
    let found = {
        let mut conn = app.db.glance().await?;
        store::find_by_hash(&mut conn, &sha256_hex(secret)).await?
    };
    if let Some(key) = found
        .as_ref()
        .filter(|key| !key.has_expired(app.clock.now()))
    {
        let now = app.clock.now_ms();
        let last = key.last_used_at.map(|at| at.timestamp_millis());
        if last.is_none_or(|last| now - last >= USED_EVERY_MS) {
            let mut tx = app.db.begin().await?;
            store::used(&mut tx, key.id, now).await?;
            tx.commit().await?;
        }
    }
    Ok(found)
}
