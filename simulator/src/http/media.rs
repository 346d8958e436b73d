//! `/mms` and `/v`: the media servers as clients use them; media on phones.

use std::ops::Bound;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest as _, Multipart, Path, Query, Request, State};
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum_extra::TypedHeader;
use axum_extra::headers::Range;
use serde::Deserialize;
use serde_json::{Value, json};

use super::errors::ApiError;
use crate::phone::media::{Attachment, MediaError};
use crate::simulator::{Control, Error};
use crate::state::media::{BlobError, direct_path};

#[derive(Deserialize)]
pub struct Asked {
    auth: Option<String>,
    token: Option<String>,
    resume: Option<u8>,
    #[serde(default)]
    file_offset: u64,
}

fn unauthorized() -> ApiError {
    let message = "the media servers do not know this authorisation";
    ApiError::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
}

fn wrong_token(message: &str) -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "wrong_token", message)
}

impl From<BlobError> for ApiError {
    fn from(error: BlobError) -> Self {
        let (status, code) = match error {
            BlobError::Unknown => (StatusCode::NOT_FOUND, "media_not_found"),
            BlobError::WrongToken => (StatusCode::BAD_REQUEST, "wrong_token"),
            BlobError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            BlobError::Io(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        };
        Self::new(status, code, error.to_string())
    }
}

/// Runs what reads or writes files, or decrypts, where it holds up nobody.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        ApiError::new(status, "internal", error.to_string())
    })
}

pub async fn upload(
    State(control): State<Control>,
    Path((_kind, token)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    bytes: Bytes,
) -> Result<Json<Value>, ApiError> {
    let network = control.network().clone();
    if asked.auth.as_deref() != Some(network.media.auth()) {
        return Err(unauthorized());
    }
    if asked.token.as_deref() != Some(token.as_str()) {
        return Err(wrong_token("the address names two tokens"));
    }
    let path = direct_path(&token);
    let mut answer = json!({
        "url": format!("https://{}{path}", control.address()),
        "direct_path": path,
    });
    if asked.resume.is_some() {
        // An upload that broke off leaves nothing behind.
        if !network.media.has(&token) {
            return Ok(Json(json!({ "resume": "0" })));
        }
        answer["resume"] = "complete".into();
        return Ok(Json(answer));
    }
    if asked.file_offset > 0 {
        let message = "there is no part of this file to go on from";
        return Err(ApiError::invalid("file_offset", message));
    }
    aside(move || network.media.put(&token, bytes)).await??;
    Ok(Json(answer))
}

pub async fn download(
    State(control): State<Control>,
    Path(token): Path<String>,
    Query(asked): Query<Asked>,
    range: Option<TypedHeader<Range>>,
) -> Result<Response, ApiError> {
    let network = control.network().clone();
    // The real servers ask for none, but one that ran out they refuse.
    if asked.auth.is_some_and(|auth| auth != network.media.auth()) {
        return Err(unauthorized());
    }
    if asked.token.is_some_and(|named| named != token) {
        return Err(wrong_token("the token is another file's"));
    }
    let bytes = aside(move || network.media.get(&token)).await??;
    Ok(part(bytes, range.map(|TypedHeader(range)| range)))
}

/// The file, or the first part that was asked for.
fn part(bytes: Bytes, range: Option<Range>) -> Response {
    let kind = [
        (CONTENT_TYPE, "application/octet-stream"),
        (ACCEPT_RANGES, "bytes"),
    ];
    let Some(range) = range else {
        return (kind, bytes).into_response();
    };
    let total = bytes.len();
    let asked = range.satisfiable_ranges(total as u64).next();
    let first = match asked {
        Some((Bound::Included(first), _)) => usize::try_from(first).unwrap_or(total),
        _ => total,
    };
    let end = match asked {
        Some((_, Bound::Included(last))) => {
            usize::try_from(last).unwrap_or(total).saturating_add(1)
        }
        _ => total,
    }
    .min(total);
    if first >= end {
        let unmet = [(CONTENT_RANGE, format!("bytes */{total}"))];
        return (StatusCode::RANGE_NOT_SATISFIABLE, unmet).into_response();
    }
    let which = [(CONTENT_RANGE, format!("bytes {first}-{}/{total}", end - 1))];
    let status = StatusCode::PARTIAL_CONTENT;
    (status, kind, which, bytes.slice(first..end)).into_response()
}

/// `GET /phones/{number}/messages/{id}/media`
pub async fn show(
    State(control): State<Control>,
    Path((number, id)): Path<(String, String)>,
    range: Option<TypedHeader<Range>>,
) -> Result<Response, ApiError> {
    let (kind, bytes) = aside(move || control.media(&number, &id)).await??;
    let mut response = part(bytes.into(), range.map(|TypedHeader(range)| range));
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(&kind) {
        headers.insert(CONTENT_TYPE, kind);
    }
    // The sender chose the type: it must not run as a page of the simulator.
    let guards: [(HeaderName, &str); 2] = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONTENT_SECURITY_POLICY, "sandbox"),
    ];
    for (name, value) in guards {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

/// A file to send, and to whom.
pub async fn read_form(request: Request<Body>) -> Result<(String, Attachment), ApiError> {
    let broken = |text: String| ApiError::new(StatusCode::BAD_REQUEST, "invalid_body", text);
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|error| broken(error.body_text()))?;
    let (mut to, mut kind, mut caption, mut quoted, mut file) = (None, None, None, None, None);
    let mut view_once = false;
    while let Some(field) = form
        .next_field()
        .await
        .map_err(|error| broken(error.body_text()))?
    {
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(ToOwned::to_owned);
        let mime_type = field.content_type().map(ToOwned::to_owned);
        let bytes = field
            .bytes()
            .await
            .map_err(|error| ApiError::new(error.status(), "invalid_body", error.body_text()))?;
        let text = || String::from_utf8_lossy(&bytes).into_owned();
        match name.as_str() {
            "to" => to = Some(text()),
            "type" => kind = Some(text()),
            "caption" => caption = Some(text()),
            "quoted" => quoted = Some(text()),
            "view_once" => view_once = text() == "true",
            "file" => file = Some((file_name, mime_type, bytes)),
            _ => {}
        }
    }
    let to = to.ok_or_else(|| ApiError::invalid("to", "nobody is named to send to"))?;
    let (file_name, mime_type, bytes) =
        file.ok_or_else(|| ApiError::invalid("file", "there is no file"))?;
    let attachment = Attachment {
        kind,
        mime_type: mime_type.unwrap_or_else(|| "application/octet-stream".to_owned()),
        file_name,
        caption: caption.filter(|caption| !caption.is_empty()),
        quoted,
        view_once,
        bytes,
    };
    attachment
        .kind()
        .map_err(|error: MediaError| ApiError::from(Error::from(error)))?;
    Ok((to, attachment))
}
