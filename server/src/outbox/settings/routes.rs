//! `/api/accounts/{id}/settings`

use crate::{
    App, accounts,
    http::{ApiError, Id, Json, auth::Principal},
};
use axum::extract::State;
use utoipa_axum::{router::OpenApiRouter, routes};
use whahook_contract::{
    ids::AccountId,
    key::Scope,
    limits::{AccountSettingsChanges, AccountSettingsView},
};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(find, change))
}

/// Read how an account sends
///
/// Its limits, pacing and window for duplicates.
#[utoipa::path(
    get, path = "/api/accounts/{id}/settings", tag = "accounts",
    operation_id = "account_settings",
    security(("key" = ["read"]), ("cookie" = [])),
    params(("id" = AccountId, Path, description = "The account")),
    responses((status = 200, body = AccountSettingsView, description = "How it sends")),
)]
async fn find(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<AccountId>,
) -> Result<Json<AccountSettingsView>, ApiError> {
    accounts::routes::own(&app, &principal, id, Scope::Read).await?;
    Ok(Json(app.outbox.settings(id).await?))
}

/// Change how an account sends
///
/// What is left out stays as it is; `null` goes back to the server's default.
/// Messages that wait for a limit that was raised or switched off go at once.
#[utoipa::path(
    patch, path = "/api/accounts/{id}/settings", tag = "accounts",
    operation_id = "change_account_settings",
    security(("key" = ["admin"]), ("cookie" = [])),
    params(("id" = AccountId, Path, description = "The account")),
    request_body = AccountSettingsChanges,
    responses((status = 200, body = AccountSettingsView, description = "How it sends from now on")),
)]
async fn change(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<AccountId>,
    Json(changes): Json<AccountSettingsChanges>,
) -> Result<Json<AccountSettingsView>, ApiError> {
    accounts::routes::own(&app, &principal, id, Scope::Admin).await?;
    let changed = app.outbox.change_settings(&app.doorbell, id, &changes);
    Ok(Json(changed.await?))
}
