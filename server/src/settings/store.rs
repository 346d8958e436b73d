use crate::platform::db::Conn;
use whahook_contract::{
    ids::UserId,
    settings::{Language, SettingsChanges},
};

/// Whether the person wants e-mails, and in which language.
pub async fn find(conn: &mut Conn, user: UserId) -> sqlx::Result<(bool, Option<Language>)> {
    let (email_alerts, language): (i32, Option<String>) =
        sqlx::query_as("SELECT email_alerts, language FROM users WHERE id = $1")
            .bind(user.to_string())
            .fetch_one(conn)
            .await?;
    let language = language.as_deref().and_then(Language::from_code);
    Ok((email_alerts != 0, language))
}

pub async fn change(conn: &mut Conn, user: UserId, changes: &SettingsChanges) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE users SET email_alerts = COALESCE($2, email_alerts), \
         language = COALESCE($3, language) WHERE id = $1",
    )
    .bind(user.to_string())
    .bind(changes.email_alerts.map(i32::from))
    .bind(changes.language.map(Language::code))
    .execute(conn)
    .await
    .map(drop)
}
