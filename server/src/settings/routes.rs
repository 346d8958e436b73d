//! `/api/me/settings`

use super::service;
use crate::{
    app::App,
    http::{ApiError, Json, auth::Principal},
};
use axum::extract::State;
use utoipa_axum::{router::OpenApiRouter, routes};
use whahook_contract::{
    key::Scope,
    settings::{SettingsChanges, SettingsView},
};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(find, change))
}

/// Read your settings
#[utoipa::path(
    get, path = "/api/me/settings", tag = "settings",
    security(("key" = ["read"]), ("cookie" = [])),
    responses((status = 200, body = SettingsView, description = "Your settings")),
)]
async fn find(
    State(app): State<App>,
    principal: Principal,
) -> Result<Json<SettingsView>, ApiError> {
    principal.require(Scope::Read)?;
    Ok(Json(service::find(&app, principal.user_id).await?))
}

/// Change your settings
///
/// What is left out stays as it is.
#[utoipa::path(
    patch, path = "/api/me/settings", tag = "settings",
    security(("key" = ["admin"]), ("cookie" = [])),
    request_body = SettingsChanges,
    responses((status = 200, body = SettingsView, description = "Your settings")),
)]
async fn change(
    State(app): State<App>,
    principal: Principal,
    Json(changes): Json<SettingsChanges>,
) -> Result<Json<SettingsView>, ApiError> {
    principal.require(Scope::Admin)?;
    let view = service::change(&app, principal.user_id, &changes).await?;
    Ok(Json(view))
}
