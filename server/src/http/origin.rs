//! Whose page is asking. A browser sends the cookie along with requests that
//! other sites cause; their origin gives them away.

use super::error::ApiError;
use crate::{app::App, config::Config};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{
    HeaderMap, StatusCode,
    header::{AUTHORIZATION, ORIGIN},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this page's origin is not the server's APP_URL nor one of ALLOWED_ORIGINS")]
pub struct NotAllowed;

impl From<NotAllowed> for ApiError {
    fn from(error: NotAllowed) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "origin_not_allowed",
            format!(
                "Refused: {error}. Programs use an API key (`authorization: Bearer …`) instead \
                 of the cookie."
            ),
        )
    }
}

/// Whether a request that uses the cookie may: it comes from a page of this
/// server, or from no page at all. Browsers name the origin of whatever a page
/// of another site causes, in `Origin` or in `Sec-Fetch-Site`; neither can be
/// forged or left out by a page. A request with neither is a program's, which
/// holds the cookie because its person gave it.
///
/// # Errors
/// It comes from a page of another site.
pub fn check_origin(config: &Config, headers: &HeaderMap) -> Result<(), NotAllowed> {
    let own = match headers.get(ORIGIN) {
        Some(origin) => config.server.origins.allow(origin),
        None => headers
            .get("sec-fetch-site")
            .is_none_or(|site| site == "same-origin"),
    };
    if own { Ok(()) } else { Err(NotAllowed) }
}

/// Refuses requests of other sites' pages that would change something.
pub(super) async fn guard(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let headers = request.headers();
    // No page can make a browser add a key, and where there is one the cookie
    // is not looked at.
    let concerned = !request.method().is_safe() && !headers.contains_key(AUTHORIZATION);
    if concerned {
        check_origin(&app.config, headers)?;
    }
    Ok(next.run(request).await)
}
