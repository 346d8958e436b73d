//! `/api/keys`

use super::{Error, service};
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
    ids::KeyId,
    key::{CreatedKey, KeyView, NewKey},
    list::List,
};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create, list))
        .routes(routes!(revoke))
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(invalid) => invalid.into(),
            Error::NotFound => extract::not_found::<KeyId>(),
            Error::Database(error) => error.into(),
        }
    }
}

/// Make an API key
///
/// The answer is the only time the key itself is shown.
#[utoipa::path(
    post, path = "/api/keys", tag = "keys", security(("cookie" = [])),
    request_body = NewKey,
    responses(
        (status = 201, body = CreatedKey, description = "The key, shown this once"),
    ),
)]
async fn create(
    State(app): State<App>,
    principal: Principal,
    Json(new): Json<NewKey>,
) -> Result<(StatusCode, Json<CreatedKey>), ApiError> {
    principal.require_cookie()?;
    let (key, secret) = service::create(&app, &principal, &new).await?;
    let created = CreatedKey {
        key: secret,
        view: key.view(),
    };
    Ok((StatusCode::CREATED, Json(created)))
}

/// List API keys
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/keys", tag = "keys", security(("cookie" = [])),
    params(Page),
    responses(
        (status = 200, body = List<KeyView>, description = "A page of keys"),
    ),
)]
async fn list(
    State(app): State<App>,
    principal: Principal,
    Query(page): Query<Page>,
) -> Result<Json<List<KeyView>>, ApiError> {
    principal.require_cookie()?;
    let limit = page.limit()?;
    let keys = service::list(&app, principal.user_id, page.cursor()?, limit + 1).await?;
    let views = keys.iter().map(super::Key::view).collect();
    Ok(Json(cut(views, limit, |key: &KeyView| key.id.to_string())))
}

/// Revoke an API key
#[utoipa::path(
    delete, path = "/api/keys/{id}", tag = "keys", security(("cookie" = [])),
    params(("id" = KeyId, Path, description = "The key")),
    responses(
        (status = 204, description = "It works no more"),
    ),
)]
async fn revoke(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<KeyId>,
) -> Result<StatusCode, ApiError> {
    principal.require_cookie()?;
    service::revoke(&app, principal.user_id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
