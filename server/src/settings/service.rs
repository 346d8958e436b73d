use super::store;
use crate::app::App;
use whahook_contract::{
    ids::UserId,
    settings::{Language, SettingsChanges, SettingsView},
};

/// # Errors
/// The database failed.
pub async fn find(app: &App, user: UserId) -> sqlx::Result<SettingsView> {
    let (email_alerts, language) = store::find(&mut *app.db.read().await?, user).await?;
    Ok(SettingsView {
        email_alerts,
        language,
        email_available: app.config.alerts.mail.is_some(),
    })
}

/// # Errors
/// The database failed.
pub async fn change(
    app: &App,
    user: UserId,
    changes: &SettingsChanges,
) -> sqlx::Result<SettingsView> {
    let mut tx = app.db.begin().await?;
    store::change(&mut tx, user, changes).await?;
    tx.commit().await?;
    find(app, user).await
}

/// The person uses the page in a language: it is theirs from now on if they have
/// just `chosen` it, or if none is known yet.
///
/// # Errors
/// The database failed.
pub async fn speaks(app: &App, user: UserId, language: Language, chosen: bool) -> sqlx::Result<()> {
    let (_, known) = store::find(&mut *app.db.read().await?, user).await?;
    if known == Some(language) || (known.is_some() && !chosen) {
        return Ok(());
    }
    let changes = SettingsChanges {
        email_alerts: None,
        language: Some(language),
    };
    change(app, user, &changes).await.map(drop)
}
