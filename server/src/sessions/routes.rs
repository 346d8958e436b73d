//! `/api/accounts/{id}/session`

use super::{Error, qr};
use crate::{
    App,
    accounts::routes::own,
    activity,
    http::{ApiError, Id, Json, auth::Principal, extract::OptionalJson},
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, StatusCode,
    header::{ACCEPT, CONTENT_TYPE},
};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use whahook_contract::{
    error::ErrorBody,
    ids::AccountId,
    key::Scope,
    session::{PairCodeView, PasskeyAnswer, PasskeyView, QrView, SessionView, StartSession},
};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(start, unlink))
        .routes(routes!(status))
        .routes(routes!(code))
        .routes(routes!(pair_code))
        .routes(routes!(passkey, answer_passkey))
        .routes(routes!(confirm_passkey))
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::NoQr(status, reason) => Self::new(StatusCode::CONFLICT, "no_qr", text)
                .details(json!({ "status": status, "reason": reason })),
            Error::NotLinking(status, reason) => {
                Self::new(StatusCode::CONFLICT, "no_pair_code", text)
                    .details(json!({ "status": status, "reason": reason }))
            }
            Error::NoPasskey => Self::new(StatusCode::CONFLICT, "no_passkey", text),
            Error::Assertion(_) => Self::invalid("assertion", text),
            Error::PasskeyRefused(_) => Self::new(StatusCode::CONFLICT, "passkey_refused", text),
            Error::LimitReached(limit) => {
                Self::new(StatusCode::CONFLICT, "session_limit_reached", text).details(json!(limit))
            }
            Error::NotConnected(status, reason) => {
                Self::new(StatusCode::CONFLICT, "not_connected", text)
                    .details(json!({ "status": status, "reason": reason }))
            }
            Error::WhatsApp(_) => Self::new(StatusCode::CONFLICT, "whatsapp_failed", text),
            Error::Superseded => Self::new(StatusCode::CONFLICT, "superseded", text),
            Error::AlreadyLinked => Self::new(StatusCode::CONFLICT, "already_linked", text),
            Error::PhoneNumber(_) => Self::invalid("phone_number", text),
            Error::PairCode(_) => Self::new(StatusCode::CONFLICT, "no_pair_code", text),
            Error::Stopping => Self::unavailable("stopping", text, "stopping"),
            Error::Volume(cause) => Self::unavailable("volume_failed", text, cause),
            Error::Account(error) => error.into(),
            Error::Database(error) => error.into(),
        }
    }
}

/// Start linking, or reconnect.
///
/// What is ready or on its way already stays as it is, unless `restart` is true.
#[utoipa::path(
    post, path = "/api/accounts/{id}/session", tag = "sessions",
    security(("key" = ["admin"]), ("cookie" = [])),
    params(("id" = AccountId, Path, description = "The account")),
    request_body = Option<StartSession>,
    responses(
        (status = 202, description = "It starts; its state follows over Socket.IO and `status`", body = SessionView),
        (status = 409, description = "`session_limit_reached`: `details` is a `SessionLimit`. `superseded`: another request took its place", body = ErrorBody),
    )
)]
async fn start(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<AccountId>,
    OptionalJson(start): OptionalJson<StartSession>,
) -> Result<(StatusCode, Json<SessionView>), ApiError> {
    own(&app, &principal, id, Scope::Admin).await?;
    let by = activity::by(&app, &principal).await?;
    let view = app.sessions.start(id, start.restart, Some(by)).await?;
    Ok((StatusCode::ACCEPTED, Json(view)))
}

/// What the session is, and why.
#[utoipa::path(
    get, path = "/api/accounts/{id}/session/status", tag = "sessions",
    security(("key" = ["read"]), ("cookie" = [])),
    params(("id" = AccountId, Path, description = "The account")),
    responses(
        (status = 200, description = "The session's state", body = SessionView),
    )
)]
async fn status(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<AccountId>,
) -> Result<Json<SessionView>, ApiError> {
    own(&app, &principal, id, Scope::Read).await?;
    Ok(Json(app.sessions.view(id).await?))
}

/// The QR to show to the phone, as text or image by `Accept`.
///
/// `application/json` (default), `image/svg+xml` or `image/png`. Whoever holds
/// it can link a phone to this session, so a key needs the scope `admin`.
#[utoipa::path(
    get, path = "/api/accounts/{id}/session/qr", tag = "sessions",
    security(("key" = ["admin"]), ("cookie" = [])),
    params(("id" = AccountId, Path, description = "The account")),
    responses(
        (status = 200, description = "The code on show", content(
            (QrView = "application/json"),
            (String = "image/svg+xml"),
            (Vec<u8> = "image/png"),
        )),
        (status = 409, description = "`no_qr`: there is none; `details` has the state and its reason", body = ErrorBody),
    )
)]
async fn code(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<AccountId>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    own(&app, &principal, id, Scope::Admin).await?;
    let view = app.sessions.qr(id).await?;
    let failed = |error: qr::Error| ApiError::internal(error.to_string());
    Ok(match Form::wanted(&headers) {
        Form::Json => Json(view).into_response(),
        Form::Svg => {
            let svg = qr::svg(&view.qr).map_err(failed)?;
            ([(CONTENT_TYPE, "image/svg+xml")], svg).into_response()
        }
        Form::Png => {
            let png = qr::png(&view.qr).map_err(failed)?;
            ([(CONTENT_TYPE, "image/png")], png).into_response()
        }
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Form {
    Json,
    Svg,
    Png,
}

impl Form {
    /// The first of ours that the client names; browsers name images of every
    /// kind, and any of them will do.
    fn wanted(headers: &HeaderMap) -> Self {
        let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
        accept
            .unwrap_or_default()
            .split(',')
            .find_map(|range| match range.split(';').next().map(str::trim) {
                Some("application/json") => Some(Self::Json),
                Some("image/svg+xml") => Some(Self::Svg),
                Some("image/png" | "image/*") => Some(Self::Png),
                _ => None,
            })
            .unwrap_or(Self::Json)
    }
}

/// Which phone will be linked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskPairCode {
    /// The number of the phone that will be linked: `+6287733760363`.
    phone_number: String,
}

/// A code to type on the phone instead of scanning.
#[utoipa::path(
    post, path = "/api/accounts/{id}/session/pair-code", tag = "sessions",
    security(("key" = ["admin"]), ("cookie" = [])),
    params(("id" = AccountId, Path, description = "The account")),
    request_body = AskPairCode,
    responses(
        (status = 200, description = "Type it under Linked devices → Link with phone number", body = PairCodeView),
        (status = 409, description = "`already_linked`; `no_pair_code`: WhatsApp gave none; `session_limit_reached`; `superseded`", body = ErrorBody),
    )
)]
async fn pair_code(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<AccountId>,
    Json(ask): Json<AskPairCode>,
) -> Result<Json<PairCodeView>, ApiError> {
    own(&app, &principal, id, Scope::Admin).await?;
    let by = activity::by(&app, &principal).await?;
    let code = app.sessions.pair_code(id, &ask.phone_number, Some(by));
    Ok(Json(code.await?))
}

/// What WhatsApp asks of the person's passkey now.
///
/// Some numbers have a passkey, and WhatsApp asks for it before it links a
/// device: the session is `qr` for the reason `passkey_required`. Whoever has
/// the answer can link a device, so a key needs the scope `admin`.
#[utoipa::path(
    get, path = "/api/accounts/{id}/session/passkey", tag = "sessions",
    security(("key" = ["admin"]), ("cookie" = [])),
    params(("id" = AccountId, Path, description = "The account")),
    responses(
        (status = 200, description = "What is asked", body = PasskeyView),
        (status = 409, description = "`no_passkey`: nothing is asked", body = ErrorBody),
    )
)]
async fn passkey(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<AccountId>,
) -> Result<Json<PasskeyView>, ApiError> {
    own(&app, &principal, id, Scope::Admin).await?;
    Ok(Json(app.sessions.passkey(id)?))
}

/// Hand in the passkey's assertion.
///
/// The authenticator makes it from `options` of `GET …/passkey`. Next, WhatsApp
/// shows a code here and on the phone.
#[utoipa::path(
    post, path = "/api/accounts/{id}/session/passkey", tag = "sessions",
    security(("key" = ["admin"]), ("cookie" = [])),
    params(("id" = AccountId, Path, description = "The account")),
    request_body = PasskeyAnswer,
    responses(
        (status = 202, description = "WhatsApp took it; the code follows"),
        (status = 409, description = "`no_passkey`: nothing is asked; `passkey_refused`: WhatsApp did not take it", body = ErrorBody),
    )
)]
async fn answer_passkey(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<AccountId>,
    Json(answer): Json<PasskeyAnswer>,
) -> Result<StatusCode, ApiError> {
    own(&app, &principal, id, Scope::Admin).await?;
    app.sessions.answer_passkey(id, answer.assertion).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Say that the phone shows the same code.
#[utoipa::path(
    post, path = "/api/accounts/{id}/session/passkey/confirm", tag = "sessions",
    security(("key" = ["admin"]), ("cookie" = [])),
    params(("id" = AccountId, Path, description = "The account")),
    responses(
        (status = 202, description = "The phone is asked to accept the device"),
        (status = 409, description = "`no_passkey`: there is no code to compare; `passkey_refused`: WhatsApp broke it off", body = ErrorBody),
    )
)]
async fn confirm_passkey(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<AccountId>,
) -> Result<StatusCode, ApiError> {
    own(&app, &principal, id, Scope::Admin).await?;
    app.sessions.confirm_passkey(id).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Unlink at WhatsApp and delete the session's data; the account stays.
#[utoipa::path(
    delete, path = "/api/accounts/{id}/session", tag = "sessions",
    security(("key" = ["admin"]), ("cookie" = [])),
    params(("id" = AccountId, Path, description = "The account")),
    responses(
        (status = 200, description = "Unlinked; `detail` says if WhatsApp could not be told", body = SessionView),
        (status = 503, description = "`volume_failed`: the session's data could not be deleted", body = ErrorBody),
    )
)]
async fn unlink(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<AccountId>,
) -> Result<Json<SessionView>, ApiError> {
    own(&app, &principal, id, Scope::Admin).await?;
    let by = activity::by(&app, &principal).await?;
    Ok(Json(app.sessions.unlink(id, Some(by)).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_a_qr_is_the_first_that_the_client_names() {
        let wanted = |accept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, accept.parse().unwrap());
            Form::wanted(&headers)
        };
        assert_eq!(wanted("*/*"), Form::Json);
        assert_eq!(wanted("image/png"), Form::Png);
        assert_eq!(
            wanted("text/html, image/svg+xml;q=0.9, image/png"),
            Form::Svg
        );
        assert_eq!(wanted("image/avif,image/webp,image/*,*/*;q=0.8"), Form::Png);
        assert_eq!(Form::wanted(&HeaderMap::new()), Form::Json);
    }
}
