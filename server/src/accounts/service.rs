use super::{
    Error,
    model::{self, Account},
    store,
};
use crate::{activity, app::App, events, http::auth::Principal, platform::db::Conn, sessions};
use whahook_contract::{
    event::Event,
    ids::{AccountId, UserId},
};

/// The ownership check, the only one: the account if it is the person's own and
/// their key, if they use one, covers it.
///
/// # Errors
/// There is no such account for them.
pub async fn find(conn: &mut Conn, principal: &Principal, id: AccountId) -> Result<Account, Error> {
    if !principal.covers(id) {
        return Err(Error::NotFound(id));
    }
    store::find(conn, principal.user_id, id)
        .await?
        .ok_or(Error::NotFound(id))
}

/// Whose account it is, for those who need not be asked who they are.
///
/// # Errors
/// There is no such account.
pub async fn owner(conn: &mut Conn, id: AccountId) -> Result<UserId, Error> {
    store::owner(conn, id).await?.ok_or(Error::NotFound(id))
}

/// The account of a person, for those who need not be asked who they are.
///
/// # Errors
/// The database failed.
pub async fn of(conn: &mut Conn, user: UserId, id: AccountId) -> sqlx::Result<Option<Account>> {
    store::find(conn, user, id).await
}

/// The accounts that [`find`] would find, oldest first.
///
/// # Errors
/// The database failed.
pub async fn list(
    conn: &mut Conn,
    principal: &Principal,
    after: Option<AccountId>,
    limit: i64,
) -> Result<Vec<Account>, Error> {
    let only = principal.only_accounts();
    Ok(store::list(conn, principal.user_id, only, after, limit).await?)
}

/// # Errors
/// The label is wrong, or the key is limited to accounts that exist already.
pub async fn create(app: &App, principal: &Principal, label: &str) -> Result<Account, Error> {
    let label = model::label(label)?;
    let id = AccountId(app.ids.uuid());
    let account = Account::new(id, principal.user_id, label, app.clock.now());
    let event = Event::AccountCreated {
        label: account.label.clone(),
    };
    let by = activity::by(app, principal).await?;
    let mut tx = app.db.begin().await?;
    store::insert(&mut tx, &account).await?;
    let recorded = activity::record(&mut tx, account.created_at, id, &event, Some(&by)).await?;
    tx.commit().await?;
    app.events.publish(recorded);
    tracing::info!(account.id = %id, "an account was created");
    Ok(account)
}

/// # Errors
/// There is no such account for them, or the label is wrong.
pub async fn rename(
    app: &App,
    principal: &Principal,
    id: AccountId,
    label: &str,
) -> Result<Account, Error> {
    let label = model::label(label)?;
    let by = activity::by(app, principal).await?;
    let mut tx = app.db.begin().await?;
    let mut account = find(&mut tx, principal, id).await?;
    if account.label == label {
        return Ok(account);
    }
    store::rename(&mut tx, id, &label).await?;
    let event = Event::AccountRenamed {
        label: label.clone(),
    };
    let recorded = activity::record(&mut tx, app.clock.now(), id, &event, Some(&by)).await?;
    tx.commit().await?;
    app.events.publish(recorded);
    account.label = label;
    Ok(account)
}

/// Removes an account with its messages and events, after its session was
/// unlinked at WhatsApp and the session's data deleted.
///
/// # Errors
/// There is no such account for them, or its session cannot be ended.
pub async fn remove(
    app: &App,
    principal: &Principal,
    id: AccountId,
) -> Result<(), sessions::Error> {
    find(&mut *app.db.read().await?, principal, id).await?;
    let _leaving = app.sessions.remove(id).await?;

    let mut tx = app.db.begin().await?;
    find(&mut tx, principal, id).await?;
    // Its number comes from the ledger that goes with the account: listeners
    // see it as the next event and the last.
    let event = Event::AccountRemoved {};
    let recorded = events::record(&mut tx, app.clock.now(), id, &event).await?;
    store::delete(&mut tx, id).await?;
    tx.commit().await?;
    app.events.publish(recorded);
    tracing::info!(account.id = %id, "an account was removed");
    Ok(())
}
