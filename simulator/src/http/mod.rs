//! The simulator's own interface: a table of contents.

mod calls;
mod errors;
mod faults;
mod groups;
mod media;
mod page;
mod phones;
mod profile;
mod stats;
pub mod views;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, delete, get, post, put};
use axum::{Json, Router};

use self::errors::ApiError;
use crate::simulator::Control;
use crate::wire::connection;

/// Larger than any frame that a client may send.
const MAX_FRAME: usize = 17 << 20;
const BUFFER: usize = 8 << 10;
const MAX_BODY: usize = 1 << 20;
/// The largest media and what encryption and multipart add to it.
const MAX_MEDIA_BODY: usize = crate::state::media::MAX + (64 << 10);

pub fn router(control: Control) -> Router {
    Router::new()
        .route("/", get(page::index))
        .route("/assets/{name}", get(page::asset))
        .route("/ws/chat", any(chat))
        .route(
            "/live",
            get(|| async { Json(serde_json::json!({ "status": "ok" })) }),
        )
        .route(
            "/info",
            get(|State(control): State<Control>| async move { Json(control.info()) }),
        )
        .route("/stats", get(stats::show))
        .route("/faults", post(faults::make))
        .route("/groups", get(groups::list).post(groups::make))
        .route("/groups/{jid}", get(groups::show).patch(groups::rename))
        .route("/groups/{jid}/participants", post(groups::change))
        .route(
            "/groups/{jid}/picture",
            put(groups::set_picture).delete(groups::remove_picture),
        )
        .route("/phones", get(phones::list).post(phones::add))
        .route("/phones/{number}", get(phones::show).patch(profile::rename))
        .route(
            "/phones/{number}/picture",
            put(profile::set_picture).delete(profile::remove_picture),
        )
        .route("/phones/{number}/calls", post(calls::begin))
        .route("/phones/{number}/calls/{id}", delete(calls::hang_up))
        .route(
            "/phones/{number}/presence",
            get(phones::presence).post(phones::show_presence),
        )
        .route("/phones/{number}/scan", post(phones::scan))
        .route("/phones/{number}/pair", post(phones::pair))
        .route("/phones/{number}/passkey", post(phones::passkey))
        .route(
            "/phones/{number}/messages",
            get(phones::messages)
                .post(phones::write)
                .layer(DefaultBodyLimit::max(MAX_MEDIA_BODY)),
        )
        .route("/phones/{number}/messages/{id}/media", get(media::show))
        .route(
            "/phones/{number}/messages/{id}/again",
            post(phones::send_again),
        )
        .route(
            "/mms/{kind}/{token}",
            post(media::upload)
                .put(media::upload)
                .layer(DefaultBodyLimit::max(MAX_MEDIA_BODY)),
        )
        .route("/v/t62/{token}", get(media::download))
        .route("/phones/{number}/read", post(phones::read))
        .route("/phones/{number}/devices/{device}", delete(phones::unlink))
        .fallback(|| async { ApiError::not_found("there is nothing under this address") })
        .method_not_allowed_fallback(|| async { ApiError::method_not_allowed() })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(control)
}

async fn chat(
    State(control): State<Control>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let network = control.network().clone();
    // A client reaches the media where it reached this, whatever address is bound.
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.map_or_else(|| control.address().to_string(), ToOwned::to_owned);
    upgrade
        .max_message_size(MAX_FRAME)
        .max_frame_size(MAX_FRAME)
        // Of 128 KiB each by default: too much for a thousand clients that mostly wait.
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .on_upgrade(move |socket| connection::serve(network, socket, host))
        .into_response()
}
