//! `/docs`: the API's description to read and try, without the internet.

use super::security::no_store;
use crate::app::App;
use axum::{Router, extract::Request, middleware, middleware::Next, response::Response};
use http::{HeaderValue, header::CONTENT_SECURITY_POLICY};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// The viewer sets styles on elements and draws icons from data URLs.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
);

pub(super) fn router() -> Router<App> {
    let viewer = SwaggerUi::new("/docs").config(
        Config::from("/openapi.json")
            .persist_authorization(false)
            .try_it_out_enabled(true)
            // Without the bar to load descriptions from elsewhere.
            .use_base_layout()
            .validator_url("none"),
    );
    Router::from(viewer)
        .layer(middleware::from_fn(policy))
        .layer(middleware::from_fn(no_store))
}

async fn policy(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .insert(CONTENT_SECURITY_POLICY, POLICY);
    response
}
