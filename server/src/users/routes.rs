//! `/api/auth`

use super::{
    Error,
    model::NewUser,
    service::{self, SignedIn},
};
use crate::{
    app::App,
    http::{
        ApiError, Json,
        address::ClientAddress,
        auth::{self, COOKIE_NAME, Principal},
        edge::Stranger,
    },
};
use axum::{extract::State, response::IntoResponse};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use http::{HeaderMap, StatusCode};
use time::Duration;
use utoipa_axum::{router::OpenApiRouter, routes};
use whahook_contract::{
    auth::{Login, Registration, UserView},
    error::ErrorBody,
    key::Scope,
};

/// Browsers keep no cookie for longer. How long it works is the server's matter.
const COOKIE_AGE: Duration = Duration::days(400);

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(register))
        .routes(routes!(login))
        .routes(routes!(logout))
        .routes(routes!(me))
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(invalid) => invalid.into(),
            Error::EmailTaken => Self::new(
                StatusCode::CONFLICT,
                "email_taken",
                "Somebody with this e-mail address is registered already.",
            ),
            Error::SignupClosed => Self::new(
                StatusCode::FORBIDDEN,
                "signup_closed",
                "Sign-up is closed. Ask the person who runs this server.",
            ),
            Error::InvalidCredentials => Self::new(
                StatusCode::UNAUTHORIZED,
                "invalid_credentials",
                "The e-mail address or the password is wrong.",
            ),
            Error::TooManyAttempts(wait) => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_attempts",
                "Too many attempts. Wait and try again.",
            )
            .retry_after(wait),
            Error::Hash(_) => Self::internal(error),
            Error::Database(error) => error.into(),
        }
    }
}

/// Register
///
/// Also signs the browser in. Whether it is allowed is the setting `SIGNUP`;
/// the first person becomes admin.
#[utoipa::path(
    post, path = "/api/auth/register", tag = "sign-in", security(()),
    request_body = Registration,
    responses(
        (status = 201, body = UserView, description = "Registered, and signed in", headers(("set-cookie" = String, description = "`whahook_session`"))),
        (status = 403, body = ErrorBody, description = "`signup_closed`"),
        (status = 409, body = ErrorBody, description = "`email_taken`"),
        (status = 429, body = ErrorBody, description = "`too_many_attempts`: wait before you sign in again"),
    ),
)]
async fn register(
    State(app): State<App>,
    _: Stranger,
    address: ClientAddress,
    headers: HeaderMap,
    jar: CookieJar,
    Json(new): Json<Registration>,
) -> Result<impl IntoResponse, ApiError> {
    let new = NewUser::parse(&new.email, new.password, &new.name)?;
    let old = auth::cookie_hash(&headers);
    let signed_in = service::register(&app, new, address.network(), old.as_deref()).await?;
    Ok((StatusCode::CREATED, answer(&app, jar, signed_in)))
}

/// Sign in
///
/// The browser gets a new token; the one it had stops working.
#[utoipa::path(
    post, path = "/api/auth/login", tag = "sign-in", security(()),
    request_body = Login,
    responses(
        (status = 200, body = UserView, description = "Signed in", headers(("set-cookie" = String, description = "`whahook_session`"))),
        (status = 401, body = ErrorBody, description = "`invalid_credentials`"),
        (status = 429, body = ErrorBody, description = "`too_many_attempts`: wait before you sign in again"),
    ),
)]
async fn login(
    State(app): State<App>,
    _: Stranger,
    address: ClientAddress,
    headers: HeaderMap,
    jar: CookieJar,
    Json(login): Json<Login>,
) -> Result<impl IntoResponse, ApiError> {
    let old = auth::cookie_hash(&headers);
    let Login { email, password } = login;
    let signed_in =
        service::login(&app, &email, password, address.network(), old.as_deref()).await?;
    Ok(answer(&app, jar, signed_in))
}

/// Sign out
#[utoipa::path(
    post, path = "/api/auth/logout", tag = "sign-in", security(("cookie" = []), ()),
    responses((status = 204, description = "Signed out, or was not signed in")),
)]
async fn logout(
    State(app): State<App>,
    _: Stranger,
    headers: HeaderMap,
    jar: CookieJar,
) -> Result<impl IntoResponse, ApiError> {
    if let Some(token_hash) = auth::cookie_hash(&headers) {
        service::logout(&app, &token_hash).await?;
    }
    let gone = cookie(&app, String::new(), Duration::ZERO);
    Ok((StatusCode::NO_CONTENT, jar.add(gone)))
}

/// Who am I
///
/// The signed-in person, or the owner of the API key.
#[utoipa::path(
    get, path = "/api/auth/me", tag = "sign-in",
    security(("key" = ["read"]), ("cookie" = [])),
    responses((status = 200, body = UserView, description = "Who it is")),
)]
async fn me(State(app): State<App>, principal: Principal) -> Result<Json<UserView>, ApiError> {
    principal.require(Scope::Read)?;
    let user = service::find(&mut *app.db.read().await?, principal.user_id).await?;
    let user = user.ok_or(auth::Error::NotSignedIn)?;
    Ok(Json(user.view()))
}

fn answer(app: &App, jar: CookieJar, signed_in: SignedIn) -> (CookieJar, Json<UserView>) {
    let view = signed_in.user.view();
    let jar = jar.add(cookie(app, signed_in.token, COOKIE_AGE));
    (jar, Json(view))
}

fn cookie(app: &App, token: String, age: Duration) -> Cookie<'static> {
    Cookie::build((COOKIE_NAME, token))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(app.config.server.is_https())
        .max_age(age)
        .build()
}
