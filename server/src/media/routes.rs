//! `/api/media`

use super::{Error, model::File};
use crate::{
    App,
    http::{ApiError, Id, Json, auth::Principal, extract::not_found, form::Form},
};
use axum::{
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue, StatusCode,
    header::{
        CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
        X_CONTENT_TYPE_OPTIONS,
    },
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use std::time::Duration;
use tower::ServiceExt;
use tower_http::services::ServeFile;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use whahook_contract::{error::ErrorBody, ids::MediaId, key::Scope, message::Media};

/// Space does not come back within seconds.
const FULL_FOR: Duration = Duration::from_secs(60);

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(add))
        .routes(routes!(find))
        .routes(routes!(download))
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::NotFound(_) => not_found::<MediaId>(),
            Error::Invalid { field, message } => Self::invalid(&field, message),
            Error::Gone(_) => Self::invalid("media.id", text),
            Error::TooLarge { limit } => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "media_too_large",
                format!("The file is larger than {limit} bytes (MEDIA_MAX_BYTES)."),
            )
            .details(json!({ "limit": limit })),
            Error::QuotaExceeded {
                field,
                size,
                used,
                quota,
            } => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "media_quota_exceeded",
                format!(
                    "`{field}` has {size} bytes, and your files have {used} of the {quota} bytes \
                     that they may have together (MEDIA_QUOTA_BYTES). Files go by themselves when \
                     no message needs them any more."
                ),
            )
            .details(json!({"field": field, "size": size, "used": used, "quota": quota})),
            Error::BrokeOff => Self::new(
                StatusCode::BAD_REQUEST,
                "body_incomplete",
                "The body broke off before its end.",
            ),
            Error::Full => Self::unavailable(
                "volume_full",
                "There is no space left for files. Nothing of this one was kept.",
                text,
            )
            .retry_after(FULL_FOR),
            Error::Volume(error) => Self::internal(error),
            Error::Database(error) => error.into(),
        }
    }
}

/// A file in a body of parts.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read as it comes")]
struct Upload {
    /// Its bytes, with its name.
    #[schema(value_type = String, format = Binary, example = "(the bytes)")]
    file: Vec<u8>,
}

/// Add a file
///
/// It goes to the volume as it comes. The same bytes again are the same file.
/// What it is, is found out from its bytes; whether it can be an image, a voice
/// note and so on is checked when a message names it. A key that is limited to
/// accounts may read and send the files that messages of these accounts have, and
/// those that it added.
#[utoipa::path(
    post, path = "/api/media", tag = "media",
    security(("key" = ["send"]), ("cookie" = [])),
    request_body(content = Upload, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "It is here; messages name it by `id`", body = Media),
        (status = 400, description = "`malformed_body`: the parts cannot be told apart", body = ErrorBody),
        (status = 413, description = "`media_too_large`: larger than MEDIA_MAX_BYTES, which `details.limit` tells; `media_quota_exceeded`: your files would be larger together than MEDIA_QUOTA_BYTES: `details` has `field`, `size`, `used`, `quota`", body = ErrorBody),
        (status = 503, description = "`volume_full`: nothing was kept", body = ErrorBody),
    )
)]
async fn add(
    State(app): State<App>,
    principal: Principal,
    request: Request,
) -> Result<(StatusCode, Json<Media>), ApiError> {
    principal.require(Scope::Send)?;
    let form = Form::read(&app.media, principal.user_id, request).await?;
    if let Some(field) = form.fields.keys().next() {
        return Err(ApiError::invalid(
            field,
            format!("`{field}` is not known here; a file comes as the part `file`."),
        ));
    }
    let (whole, name) = form
        .file
        .filter(|(whole, _)| whole.size > 0)
        .ok_or_else(|| ApiError::invalid("file", "`file` is missing or empty."))?;
    let media = app
        .media
        .keep(principal.user_id, whole, name.as_deref(), None)
        .await?;
    if let Some(id) = media.id {
        app.media.added_by(&principal, id).await?;
    }
    Ok((StatusCode::CREATED, Json(media)))
}

/// Read what is known of a file
#[utoipa::path(
    get, path = "/api/media/{id}", tag = "media",
    security(("key" = ["read"]), ("cookie" = [])),
    params(("id" = MediaId, Path, description = "The file")),
    responses(
        (status = 200, description = "The file", body = Media),
    )
)]
async fn find(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<MediaId>,
) -> Result<Json<Media>, ApiError> {
    principal.require(Scope::Read)?;
    Ok(Json(app.media.own(&principal, id).await?.view()))
}

/// Download a file
///
/// Also a part of it (`range`).
#[utoipa::path(
    get, path = "/api/media/{id}/file", tag = "media",
    security(("key" = ["read"]), ("cookie" = [])),
    params(("id" = MediaId, Path, description = "The file")),
    responses(
        (status = 200, description = "The file", content_type = "*/*"),
        (status = 206, description = "The part that `range` asked for", content_type = "*/*"),
        (status = 416, description = "`range_not_satisfiable`: `content-range` tells how long it is", body = ErrorBody),
    )
)]
async fn download(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<MediaId>,
    request: Request,
) -> Result<Response, ApiError> {
    principal.require(Scope::Read)?;
    let file = app.media.own(&principal, id).await?;
    serve(&app, &file, request).await
}

/// The bytes of a file, or the part that was asked for.
///
/// # Errors
/// They are gone, or have no such part.
pub async fn serve(app: &App, file: &File, request: Request) -> Result<Response, ApiError> {
    let path = app.media.path(file);
    let Ok(served) = ServeFile::new(path).oneshot(request).await;
    let status = served.status();
    if status == StatusCode::NOT_FOUND {
        return Err(not_found::<MediaId>());
    }
    if status == StatusCode::RANGE_NOT_SATISFIABLE {
        let refusal = ApiError::new(
            status,
            "range_not_satisfiable",
            format!("The file has {} bytes.", file.size),
        );
        let mut response = refusal.into_response();
        let length = format!("bytes */{}", file.size).parse();
        response
            .headers_mut()
            .insert(CONTENT_RANGE, length.map_err(ApiError::internal)?);
        return Ok(response);
    }
    if status.is_server_error() {
        return Err(ApiError::internal("the file cannot be read"));
    }
    let mut response = served.map(Body::new);
    let headers = response.headers_mut();
    if let Ok(mime_type) = file.mime_type.parse() {
        headers.insert(CONTENT_TYPE, mime_type);
    }
    headers.insert(
        CONTENT_DISPOSITION,
        disposition(&file.mime_type, file.file_name.as_deref())?,
    );
    // Somebody else made this file: nothing in it runs in our name.
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; sandbox; frame-ancestors 'none'"),
    );
    Ok(response)
}

/// Shown in the browser where that is harmless.
fn disposition(mime_type: &str, name: Option<&str>) -> Result<HeaderValue, ApiError> {
    let shown = matches!(
        mime_type,
        "image/jpeg" | "image/png" | "image/webp" | "image/gif" | "video/mp4" | "video/3gpp"
    ) || mime_type.starts_with("audio/");
    let how = if shown { "inline" } else { "attachment" };
    let text = match name {
        Some(name) => format!(
            "{how}; filename*=UTF-8''{}",
            utf8_percent_encode(name, NON_ALPHANUMERIC)
        ),
        None => how.to_owned(),
    };
    text.parse().map_err(ApiError::internal)
}
