use super::{Settings, store};
use crate::{App, http::ApiError, platform::db::Conn};
use whahook_contract::{
    ids::AccountId,
    receiving::{AppliedReceiving, ReceivingChanges, ReceivingView},
};

/// How an account receives; these are the server's settings.
///
/// # Errors
/// The database failed.
pub async fn applies(
    conn: &mut Conn,
    account: AccountId,
    server: &AppliedReceiving,
) -> sqlx::Result<AppliedReceiving> {
    Ok(store::find(conn, account).await?.over(server))
}

/// How an account receives, and what it is set to.
///
/// # Errors
/// The database failed.
pub async fn find(app: &App, account: AccountId) -> sqlx::Result<ReceivingView> {
    let mut conn = app.db.read().await?;
    let settings = store::find(&mut conn, account).await?;
    let history = store::history(&mut conn, account).await?;
    Ok(settings.view(&app.config.receiving.defaults, history))
}

pub(super) async fn change(
    app: &App,
    account: AccountId,
    changes: ReceivingChanges,
) -> Result<ReceivingView, ApiError> {
    let mut tx = app.db.begin().await?;
    let before: Settings = store::find(&mut tx, account).await?;
    let settings = before.changed(changes, app.media.largest())?;
    store::set(&mut tx, account, &settings).await?;
    let history = store::history(&mut tx, account).await?;
    tx.commit().await?;
    Ok(settings.view(&app.config.receiving.defaults, history))
}
