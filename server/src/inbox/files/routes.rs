//! `/api/conversations/{id}/messages/{message_id}/media`

use super::service::{self, Error};
use crate::{
    App,
    http::{ApiError, Id, Json, MessageOf, auth::Principal, extract::not_found},
    media,
};
use axum::{
    extract::{Request, State},
    response::Response,
};
use http::StatusCode;
use serde_json::json;
use utoipa_axum::{router::OpenApiRouter, routes};
use whahook_contract::{
    error::ErrorBody,
    ids::{ConversationId, MediaId, MessageId},
    key::Scope,
    received::{ChatMedia, MediaState},
};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(download, ask))
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::Conversation(error) => error.into(),
            Error::NoMessage(_) => not_found::<MessageId>(),
            Error::NoFile => not_found::<MediaId>(),
            Error::NotHere(media) => Self::new(
                StatusCode::CONFLICT,
                "media_not_here",
                "The file is not here; `details` says why. `POST` to this address fetches it, if \
                 WhatsApp has it.",
            )
            .details(json!({ "state": media.state, "reason": media.reason })),
            Error::Off => Self::new(
                StatusCode::CONFLICT,
                "media_download_off",
                "The account fetches no files; `PATCH /api/accounts/{id}/receiving` changes that.",
            ),
            Error::Media(error) => error.into(),
            Error::Database(error) => error.into(),
        }
    }
}

/// Download the file of a message
///
/// Also a part of it (`range`). `media.state` of the message says whether it is
/// here.
#[utoipa::path(
    get, path = "/api/conversations/{id}/messages/{message_id}/media", tag = "conversations",
    operation_id = "download_message_media",
    security(("key" = ["read"]), ("cookie" = [])),
    params(
        ("id" = ConversationId, Path, description = "The conversation"),
        ("message_id" = MessageId, Path, description = "The message"),
    ),
    responses(
        (status = 200, description = "The file", content_type = "*/*"),
        (status = 206, description = "The part that `range` asked for", content_type = "*/*"),
        (status = 404, description = "`conversation_not_found`; `message_not_found`; `media_not_found`: it has no file", body = ErrorBody),
        (status = 409, description = "`media_not_here`: `details` has `state` and `reason`", body = ErrorBody),
        (status = 416, description = "`range_not_satisfiable`: `content-range` tells how long it is", body = ErrorBody),
    )
)]
async fn download(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<ConversationId>,
    MessageOf(message): MessageOf,
    request: Request,
) -> Result<Response, ApiError> {
    principal.require(Scope::Read)?;
    let (_, shown) = service::message(&app, &principal, id, message).await?;
    let here = shown.id.filter(|_| shown.state == Some(MediaState::Ready));
    let Some(file) = here else {
        return Err(Error::NotHere(Box::new(shown)).into());
    };
    let mut file = app.media.find(principal.user_id, file).await?;
    // The same bytes may have come under other names elsewhere.
    file.file_name = shown.file_name;
    media::routes::serve(&app, &file, request).await
}

/// Fetch the file of a message
///
/// One that is fetched on demand, that could not be fetched, or that was removed
/// since. `message:media` tells how it went.
#[utoipa::path(
    post, path = "/api/conversations/{id}/messages/{message_id}/media", tag = "conversations",
    operation_id = "fetch_message_media",
    security(("key" = ["read"]), ("cookie" = [])),
    params(
        ("id" = ConversationId, Path, description = "The conversation"),
        ("message_id" = MessageId, Path, description = "The message"),
    ),
    responses(
        (status = 202, description = "It is being fetched, or is here already", body = ChatMedia),
        (status = 404, description = "`conversation_not_found`; `message_not_found`; `media_not_found`: it has no file", body = ErrorBody),
        (status = 409, description = "`media_not_here`: the message does not say where it is; `media_download_off`: the account fetches no files", body = ErrorBody),
        (status = 413, description = "`media_too_large`: larger than MEDIA_MAX_BYTES, which `details.limit` tells", body = ErrorBody),
    )
)]
async fn ask(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<ConversationId>,
    MessageOf(message): MessageOf,
) -> Result<(StatusCode, Json<ChatMedia>), ApiError> {
    principal.require(Scope::Read)?;
    let (message, shown) = service::message(&app, &principal, id, message).await?;
    let asked = service::ask(&app, &message, shown).await?;
    Ok((StatusCode::ACCEPTED, Json(asked)))
}
