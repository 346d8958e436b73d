//! Sign-up, sign-in, sign-out.

use super::{
    Error,
    model::{Email, NewUser, Password, Role, SignupNow, User},
    password::Passwords,
    store,
};
use crate::{
    app::App,
    config::Signup,
    http::revoked::Credential,
    platform::{
        clock::Clock,
        db::{Conn, Db, Tx},
        ids::Ids,
        secrets::sha256_hex,
    },
};
use std::{net::IpAddr, time::Duration};
use whahook_contract::ids::UserId;

/// A browser that is not used for so long is signed out.
const IDLE: Duration = Duration::from_secs(30 * 24 * 3600);
/// How often at most the use of a browser is written down.
const SEEN_EVERY: Duration = Duration::from_secs(15 * 60);
const TIDY_EVERY: Duration = Duration::from_secs(3600);

/// Somebody who has just signed in, with the secret for their cookie.
pub struct SignedIn {
    pub user: User,
    pub token: String,
}

/// Who may sign up now, for the page to offer it or not.
///
/// # Errors
/// The database failed.
pub async fn signup_now(conn: &mut Conn, setting: Signup) -> sqlx::Result<SignupNow> {
    Ok(match setting {
        Signup::Closed => SignupNow::Closed,
        Signup::Open | Signup::First => match (store::anybody(conn).await?, setting) {
            (false, _) => SignupNow::First,
            (true, Signup::Open) => SignupNow::Open,
            (true, _) => SignupNow::Closed,
        },
    })
}

/// Registers a person and signs their browser in. The first becomes admin.
///
/// # Errors
/// Sign-up is closed, the address is taken, or there were too many attempts.
pub async fn register(
    app: &App,
    new: NewUser,
    address: IpAddr,
    old_token_hash: Option<&str>,
) -> Result<SignedIn, Error> {
    app.attempts.from(address)?;
    let setting = app.config.people.signup;
    // Hashing is dear: whoever cannot sign up anyway is told before.
    if signup_now(&mut *app.db.read().await?, setting).await? == SignupNow::Closed {
        return Err(Error::SignupClosed);
    }
    let hash = app.passwords.hash(new.password, app.ids.bytes()).await?;

    let mut tx = app.db.begin().await?;
    store::lock_sign_up(&mut tx, app.db.kind()).await?;
    let role = match signup_now(&mut tx, setting).await? {
        SignupNow::Closed => return Err(Error::SignupClosed),
        SignupNow::First => Role::Admin,
        SignupNow::Open => Role::Member,
    };
    let user = User {
        id: UserId(app.ids.uuid()),
        email: new.email.as_str().to_owned(),
        name: new.name,
        role,
        created_at: app.clock.now(),
    };
    insert(&mut tx, &user, &hash).await?;
    let token = sign_in(app, tx, user.id, old_token_hash).await?;
    tracing::info!(user.id = %user.id, user.role = %user.role, "a person registered");
    Ok(SignedIn { user, token })
}

/// Adds a person on an operator's word, whatever `SIGNUP` says.
///
/// # Errors
/// The address is taken.
pub async fn add(
    db: &Db,
    clock: &Clock,
    ids: &Ids,
    new: NewUser,
    role: Role,
) -> Result<User, Error> {
    let hash = Passwords::new(ids).hash(new.password, ids.bytes()).await?;
    let user = User {
        id: UserId(ids.uuid()),
        email: new.email.as_str().to_owned(),
        name: new.name,
        role,
        created_at: clock.now(),
    };
    let mut tx = db.begin().await?;
    insert(&mut tx, &user, &hash).await?;
    tx.commit().await?;
    Ok(user)
}

async fn insert(conn: &mut Conn, user: &User, hash: &str) -> Result<(), Error> {
    store::insert(conn, user, hash)
        .await
        .map_err(|error| match error.as_database_error() {
            Some(problem) if problem.is_unique_violation() => Error::EmailTaken,
            _ => error.into(),
        })
}

/// Signs a browser in with a new token; its old one stops working.
///
/// # Errors
/// Wrong e-mail or password, or too many attempts.
pub async fn login(
    app: &App,
    email: &str,
    password: String,
    address: IpAddr,
    old_token_hash: Option<&str>,
) -> Result<SignedIn, Error> {
    app.attempts.from(address)?;
    // What is no address belongs to nobody: the same answer as a wrong password.
    let email = Email::parse(email).ok();
    if let Some(email) = &email {
        app.attempts.at(email)?;
    }
    let known = match &email {
        Some(email) => store::find_by_email(&mut *app.db.read().await?, email).await?,
        None => None,
    };
    let (user, hash) = known.unzip();
    let right = app
        .passwords
        .verify(Password::claimed(password), hash)
        .await?;
    let user = user.filter(|_| right).ok_or(Error::InvalidCredentials)?;

    let tx = app.db.begin().await?;
    let token = sign_in(app, tx, user.id, old_token_hash).await?;
    tracing::info!(user.id = %user.id, "a person signed in");
    Ok(SignedIn { user, token })
}

async fn sign_in(
    app: &App,
    mut tx: Tx,
    user: UserId,
    old_token_hash: Option<&str>,
) -> sqlx::Result<String> {
    if let Some(old) = old_token_hash {
        store::delete_sign_in(&mut tx, old).await?;
    }
    let token = app.ids.token();
    let now = app.clock.now_ms();
    store::insert_sign_in(&mut tx, &sha256_hex(&token), user, now, now + ms(IDLE)).await?;
    tx.commit().await?;
    if let Some(old) = old_token_hash {
        app.revoked.publish(Credential::SignIn(old.to_owned()));
    }
    Ok(token)
}

/// Signs a browser out. Nothing happens when it was not signed in.
///
/// # Errors
/// The database failed.
pub async fn logout(app: &App, token_hash: &str) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    store::delete_sign_in(&mut tx, token_hash).await?;
    tx.commit().await?;
    app.revoked
        .publish(Credential::SignIn(token_hash.to_owned()));
    Ok(())
}

/// The person whose browser has this token; using it keeps it from expiring.
///
/// # Errors
/// The database failed.
pub async fn by_token_hash(app: &App, token_hash: &str) -> sqlx::Result<Option<UserId>> {
    let now = app.clock.now_ms();
    // The connection goes back before the writer is asked for: holding both,
    // a burst could wait for itself.
    let found = {
        let mut conn = app.db.glance().await?;
        store::find_sign_in(&mut conn, token_hash, now).await?
    };
    let Some(sign_in) = found else {
        return Ok(None);
    };
    if now - sign_in.last_seen_at >= ms(SEEN_EVERY) {
        let mut tx = app.db.begin().await?;
        store::prolong_sign_in(&mut tx, token_hash, now, now + ms(IDLE)).await?;
        tx.commit().await?;
    }
    Ok(Some(sign_in.user))
}

/// # Errors
/// The database failed.
pub async fn find(conn: &mut Conn, id: UserId) -> sqlx::Result<Option<User>> {
    store::find(conn, id).await
}

/// Forgets expired sign-ins and old attempts, again and again.
pub async fn tidy_up(app: App) {
    let mut ticks = tokio::time::interval(TIDY_EVERY);
    loop {
        ticks.tick().await;
        app.attempts.tidy_up();
        app.edge.tidy_up();
        if let Err(error) = forget_expired(&app).await {
            tracing::warn!(%error, "expired sign-ins could not be deleted; trying again later");
        }
    }
}

async fn forget_expired(app: &App) -> sqlx::Result<()> {
    let mut tx = app.db.begin().await?;
    store::delete_expired_sign_ins(&mut tx, app.clock.now_ms()).await?;
    tx.commit().await
}

fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
