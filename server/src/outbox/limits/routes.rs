//! `/api/accounts/{id}/limits`
#![expect(unused_qualifications, reason = "utoipa's macro writes them")]

use crate::{
    App, accounts,
    http::{ApiError, Id, Json, Query, auth::Principal},
};
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use whahook_contract::{ids::AccountId, key::Scope, limits::LimitsView};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(gauges))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct OfChat {
    /// The chat whose limits are wanted, in a form of `to`; the one that has used
    /// the most when absent.
    #[param(example = "+6287733760363")]
    to: Option<String>,
}

/// Read how much of the limits is used
///
/// Counted now, over the same rolling windows by which messages wait.
#[utoipa::path(
    get, path = "/api/accounts/{id}/limits", tag = "accounts",
    operation_id = "account_limits",
    security(("key" = ["read"]), ("cookie" = [])),
    params(("id" = AccountId, Path, description = "The account"), OfChat),
    responses((status = 200, body = LimitsView, description = "One gauge for each limit")),
)]
async fn gauges(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<AccountId>,
    Query(of): Query<OfChat>,
) -> Result<Json<LimitsView>, ApiError> {
    let account = accounts::routes::own(&app, &principal, id, Scope::Read).await?;
    let chat = match of.to {
        Some(to) => {
            let to = app.outbox.recipient(account.phone_number.as_deref(), &to)?;
            Some(app.outbox.as_known(account.user_id, to).await?.jid)
        }
        None => None,
    };
    let gauges = app.outbox.gauges(account.user_id, id, chat).await?;
    Ok(Json(gauges))
}
