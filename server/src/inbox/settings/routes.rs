//! `/api/accounts/{id}/receiving`

use super::service;
use crate::{
    App, accounts,
    http::{ApiError, Id, Json, auth::Principal},
};
use axum::extract::State;
use utoipa_axum::{router::OpenApiRouter, routes};
use whahook_contract::{
    ids::AccountId,
    key::Scope,
    receiving::{ReceivingChanges, ReceivingView},
};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(find, change))
}

/// Read how an account receives
///
/// Which files it fetches from WhatsApp.
#[utoipa::path(
    get, path = "/api/accounts/{id}/receiving", tag = "accounts",
    operation_id = "account_receiving",
    security(("key" = ["read"]), ("cookie" = [])),
    params(("id" = AccountId, Path, description = "The account")),
    responses((status = 200, body = ReceivingView, description = "How it receives")),
)]
async fn find(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<AccountId>,
) -> Result<Json<ReceivingView>, ApiError> {
    accounts::routes::own(&app, &principal, id, Scope::Read).await?;
    Ok(Json(service::find(&app, id).await?))
}

/// Change how an account receives
///
/// What is left out stays as it is; `null` goes back to the server's default. It
/// holds for what comes from now on.
#[utoipa::path(
    patch, path = "/api/accounts/{id}/receiving", tag = "accounts",
    operation_id = "change_account_receiving",
    security(("key" = ["admin"]), ("cookie" = [])),
    params(("id" = AccountId, Path, description = "The account")),
    request_body = ReceivingChanges,
    responses((status = 200, body = ReceivingView, description = "How it receives from now on")),
)]
async fn change(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<AccountId>,
    Json(changes): Json<ReceivingChanges>,
) -> Result<Json<ReceivingView>, ApiError> {
    accounts::routes::own(&app, &principal, id, Scope::Admin).await?;
    Ok(Json(service::change(&app, id, changes).await?))
}
