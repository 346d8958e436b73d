//! Extractors that refuse in the API's own words.

use super::error::ApiError;
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, RawPathParams, Request},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header::CONTENT_TYPE, request::Parts};
use serde::{Serialize, de::DeserializeOwned};
use std::str::FromStr;
use whahook_contract::ids::{
    AccountId, BulkId, ConversationId, KeyId, MediaId, MessageId, WebhookId,
};

/// A JSON body, in and out. In: 415 for another content type, 413 when too
/// large, 400 for what is no JSON, 422 naming the field for the rest.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "Send JSON, with the header `content-type: application/json`.",
            ));
        }
        let bytes = body(request, state).await?;
        parse(&bytes).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// A JSON body that may be left out: then it is the default.
#[derive(Debug)]
pub struct OptionalJson<T>(pub T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for OptionalJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if request.headers().contains_key(CONTENT_TYPE) {
            let Json(value) = Json::from_request(request, state).await?;
            return Ok(Self(value));
        }
        let bytes = body(request, state).await?;
        if bytes.is_empty() {
            Ok(Self(T::default()))
        } else {
            parse(&bytes).map(Self)
        }
    }
}

async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, state)
        .await
        .map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                ApiError::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "payload_too_large",
                    "The body is larger than 1 MiB.",
                )
            } else {
                ApiError::new(
                    StatusCode::BAD_REQUEST,
                    "body_incomplete",
                    "The body broke off before its end.",
                )
            }
        })
}

fn is_json(headers: &HeaderMap) -> bool {
    let essence = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|essence| essence.trim().to_ascii_lowercase());
    essence.is_some_and(|essence| {
        essence == "application/json"
            || (essence.starts_with("application/") && essence.ends_with("+json"))
    })
}

pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // Serde would fill the fields of a struct from an array, in order.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_input",
            "The body must be a JSON object, not an array.",
        ));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let parsed = serde_path_to_error::deserialize(&mut json);
    let value = parsed.map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        if error.is_data() {
            refused(&path, &without_position(&error.to_string()))
        } else {
            malformed(&error)
        }
    })?;
    json.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn malformed(error: &serde_json::Error) -> ApiError {
    ApiError::new(
        StatusCode::BAD_REQUEST,
        "malformed_json",
        format!("The body is not valid JSON: {error}"),
    )
}

/// 422 for a value at a path. Serde reports a missing or unknown field at its
/// parent and has the name in its text.
fn refused(path: &str, problem: &str) -> ApiError {
    let named = ["missing field `", "unknown field `"]
        .iter()
        .find_map(|start| problem.strip_prefix(start)?.split('`').next());
    let parent = if path == "." { "" } else { path };
    let field = match named {
        // An unknown field is reported at itself, a missing one at its parent.
        Some(name) if parent.is_empty() || parent == name => name.to_owned(),
        Some(name) if !parent.ends_with(&format!(".{name}")) => format!("{parent}.{name}"),
        _ => parent.to_owned(),
    };
    if field.is_empty() {
        ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_input",
            format!("The body is not what is expected: {problem}."),
        )
    } else {
        ApiError::invalid(&field, format!("{field}: {problem}."))
    }
}

fn without_position(message: &str) -> String {
    match message.rfind(" at line ") {
        Some(end) => message[..end].to_owned(),
        None => message.to_owned(),
    }
}

/// The query string; 422 naming the parameter that is wrong.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        let values = serde_urlencoded::Deserializer::new(pairs);
        serde_path_to_error::deserialize(values)
            .map(Self)
            .map_err(|error| {
                let path = error.path().to_string();
                refused(&path, &error.into_inner().to_string())
            })
    }
}

/// Things with an id in the path.
pub trait Resource: FromStr {
    const NOT_FOUND: &'static str;
    const NAME: &'static str;
}

impl Resource for AccountId {
    const NOT_FOUND: &'static str = "account_not_found";
    const NAME: &'static str = "account";
}

impl Resource for MessageId {
    const NOT_FOUND: &'static str = "message_not_found";
    const NAME: &'static str = "message";
}

impl Resource for ConversationId {
    const NOT_FOUND: &'static str = "conversation_not_found";
    const NAME: &'static str = "conversation";
}

impl Resource for BulkId {
    const NOT_FOUND: &'static str = "bulk_not_found";
    const NAME: &'static str = "bulk";
}

impl Resource for MediaId {
    const NOT_FOUND: &'static str = "media_not_found";
    const NAME: &'static str = "file";
}

impl Resource for KeyId {
    const NOT_FOUND: &'static str = "key_not_found";
    const NAME: &'static str = "key";
}

impl Resource for WebhookId {
    const NOT_FOUND: &'static str = "webhook_not_found";
    const NAME: &'static str = "webhook";
}

/// 404 for a thing, the same whether it never was, or is another person's.
#[must_use]
pub fn not_found<T: Resource>() -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        T::NOT_FOUND,
        format!("There is no such {}.", T::NAME),
    )
}

/// The `{id}` of the path. What is no id names nothing: 404.
#[derive(Debug)]
pub struct Id<T>(pub T);

impl<T: Resource, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        named(parts, state, "id").await.map(Self)
    }
}

/// The `{message_id}` of the path. What is no id names nothing: 404.
#[derive(Debug)]
pub struct MessageOf(pub MessageId);

impl<S: Send + Sync> FromRequestParts<S> for MessageOf {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        named(parts, state, "message_id").await.map(Self)
    }
}

async fn named<T: Resource, S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
    parameter: &str,
) -> Result<T, ApiError> {
    let params = RawPathParams::from_request_parts(parts, state)
        .await
        .map_err(|_| not_found::<T>())?;
    params
        .iter()
        .find(|(name, _)| *name == parameter)
        .and_then(|(_, text)| text.parse().ok())
        .ok_or_else(not_found::<T>)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[serde(rename = "name")]
        _name: String,
        #[serde(rename = "inner")]
        _inner: Inner,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[serde(rename = "count")]
        _count: u8,
    }

    async fn refusal(content_type: &str, body: &str) -> (u16, &'static str, Option<String>) {
        let request = Request::builder()
            .header(CONTENT_TYPE, content_type)
            .body(Body::from(body.to_owned()))
            .unwrap();
        let error = Json::<Outer>::from_request(request, &()).await.unwrap_err();
        let status = error.status().as_u16();
        let code = error.code();
        let response = error.into_response();
        let bytes = axum::body::to_bytes(response.into_body(), 10_000)
            .await
            .unwrap();
        let body: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let field = body["error"]["details"]["field"].as_str();
        (status, code, field.map(str::to_owned))
    }

    #[tokio::test]
    async fn a_body_is_refused_with_the_fitting_status_and_the_field() {
        let json = "application/json; charset=utf-8";
        let table: &[(&str, &str, u16, &str, Option<&str>)] = &[
            ("text/plain", "{}", 415, "unsupported_media_type", None),
            (json, "{", 400, "malformed_json", None),
            (json, "", 400, "malformed_json", None),
            (json, "{} {}", 422, "invalid_input", Some("name")),
            (
                json,
                r#"{"name":"a","inner":{"count":1}} x"#,
                400,
                "malformed_json",
                None,
            ),
            (json, "[]", 422, "invalid_input", None),
            (json, r#" ["a",{"count":1}]"#, 422, "invalid_input", None),
            (json, r#"{"name":1}"#, 422, "invalid_input", Some("name")),
            (json, r#"{"name":"a"}"#, 422, "invalid_input", Some("inner")),
            (
                json,
                r#"{"name":"a","inner":{}}"#,
                422,
                "invalid_input",
                Some("inner.count"),
            ),
            (
                json,
                r#"{"name":"a","inner":{"count":300}}"#,
                422,
                "invalid_input",
                Some("inner.count"),
            ),
            (
                json,
                r#"{"name":"a","nome":"b"}"#,
                422,
                "invalid_input",
                Some("nome"),
            ),
            (
                json,
                r#"{"name":"a","inner":{"counts":1}}"#,
                422,
                "invalid_input",
                Some("inner.counts"),
            ),
        ];
        for (content_type, body, status, code, field) in table {
            let found = refusal(content_type, body).await;
            assert_eq!(
                found,
                (*status, *code, field.map(str::to_owned)),
                "{content_type} {body}"
            );
        }
    }
}
