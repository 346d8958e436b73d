//! `/api/accounts`

use super::{Account, Error, service};
use crate::{
    app::App,
    http::{
        ApiError, Id, Json, Query,
        auth::Principal,
        extract,
        page::{Page, cut},
    },
};
use axum::extract::State;
use http::StatusCode;
use utoipa_axum::{router::OpenApiRouter, routes};
use whahook_contract::{
    account::{AccountChanges, AccountView, NewAccount},
    ids::AccountId,
    key::Scope,
    list::List,
};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create, list))
        .routes(routes!(find, change, remove))
}

/// The account, if it is the caller's and their key has the scope. Every handler
/// and every socket command that names an account begins with this.
///
/// # Errors
/// 403 for the scope, 404 for the account.
pub async fn own(
    app: &App,
    principal: &Principal,
    id: AccountId,
    scope: Scope,
) -> Result<Account, ApiError> {
    principal.require(scope)?;
    Ok(service::find(&mut *app.db.glance().await?, principal, id).await?)
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(invalid) => invalid.into(),
            Error::NotFound(_) => extract::not_found::<AccountId>(),
            Error::Database(error) => error.into(),
        }
    }
}

/// Create an account
///
/// It is not linked yet: `POST /api/accounts/{id}/session` shows the QR.
#[utoipa::path(
    post, path = "/api/accounts", tag = "accounts",
    security(("key" = ["admin"]), ("cookie" = [])),
    request_body = NewAccount,
    responses((status = 201, body = AccountView, description = "The account")),
)]
async fn create(
    State(app): State<App>,
    principal: Principal,
    Json(new): Json<NewAccount>,
) -> Result<(StatusCode, Json<AccountView>), ApiError> {
    principal.require(Scope::Admin)?;
    let account = service::create(&app, &principal, &new.label).await?;
    Ok((StatusCode::CREATED, Json(account.view())))
}

/// List accounts
///
/// Your own, oldest first.
#[utoipa::path(
    get, path = "/api/accounts", tag = "accounts",
    security(("key" = ["read"]), ("cookie" = [])),
    params(Page),
    responses((status = 200, body = List<AccountView>, description = "A page of accounts")),
)]
async fn list(
    State(app): State<App>,
    principal: Principal,
    Query(page): Query<Page>,
) -> Result<Json<List<AccountView>>, ApiError> {
    principal.require(Scope::Read)?;
    let limit = page.limit()?;
    let after = page.cursor()?;
    let mut conn = app.db.read().await?;
    let accounts = service::list(&mut conn, &principal, after, limit + 1).await?;
    let views = accounts.iter().map(Account::view).collect();
    Ok(Json(cut(views, limit, |view: &AccountView| {
        view.id.to_string()
    })))
}

/// Read an account
#[utoipa::path(
    get, path = "/api/accounts/{id}", tag = "accounts",
    security(("key" = ["read"]), ("cookie" = [])),
    params(("id" = AccountId, Path, description = "The account")),
    responses(
        (status = 200, body = AccountView, description = "The account"),
    ),
)]
async fn find(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<AccountId>,
) -> Result<Json<AccountView>, ApiError> {
    principal.require(Scope::Read)?;
    let account = service::find(&mut *app.db.read().await?, &principal, id).await?;
    Ok(Json(account.view()))
}

/// Rename an account
#[utoipa::path(
    patch, path = "/api/accounts/{id}", tag = "accounts",
    security(("key" = ["admin"]), ("cookie" = [])),
    params(("id" = AccountId, Path, description = "The account")),
    request_body = AccountChanges,
    responses(
        (status = 200, body = AccountView, description = "The account"),
    ),
)]
async fn change(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<AccountId>,
    Json(changes): Json<AccountChanges>,
) -> Result<Json<AccountView>, ApiError> {
    principal.require(Scope::Admin)?;
    let account = match changes.label {
        Some(label) => service::rename(&app, &principal, id, &label).await?,
        None => service::find(&mut *app.db.read().await?, &principal, id).await?,
    };
    Ok(Json(account.view()))
}

/// Remove an account
///
/// Its session is unlinked at WhatsApp, and its data, messages and events are
/// deleted.
#[utoipa::path(
    delete, path = "/api/accounts/{id}", tag = "accounts",
    security(("key" = ["admin"]), ("cookie" = [])),
    params(("id" = AccountId, Path, description = "The account")),
    responses(
        (status = 204, description = "It is gone"),
    ),
)]
async fn remove(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<AccountId>,
) -> Result<StatusCode, ApiError> {
    principal.require(Scope::Admin)?;
    service::remove(&app, &principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
