//! The simulator's own interface: a table of contents.

mod errors;
mod faults;
mod page;
mod phones;
mod stats;
pub mod views;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, delete, get, post};
use axum::{Json, Router};

use self::errors::ApiError;
use crate::simulator::Control;
use crate::wire::connection;

/// Larger than any frame that a client may send.
const MAX_FRAME: usize = 17 << 20;
const BUFFER: usize = 8 << 10;
const MAX_BODY: usize = 1 << 20;

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
        .route("/phones", get(phones::list).post(phones::add))
        .route("/phones/{number}", get(phones::show))
        .route("/phones/{number}/scan", post(phones::scan))
        .route("/phones/{number}/pair", post(phones::pair))
        .route("/phones/{number}/passkey", post(phones::passkey))
        .route(
            "/phones/{number}/messages",
            get(phones::messages).post(phones::write),
        )
        .route("/phones/{number}/read", post(phones::read))
        .route("/phones/{number}/devices/{device}", delete(phones::unlink))
        .fallback(|| async { ApiError::not_found("there is nothing under this address") })
        .method_not_allowed_fallback(|| async { ApiError::method_not_allowed() })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(control)
}

async fn chat(State(control): State<Control>, upgrade: WebSocketUpgrade) -> Response {
    let network = control.network().clone();
    upgrade
        .max_message_size(MAX_FRAME)
        .max_frame_size(MAX_FRAME)
        // Of 128 KiB each by default: too much for a thousand clients that mostly wait.
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .on_upgrade(move |socket| connection::serve(network, socket))
        .into_response()
}
