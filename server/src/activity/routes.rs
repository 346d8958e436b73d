//! `/api/accounts/{id}/activity` and `…/uptime`

use super::{service, uptime::Calendar};
use crate::{
    app::App,
    http::{
        ApiError, Id, Json, Query,
        auth::Principal,
        page::{Page, cut},
    },
};
use axum::extract::State;
use chrono::TimeDelta;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};
use whahook_contract::{
    activity::{ActivityView, UptimeView},
    ids::AccountId,
    key::Scope,
    list::List,
};

const DAYS: u64 = 30;
const MAX_DAYS: u64 = 366;
/// No clock on earth is further from UTC.
const MAX_OFFSET_MINUTES: i64 = 14 * 60;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(activity))
        .routes(routes!(uptime))
}

/// What happened to an account
///
/// Newest first: what its session was and for how long, why, and by whom; and
/// what became of the account itself.
#[utoipa::path(
    get, path = "/api/accounts/{id}/activity", tag = "accounts",
    security(("key" = ["read"]), ("cookie" = [])),
    params(("id" = AccountId, Path, description = "The account"), Page),
    responses(
        (status = 200, body = List<ActivityView>, description = "A page of entries"),
    ),
)]
async fn activity(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<AccountId>,
    Query(page): Query<Page>,
) -> Result<Json<List<ActivityView>>, ApiError> {
    principal.require(Scope::Read)?;
    let limit = page.limit()?;
    let before = page.cursor()?;
    let mut conn = app.db.read().await?;
    let found = service::list(&mut conn, &principal, id, before, limit + 1).await?;
    Ok(Json(cut(found, limit, |entry| entry.id.to_string())))
}

/// Which days are wanted.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// How many days, with today: 1 to 366; 30 unless given.
    #[param(minimum = 1, maximum = 366)]
    days: Option<u64>,
    /// Where the days of the calendar begin: minutes ahead of UTC, -840 to 840;
    /// 0 unless given. Quito is -300.
    #[param(minimum = -840, maximum = 840)]
    utc_offset_minutes: Option<i64>,
}

/// How much of the last days an account was connected
///
/// A server that was killed counts as down from the account's last sign of
/// life.
#[utoipa::path(
    get, path = "/api/accounts/{id}/uptime", tag = "accounts",
    security(("key" = ["read"]), ("cookie" = [])),
    params(("id" = AccountId, Path, description = "The account"), Wanted),
    responses(
        (status = 200, body = UptimeView, description = "Day by day, and the part in all"),
    ),
)]
async fn uptime(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<AccountId>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<UptimeView>, ApiError> {
    principal.require(Scope::Read)?;
    let days = wanted.days.unwrap_or(DAYS);
    if !(1..=MAX_DAYS).contains(&days) {
        return Err(ApiError::invalid("days", "days must be from 1 to 366."));
    }
    let minutes = wanted.utc_offset_minutes.unwrap_or_default();
    if !(-MAX_OFFSET_MINUTES..=MAX_OFFSET_MINUTES).contains(&minutes) {
        return Err(ApiError::invalid(
            "utc_offset_minutes",
            "utc_offset_minutes must be from -840 to 840.",
        ));
    }
    let calendar = Calendar {
        offset: TimeDelta::minutes(minutes),
    };
    let mut conn = app.db.read().await?;
    let now = app.clock.now();
    let view = service::uptime(&mut conn, &principal, id, days, calendar, now).await?;
    Ok(Json(view))
}
