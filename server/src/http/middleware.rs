//! What happens to every request: an id, a span, figures, an end in time.

use super::{error::ApiError, form};
use crate::{app::App, platform::ids::Ids};
use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, Method, StatusCode};
use std::{any::Any, time::Duration};
use tokio::time::Instant;
use tower_http::request_id::{MakeRequestId, RequestId};
use tracing::{Instrument, field::Empty};

/// An answer takes milliseconds; what takes longer than this has gone wrong.
const TIMEOUT: Duration = Duration::from_secs(30);
/// A file takes as long as its line is slow; one that stands still is given up
/// where it is read.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(3_600);
const MAX_REQUEST_ID: usize = 64;

/// Gives ids to requests that come without one.
#[derive(Clone)]
pub(super) struct RequestIds(pub Ids);

impl MakeRequestId for RequestIds {
    fn make_request_id<B>(&mut self, _: &http::Request<B>) -> Option<RequestId> {
        HeaderValue::try_from(self.0.uuid().to_string())
            .ok()
            .map(RequestId::new)
    }
}

/// Ids from outside end up in our logs: only plain ones are taken over.
pub(super) async fn drop_odd_request_id(mut request: Request, next: Next) -> Response {
    let plain = |value: &HeaderValue| {
        value.len() <= MAX_REQUEST_ID
            && value
                .as_bytes()
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte))
    };
    let headers = request.headers_mut();
    if headers.get("x-request-id").is_some_and(|id| !plain(id)) {
        headers.remove("x-request-id");
    }
    next.run(request).await
}

/// Every line that is logged for a request carries its id; the last one says
/// how it went. Paths are logged as templates: ids in them are in the span.
pub(super) async fn trace(request: Request, next: Next) -> Response {
    let id = request
        .headers()
        .get("x-request-id")
        .and_then(|id| id.to_str().ok())
        .unwrap_or_default();
    let span = tracing::info_span!(
        "request",
        request.id = id,
        http.method = %request.method(),
        http.path = request.uri().path(),
        user.id = Empty,
    );
    async move {
        let started = Instant::now();
        let response = next.run(request).await;
        tracing::debug!(
            http.status = response.status().as_u16(),
            duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            "answered"
        );
        response
    }
    .instrument(span)
    .await
}

/// Counts and times requests by route.
pub(super) async fn measure(request: Request, next: Next) -> Response {
    let route = match request.extensions().get::<MatchedPath>() {
        Some(path) => path.as_str().to_owned(),
        None => "other".to_owned(),
    };
    let method = method_label(request.method());
    let started = Instant::now();
    let response = next.run(request).await;
    let labels = [
        ("method", method.to_owned()),
        ("route", route),
        ("status", response.status().as_u16().to_string()),
    ];
    metrics::counter!("whahook_http_requests_total", &labels).increment(1);
    metrics::histogram!("whahook_http_request_duration_seconds", &labels[..2])
        .record(started.elapsed());
    response
}

/// Clients may make up methods; labels must not multiply.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

pub(super) async fn timeout(request: Request, next: Next) -> Response {
    let within = if form::is_multipart(request.headers()) {
        UPLOAD_TIMEOUT
    } else {
        TIMEOUT
    };
    tokio::time::timeout(within, next.run(request))
        .await
        .unwrap_or_else(|_| {
            ApiError::unavailable(
                "timeout",
                "The answer took too long and was given up.",
                "the handler's time ran out",
            )
            .into_response()
        })
}

/// Nothing new begins while the server stops.
pub(super) async fn refuse_when_stopping(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    if app.is_stopping() && !request.method().is_safe() {
        return ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "stopping",
            "The server is stopping. Try again in a moment.",
        )
        .retry_after(Duration::from_secs(2))
        .into_response();
    }
    next.run(request).await
}

/// A panic ends one request, not the process.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature is tower-http's"
)]
pub(super) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without words");
    ApiError::internal(format!("panic: {text}")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, body::Body, routing::get};
    use http_body_util::BodyExt;
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    #[tokio::test]
    async fn a_panic_is_an_error_like_any_other_and_keeps_its_words_to_itself() {
        async fn broken() {
            panic!("the secret of the inside")
        }
        let router: Router = Router::new()
            .route("/", get(broken))
            .layer(CatchPanicLayer::custom(panicked));
        let request = Request::builder().uri("/").body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(
            body.contains("\"internal\"") && !body.contains("secret"),
            "{body}"
        );
    }
}
