//! A body in parts: the fields of a message, and its file, which goes to the
//! volume as it comes.

use super::{error::ApiError, extract};
use crate::media::{Library, Whole};
use axum::{
    extract::{
        DefaultBodyLimit, FromRequest, Multipart, Request,
        multipart::{Field, MultipartError},
    },
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
};
use serde_json::{Map, Value};
use std::time::Duration;
use tokio::time::timeout;
use whahook_contract::ids::UserId;

/// All parts but the file, together.
const FIELDS_MAX: usize = 1 << 20;
const PARTS_MAX: usize = 64;
/// Whoever sends nothing for so long has gone.
const NEXT_WITHIN: Duration = Duration::from_secs(30);
/// Fields whose parts are texts as they are; the parts of all others are JSON.
const TEXTS: &[&str] = &[
    "account_id",
    "caption",
    "emoji",
    "expires_at",
    "idempotency_key",
    "priority",
    "send_at",
    "text",
    "to",
    "type",
];

/// What came in parts.
pub struct Form {
    pub fields: Map<String, Value>,
    pub file: Option<(Whole, Option<String>)>,
}

/// Whether a body comes in parts.
#[must_use]
pub fn is_multipart(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            value
                .trim_start()
                .to_ascii_lowercase()
                .starts_with("multipart/form-data")
        })
}

impl Form {
    /// Reads a body to its end. Dropped, nothing of the file is left.
    ///
    /// # Errors
    /// It is not in parts, breaks off, is too large, or names something twice.
    pub async fn read(
        library: &Library,
        user: UserId,
        mut request: Request,
    ) -> Result<Self, ApiError> {
        // The file has a limit of its own.
        DefaultBodyLimit::disable().apply(&mut request);
        let mut parts = Multipart::from_request(request, &()).await.map_err(|_| {
            ApiError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "Send the file with the header `content-type: multipart/form-data; boundary=…`.",
            )
        })?;
        let mut form = Self {
            fields: Map::new(),
            file: None,
        };
        let mut room = FIELDS_MAX;
        for _ in 0..PARTS_MAX {
            let Some(part) = next(&mut parts).await? else {
                return Ok(form);
            };
            let name = part.name().unwrap_or_default().to_owned();
            if name == "file" {
                if form.file.is_some() {
                    return Err(twice("file"));
                }
                form.file = Some(file(library, user, part).await?);
            } else {
                form.field(&name, part, &mut room).await?;
            }
        }
        Err(ApiError::invalid(
            "file",
            format!("The body has more than {PARTS_MAX} parts."),
        ))
    }

    async fn field(
        &mut self,
        name: &str,
        part: Field<'_>,
        room: &mut usize,
    ) -> Result<(), ApiError> {
        let text = text(part, room).await?;
        if name == "message" {
            let message: Map<String, Value> = extract::parse(text.as_bytes())?;
            for (name, value) in message {
                self.set(name, value)?;
            }
            return Ok(());
        }
        let value = if TEXTS.contains(&name) {
            Value::String(text)
        } else {
            // What is no JSON is refused as a text where none is expected.
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        };
        self.set(name.to_owned(), value)
    }

    fn set(&mut self, name: String, value: Value) -> Result<(), ApiError> {
        if self.fields.contains_key(&name) {
            return Err(twice(&name));
        }
        self.fields.insert(name, value);
        Ok(())
    }
}

fn twice(name: &str) -> ApiError {
    ApiError::invalid(name, format!("`{name}` comes twice."))
}

async fn file(
    library: &Library,
    user: UserId,
    mut part: Field<'_>,
) -> Result<(Whole, Option<String>), ApiError> {
    let name = part.file_name().map(ToOwned::to_owned);
    let mut incoming = library.receive(user).await?;
    while let Some(chunk) = chunk(&mut part).await? {
        incoming.write(&chunk).await?;
    }
    Ok((incoming.finish().await?, name))
}

async fn text(mut part: Field<'_>, room: &mut usize) -> Result<String, ApiError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = chunk(&mut part).await? {
        *room = room.checked_sub(chunk.len()).ok_or_else(|| {
            ApiError::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "payload_too_large",
                "The parts besides `file` are larger than 1 MiB together.",
            )
        })?;
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| {
        ApiError::new(
            StatusCode::BAD_REQUEST,
            "malformed_body",
            "A part that is a text is not UTF-8.",
        )
    })
}

async fn next(parts: &mut Multipart) -> Result<Option<Field<'_>>, ApiError> {
    timeout(NEXT_WITHIN, parts.next_field())
        .await
        .map_err(|_| broke_off())?
        .map_err(|error| refused(&error))
}

async fn chunk(part: &mut Field<'_>) -> Result<Option<axum::body::Bytes>, ApiError> {
    timeout(NEXT_WITHIN, part.chunk())
        .await
        .map_err(|_| broke_off())?
        .map_err(|error| refused(&error))
}

fn broke_off() -> ApiError {
    crate::media::Error::BrokeOff.into()
}

fn refused(error: &MultipartError) -> ApiError {
    match error.status() {
        StatusCode::BAD_REQUEST => ApiError::new(
            StatusCode::BAD_REQUEST,
            "malformed_body",
            format!("The body is not what multipart/form-data is, or broke off: {error}"),
        ),
        _ => broke_off(),
    }
}
