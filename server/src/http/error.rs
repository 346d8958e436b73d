//! The one way to say no: `{"error": {"code", "message", "details"}}`.

use crate::{input::Invalid, platform::db};
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue, StatusCode,
    header::{RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde_json::{Value, json};
use std::{borrow::Cow, time::Duration};
use whahook_contract::error::{ErrorBody, ErrorView};

type Source = Box<dyn std::error::Error + Send + Sync>;

/// An answer that is an error.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    details: Value,
    retry_after: Option<Duration>,
    /// For the log only.
    source: Option<Source>,
}

impl ApiError {
    pub fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            details: Value::Null,
            retry_after: None,
            source: None,
        }
    }

    /// 422: a field is wrong.
    pub fn invalid(field: &str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_input", message)
            .details(json!({ "field": field }))
    }

    /// 500: the cause goes into the log and never into the answer.
    pub fn internal(source: impl Into<Source>) -> Self {
        Self {
            source: Some(source.into()),
            ..Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "Something went wrong on our side. The log has more under this request's id.",
            )
        }
    }

    /// 503: what is needed does not answer just now.
    pub fn unavailable(
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
        source: impl Into<Source>,
    ) -> Self {
        Self {
            source: Some(source.into()),
            retry_after: Some(Duration::from_secs(2)),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, code, message)
        }
    }

    /// More for programs, an object.
    #[must_use]
    pub fn details(mut self, details: Value) -> Self {
        self.details = details;
        self
    }

    #[must_use]
    pub const fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    #[must_use]
    pub const fn shown_details(&self) -> &Value {
        &self.details
    }

    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl ApiError {
    /// What is needed does not answer just now: the same again may succeed.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.status == StatusCode::SERVICE_UNAVAILABLE
    }

    /// The failure is not the caller's.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.status.is_server_error()
    }

    /// What the answer says.
    #[must_use]
    pub fn body(&self) -> ErrorBody {
        ErrorBody {
            error: ErrorView {
                code: self.code.to_owned(),
                message: self.message.clone().into_owned(),
                details: self.details.clone(),
            },
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if self.status.is_server_error() {
            let cause = self.source.as_ref().map(ToString::to_string);
            tracing::error!(
                error.code = self.code,
                error.cause = cause,
                "a request failed: {}",
                self.message
            );
        }
        let mut response = (self.status, Json(self.body())).into_response();
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let how = HeaderValue::from_static("Bearer realm=\"whahook\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, how);
        }
        response
    }
}

impl From<Invalid> for ApiError {
    fn from(invalid: Invalid) -> Self {
        Self::invalid(invalid.field, invalid.to_string())
    }
}

impl From<sqlx::Error> for ApiError {
    fn from(error: sqlx::Error) -> Self {
        if db::passes_by_itself(&error) {
            Self::unavailable(
                "database_unavailable",
                "The database does not answer. Try again in a moment.",
                error,
            )
        } else {
            Self::internal(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_rounded_up_to_whole_seconds() {
        let response = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", "Wait.")
            .retry_after(Duration::from_millis(1_200))
            .into_response();
        assert_eq!(response.headers()[RETRY_AFTER], "2");
    }

    #[tokio::test]
    async fn the_cause_of_a_failure_stays_out_of_the_answer() {
        use http_body_util::BodyExt;
        let response = ApiError::internal("password of the database is wrong").into_response();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(
            text.contains("internal") && !text.contains("password"),
            "{text}"
        );
    }
}
