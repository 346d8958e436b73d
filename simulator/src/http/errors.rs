//! One shape for everything that goes wrong.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::phone::media::MediaError;
use crate::simulator::Error;
use crate::stanza::pairing::LinkError;
use crate::state::AddPhoneError;

#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    details: Value,
}

impl ApiError {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            details: Value::Null,
        }
    }

    pub fn not_found(message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    pub fn method_not_allowed() -> Self {
        let message = "this address does not take this method";
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            message,
        )
    }

    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self {
            details: json!({ "field": field }),
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_input", message)
        }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        use StatusCode as S;
        let (status, code) = match &error {
            Error::InvalidNumber(_) => (S::UNPROCESSABLE_ENTITY, "invalid_number"),
            Error::UnknownPhone(_) => (S::NOT_FOUND, "phone_not_found"),
            Error::AddPhone(AddPhoneError::Taken(_)) => (S::CONFLICT, "number_taken"),
            Error::AddPhone(AddPhoneError::Keys(_)) => (S::INTERNAL_SERVER_ERROR, "internal"),
            Error::UnknownDevice { .. } => (S::NOT_FOUND, "device_not_found"),
            Error::Link(link) => match link {
                LinkError::InvalidQr(_) => (S::UNPROCESSABLE_ENTITY, "invalid_qr"),
                LinkError::InvalidCode => (S::UNPROCESSABLE_ENTITY, "invalid_code"),
                LinkError::WrongCode(_) => (S::UNPROCESSABLE_ENTITY, "wrong_code"),
                LinkError::UnknownCode => (S::GONE, "qr_expired"),
                LinkError::UnknownPhone(_) => (S::NOT_FOUND, "phone_not_found"),
                LinkError::WrongClient => (S::UNPROCESSABLE_ENTITY, "wrong_client"),
                LinkError::Refused(_) => (S::CONFLICT, "client_refused"),
                LinkError::ClientGone => (S::CONFLICT, "client_gone"),
                LinkError::TimedOut => (S::GATEWAY_TIMEOUT, "client_silent"),
                LinkError::Signature(_) => (S::INTERNAL_SERVER_ERROR, "internal"),
                LinkError::PasskeyAsked => (S::CONFLICT, "passkey_asked"),
            },
            Error::Draft(draft) => return Self::invalid(draft.field, draft.message),
            Error::NobodyNamed => return Self::invalid("to", error.to_string()),
            Error::Nothing => (S::CONFLICT, "nothing_changed"),
            Error::UnknownGroup(_) => (S::NOT_FOUND, "group_not_found"),
            Error::UnknownCall(_) => (S::NOT_FOUND, "call_not_found"),
            Error::UnknownMessage(_) => (S::NOT_FOUND, "message_not_found"),
            Error::NotAMember { .. } => (S::FORBIDDEN, "not_a_member"),
            Error::NoMedia(_) => (S::NOT_FOUND, "media_not_found"),
            Error::Media(MediaError::Kind(_)) => (S::UNPROCESSABLE_ENTITY, "invalid_input"),
            Error::Media(_) => (S::CONFLICT, "media_unreadable"),
            Error::Store(_) => (S::INTERNAL_SERVER_ERROR, "internal"),
        };
        Self::new(status, code, error.to_string())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if self.status.is_server_error() {
            tracing::error!(code = self.code, message = self.message, "a request failed");
        }
        let body = json!({ "error": {
            "code": self.code,
            "message": self.message,
            "details": self.details,
        }});
        (self.status, Json(body)).into_response()
    }
}

/// A JSON body whose mistakes are told in the one shape.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: serde::de::DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|e| ApiError::new(e.status(), "invalid_body", e.body_text()))?;
        serde_json::from_slice(&bytes).map(Self).map_err(|e| {
            let status = match e.classify() {
                serde_json::error::Category::Data => StatusCode::UNPROCESSABLE_ENTITY,
                _ => StatusCode::BAD_REQUEST,
            };
            ApiError::new(status, "invalid_body", e.to_string())
        })
    }
}
