//! `/api/conversations/{id}/picture`

use super::service::{self, Error};
use crate::{
    App,
    http::{ApiError, Id, auth::Principal},
    media,
};
use axum::{
    extract::{Request, State},
    response::Response,
};
use http::StatusCode;
use utoipa_axum::{router::OpenApiRouter, routes};
use whahook_contract::{error::ErrorBody, ids::ConversationId, key::Scope};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(picture))
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::Conversation(error) => error.into(),
            Error::None => Self::new(
                StatusCode::NOT_FOUND,
                "picture_not_found",
                "There is no picture, or it is not shown to this account.",
            ),
            Error::Session(error) => error.into(),
            Error::Media(error) => error.into(),
            Error::Database(error) => error.into(),
        }
    }
}

/// Show the picture of a person or a group
///
/// WhatsApp is asked for it when somebody looks, at most once a day, and again
/// when it says that there is another: `conversation:picture` tells so.
#[utoipa::path(
    get, path = "/api/conversations/{id}/picture", tag = "conversations",
    operation_id = "conversation_picture",
    security(("key" = ["read"]), ("cookie" = [])),
    params(("id" = ConversationId, Path, description = "The conversation")),
    responses(
        (status = 200, description = "The picture", content_type = "image/*"),
        (status = 206, description = "The part that `range` asked for", content_type = "image/*"),
        (status = 404, description = "`conversation_not_found`; `picture_not_found`", body = ErrorBody),
        (status = 409, description = "`not_connected`: it is not here, and the account is not connected; `whatsapp_failed`: WhatsApp did not hand it out", body = ErrorBody),
        (status = 413, description = "`media_quota_exceeded`: there is no room for it among your files", body = ErrorBody),
        (status = 416, description = "`range_not_satisfiable`: `content-range` tells how long it is", body = ErrorBody),
        (status = 503, description = "`volume_full`: it cannot be kept", body = ErrorBody),
    ),
)]
async fn picture(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<ConversationId>,
    request: Request,
) -> Result<Response, ApiError> {
    principal.require(Scope::Read)?;
    let file = service::picture(&app, &principal, id).await?;
    let file = app
        .media
        .find(principal.user_id, file)
        .await
        .map_err(Error::from)?;
    media::routes::serve(&app, &file, request).await
}
