//! The table of contents: what answers where.

use super::{
    docs, edge,
    error::ApiError,
    middleware::{
        RequestIds, drop_odd_request_id, measure, panicked, refuse_when_stopping, timeout, trace,
    },
    openapi, origin, security,
};
use crate::{
    accounts, activity, app::App, bulk, chats, conversations, events, health, inbox, keys, media,
    outbox, pages, realtime, sessions, settings, users, webhooks,
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{StatusCode, header::CONTENT_TYPE},
    middleware::{from_fn, from_fn_with_state},
    response::IntoResponse,
    routing::{any, get},
};
use std::sync::OnceLock;
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    request_id::{PropagateRequestIdLayer, SetRequestIdLayer},
};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

const MAX_BODY: usize = 1 << 20;

/// The routes that the API's description covers.
pub(super) fn api() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::Description::openapi())
        .merge(users::routes::router())
        .merge(settings::routes::router())
        .merge(keys::routes::router())
        .merge(accounts::routes::router())
        .merge(activity::routes::router())
        .merge(sessions::routes::router())
        .merge(outbox::routes::router())
        .merge(bulk::routes::router())
        .merge(media::routes::router())
        .merge(chats::routes::router())
        .merge(events::routes::router())
        .merge(webhooks::routes::router())
        .merge(conversations::routes::router())
        .merge(inbox::routes::router())
        .merge(health::routes::router())
}

pub(crate) fn router(app: &App) -> Router {
    let (api, _) = api().split_for_parts();
    let api = api
        .route("/api", any(not_found))
        .route("/api/", any(not_found))
        .route("/api/{*rest}", any(not_found))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(
            ServiceBuilder::new()
                .layer(from_fn(security::no_store))
                .layer(from_fn(edge::tell))
                .layer(from_fn_with_state(app.clone(), refuse_when_stopping))
                .layer(from_fn_with_state(app.clone(), origin::guard))
                .layer(from_fn(timeout))
                .layer(DefaultBodyLimit::max(MAX_BODY)),
        );
    Router::new()
        .merge(api)
        .merge(docs::router())
        .merge(pages::router(app))
        .route("/openapi.json", get(description))
        .fallback(not_found)
        .layer(from_fn(measure))
        .layer(realtime::layer(app))
        .layer(
            ServiceBuilder::new()
                .layer(from_fn(drop_odd_request_id))
                .layer(SetRequestIdLayer::x_request_id(RequestIds(app.ids.clone())))
                .layer(PropagateRequestIdLayer::x_request_id())
                .layer(from_fn(trace))
                .layer(from_fn_with_state(app.clone(), security::headers))
                .layer(CompressionLayer::new())
                .layer(CatchPanicLayer::custom(panicked)),
        )
        .with_state(app.clone())
}

async fn description() -> Result<impl IntoResponse, ApiError> {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = match TEXT.get() {
        Some(text) => text,
        None => {
            let text = openapi::text().map_err(ApiError::internal)?;
            TEXT.get_or_init(|| text)
        }
    };
    Ok(([(CONTENT_TYPE, "application/json")], text.as_str()))
}

pub(crate) async fn not_found(request: Request) -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        "not_found",
        format!("Nothing answers at {}.", request.uri().path()),
    )
}

async fn method_not_allowed(request: Request) -> ApiError {
    ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        format!(
            "{} does not take {}.",
            request.uri().path(),
            request.method()
        ),
    )
}
