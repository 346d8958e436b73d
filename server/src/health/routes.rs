//! `/live`, `/ready`, `/health`, `/metrics`

use super::{
    checks::{self, Check},
    store,
};
use crate::{
    app::App,
    http::{ApiError, Json, address::ClientAddress},
    platform::telemetry,
};
use axum::{extract::State, response::IntoResponse};
use http::{
    HeaderMap, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use serde::Serialize;
use std::collections::BTreeMap;
use subtle::ConstantTimeEq;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use whahook_contract::{error::ErrorBody, message::MessageStatus, session::Status};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(live))
        .routes(routes!(ready))
        .routes(routes!(health))
        .routes(routes!(metrics))
}

/// The process answers.
#[derive(Debug, Serialize, ToSchema)]
struct Live {
    /// Always `ok`: a process that hangs does not answer.
    status: &'static str,
}

/// Whether it can work.
#[derive(Debug, Serialize, ToSchema)]
struct Ready {
    /// `ok`, `failing` or `stopping`
    status: &'static str,
    /// Everything that was tried, with what fails.
    checks: Vec<Check>,
}

/// Whether it can work, and what it does.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// `ok`, `failing` or `stopping`
    status: &'static str,
    /// WhaHook's version.
    version: &'static str,
    /// For how many seconds it has been running.
    uptime_seconds: i64,
    /// How many sessions are in each state; `null` while the database fails.
    sessions: Option<BTreeMap<String, i64>>,
    /// Everything that was tried, with what fails.
    checks: Vec<Check>,
}

/// Is the process alive
#[utoipa::path(
    get, path = "/live", tag = "health", security(()),
    responses((status = 200, body = Live, description = "It is alive")),
)]
async fn live() -> Json<Live> {
    Json(Live { status: "ok" })
}

/// Can it work
///
/// Tries the database, the volume, and Redis where it is configured.
#[utoipa::path(
    get, path = "/ready", tag = "health", security(()),
    responses(
        (status = 200, body = Ready, description = "It can work"),
        (status = 503, body = Ready, description = "`checks` names what fails"),
    ),
)]
async fn ready(State(app): State<App>) -> (StatusCode, Json<Ready>) {
    let checks = checks::run(&app).await;
    let (code, status) = verdict(&app, &checks);
    (code, Json(Ready { status, checks }))
}

/// How is it
///
/// All of `/ready` with the version and the number of sessions in each state.
#[utoipa::path(
    get, path = "/health", tag = "health", security(()),
    responses(
        (status = 200, body = Health, description = "It can work"),
        (status = 503, body = Health, description = "`checks` names what fails"),
    ),
)]
async fn health(State(app): State<App>) -> (StatusCode, Json<Health>) {
    let checks = checks::run(&app).await;
    let (code, status) = verdict(&app, &checks);
    let sessions = if checks
        .iter()
        .any(|check| check.name == "database" && check.ok)
    {
        sessions_by_status(&app).await.ok()
    } else {
        None
    };
    let health = Health {
        status,
        version: env!("CARGO_PKG_VERSION"),
        uptime_seconds: (app.clock.now() - app.started_at).num_seconds(),
        sessions,
        checks,
    };
    (code, Json(health))
}

/// Figures for Prometheus
///
/// Open to programs on this machine; to others with `METRICS_TOKEN` as
/// `Authorization: Bearer …`.
#[utoipa::path(
    get, path = "/metrics", tag = "health", security(("key" = []), ()),
    responses(
        (status = 200, body = String, content_type = "text/plain", description = "Figures as Prometheus reads them"),
        (status = 403, body = ErrorBody, description = "`metrics_not_allowed`: they are for this machine, or for those who have the token"),
        (status = 500, body = ErrorBody, description = "`internal`: our mistake"),
        (status = 503, body = ErrorBody, description = "`database_unavailable`: try again after `retry-after`"),
    ),
)]
async fn metrics(
    State(app): State<App>,
    address: ClientAddress,
    headers: HeaderMap,
) -> Result<impl IntoResponse, ApiError> {
    if !may_read_metrics(&app, address, &headers) {
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "metrics_not_allowed",
            "Metrics are for programs on this machine, or for those that send METRICS_TOKEN as \
             `authorization: Bearer …`.",
        ));
    }
    for (status, count) in sessions_by_status(&app).await? {
        metrics::gauge!("whahook_sessions", "status" => status).set(number(count));
    }
    measure_queue(&app).await?;
    let uptime = (app.clock.now() - app.started_at).as_seconds_f64();
    metrics::gauge!("whahook_uptime_seconds").set(uptime);
    let text = telemetry::render_metrics();
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4")], text))
}

async fn measure_queue(app: &App) -> sqlx::Result<()> {
    let mut conn = app.db.read().await?;
    let waiting = store::queue(&mut conn).await?;
    for status in [MessageStatus::Queued, MessageStatus::Sending] {
        let count = waiting
            .iter()
            .find_map(|(code, count)| (code == status.code()).then_some(*count));
        metrics::gauge!("whahook_outbox_messages", "status" => status.code())
            .set(number(count.unwrap_or_default()));
    }
    let now = app.clock.now();
    let oldest = store::oldest_due(&mut conn, now).await?;
    let age = oldest.map_or(0.0, |due| (now - due).as_seconds_f64());
    metrics::gauge!("whahook_outbox_oldest_due_seconds").set(age);
    Ok(())
}

fn number(count: i64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn may_read_metrics(app: &App, address: ClientAddress, headers: &HeaderMap) -> bool {
    let Some(token) = &app.config.metrics.token else {
        return address.is_this_machine();
    };
    let expected = format!("Bearer {}", token.expose());
    headers
        .get(AUTHORIZATION)
        .is_some_and(|given| given.as_bytes().ct_eq(expected.as_bytes()).into())
}

fn verdict(app: &App, checks: &[Check]) -> (StatusCode, &'static str) {
    if app.is_stopping() {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping")
    } else if checks.iter().all(|check| check.ok) {
        (StatusCode::OK, "ok")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "failing")
    }
}

/// Every state is there, also those without sessions: a figure that is missing
/// looks to a monitor like one that did not change.
async fn sessions_by_status(app: &App) -> sqlx::Result<BTreeMap<String, i64>> {
    let mut all: BTreeMap<String, i64> = Status::ALL
        .iter()
        .map(|status| (status.code().to_owned(), 0))
        .collect();
    all.extend(store::sessions_by_status(&mut *app.db.read().await?).await?);
    Ok(all)
}
