//! `/api/messages`

use super::{Error, files, input};
use crate::{
    App, accounts, activity,
    http::{
        ApiError, Id, Json,
        auth::Principal,
        extract::not_found,
        form::{self, Form},
    },
};
use axum::extract::{FromRequest, Request, State};
use http::StatusCode;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;
use whahook_contract::{
    account::AccountView,
    error::ErrorBody,
    ids::{AccountId, MessageId, UserId},
    key::Scope,
    message::{ContentType, MessageView, NewMessage},
};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(send))
        .routes(routes!(find, cancel))
        .routes(routes!(retry))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .merge(super::listing::routes::router())
        .merge(super::settings::routes::router())
        .merge(super::limits::routes::router())
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(_) => not_found::<MessageId>(),
            Error::Invalid { field, message } => Self::invalid(&field, message),
            Error::TooLate(_, status) => {
                Self::new(StatusCode::CONFLICT, "not_queued", error.to_string())
                    .details(json!({ "status": status }))
            }
            Error::NotFailed(_, status) => {
                Self::new(StatusCode::CONFLICT, "not_failed", error.to_string())
                    .details(json!({ "status": status }))
            }
            Error::Expired(_) => Self::new(StatusCode::CONFLICT, "expired", error.to_string()),
            Error::Duplicate(first) => {
                Self::new(StatusCode::CONFLICT, "duplicate_message", error.to_string())
                    .details(json!({ "message_id": first }))
            }
            Error::Account(error) => error.into(),
            Error::Media(error) => error.into(),
            Error::Database(error) => error.into(),
        }
    }
}

/// A message in parts, with its file. Fields that are no texts are parts of JSON.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read as it comes")]
struct NewMessageWithFile {
    #[serde(flatten)]
    message: NewMessage,
    /// Takes the place of `media`.
    #[schema(value_type = String, format = Binary, example = "(the bytes)")]
    file: Vec<u8>,
}

/// Accept a message for sending.
///
/// From the answer on it is in the queue and will be sent, in order per chat
/// and within the limits, also after a crash; an account that is offline holds
/// its messages until it is back.
#[utoipa::path(
    post, path = "/api/messages", tag = "messages",
    security(("key" = ["send"]), ("cookie" = [])),
    request_body(
        content((NewMessage = "application/json"), (NewMessageWithFile = "multipart/form-data")),
        description = "As JSON; or in parts, a part a field, with the file to send as the part `file`",
    ),
    responses(
        (status = 202, description = "Accepted; the same `idempotency_key` gets the same answer", body = MessageView),
        (status = 400, description = "`malformed_body`: the parts cannot be told apart", body = ErrorBody),
        (status = 404, description = "`account_not_found`: no such account of yours", body = ErrorBody),
        (status = 413, description = "`media_too_large`: the file is larger than MEDIA_MAX_BYTES, which `details.limit` tells; `media_quota_exceeded`: your files would be larger together than MEDIA_QUOTA_BYTES", body = ErrorBody),
        (status = 503, description = "`volume_full`: nothing was kept or queued", body = ErrorBody),
        (status = 409, description = "`duplicate_message`: the account refuses the same content to the same recipient for a while; `details.message_id` is the first", body = ErrorBody),
    )
)]
async fn send(
    State(app): State<App>,
    principal: Principal,
    request: Request,
) -> Result<(StatusCode, Json<MessageView>), ApiError> {
    principal.require(Scope::Send)?;
    let (user, new) = if form::is_multipart(request.headers()) {
        in_parts(&app, &principal, request).await?
    } else {
        let Json(body) = Json::from_request(request, &()).await?;
        let new = input::message(body)?;
        let account = accounts::routes::own(&app, &principal, new.account_id, Scope::Send).await?;
        files::check_own(&app.media, &principal, &new.content).await?;
        (account.user_id, new)
    };
    let accepted = app.outbox.accept(&app.doorbell, user, new).await?;
    Ok((StatusCode::ACCEPTED, Json(accepted)))
}

/// A message that came with its file, which is kept once all the rest is right.
async fn in_parts(
    app: &App,
    principal: &Principal,
    request: Request,
) -> Result<(UserId, NewMessage), ApiError> {
    let Form { mut fields, file } = Form::read(&app.media, principal.user_id, request).await?;
    if file.is_some() {
        if fields.contains_key("media") {
            return Err(ApiError::invalid(
                "media",
                "`media` and `file` are two files; a message has one.",
            ));
        }
        // Stands in for the file, which has no id yet.
        fields.insert("media".to_owned(), json!({ "id": Uuid::nil() }));
        let content_type = fields.get("type").and_then(Value::as_str);
        let content_type = content_type.and_then(ContentType::from_code);
        if content_type.is_some_and(|it| !it.has_file()) {
            return Err(ApiError::invalid(
                "file",
                "`file` has no place in a message of this `type`.",
            ));
        }
    }
    let mut new = input::message(fields)?;
    let account = accounts::routes::own(app, principal, new.account_id, Scope::Send).await?;
    let number = account.phone_number.as_deref();
    app.outbox.recipient(number, &new.to)?;
    app.outbox.check_content(number, &mut new.content.clone())?;
    app.outbox.check_terms(&new)?;
    if file.is_none() {
        files::check_own(&app.media, principal, &new.content).await?;
    }
    let key = new.idempotency_key.as_deref();
    let repeated = app
        .outbox
        .is_repeated(new.account_id, key, &new.content)
        .await?;
    let content_type = new.content.kind.content_type();
    if let (Some((whole, name)), Some(media), false) =
        (file, new.content.kind.media_mut(), repeated)
    {
        let kept = app
            .media
            .keep(account.user_id, whole, name.as_deref(), Some(content_type))
            .await?;
        media.id = kept.id;
    }
    Ok((account.user_id, new))
}

/// A message that is the caller's to see.
async fn own(app: &App, principal: &Principal, id: MessageId) -> Result<MessageView, ApiError> {
    let (account, message) = app.outbox.find(id).await?;
    accounts::service::find(&mut *app.db.read().await?, principal, account)
        .await
        .map_err(|error| match error {
            accounts::Error::NotFound(_) => not_found::<MessageId>(),
            other => other.into(),
        })?;
    Ok(message)
}

/// A message with its timeline.
#[utoipa::path(
    get, path = "/api/messages/{id}", tag = "messages",
    security(("key" = ["read"]), ("cookie" = [])),
    params(("id" = MessageId, Path, description = "The message")),
    responses(
        (status = 200, description = "The message; `timeline` has every status it had", body = MessageView),
    )
)]
async fn find(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<MessageId>,
) -> Result<Json<MessageView>, ApiError> {
    principal.require(Scope::Read)?;
    Ok(Json(own(&app, &principal, id).await?))
}

/// Take a queued message back.
#[utoipa::path(
    delete, path = "/api/messages/{id}", tag = "messages",
    security(("key" = ["send"]), ("cookie" = [])),
    params(("id" = MessageId, Path, description = "The message")),
    responses(
        (status = 200, description = "Cancelled", body = MessageView),
        (status = 409, description = "`not_queued`: it is on its way already", body = ErrorBody),
    )
)]
async fn cancel(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<MessageId>,
) -> Result<Json<MessageView>, ApiError> {
    principal.require(Scope::Send)?;
    own(&app, &principal, id).await?;
    Ok(Json(app.outbox.cancel(&app.doorbell, id).await?))
}

/// Send a failed message again.
///
/// It is queued under the same WhatsApp id, at the end of its chat's line.
#[utoipa::path(
    post, path = "/api/messages/{id}/retry", tag = "messages",
    security(("key" = ["send"]), ("cookie" = [])),
    params(("id" = MessageId, Path, description = "The message")),
    responses(
        (status = 200, description = "Queued again", body = MessageView),
        (status = 409, description = "`not_failed`; `expired`: its `expires_at` has passed", body = ErrorBody),
    )
)]
async fn retry(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<MessageId>,
) -> Result<Json<MessageView>, ApiError> {
    principal.require(Scope::Send)?;
    own(&app, &principal, id).await?;
    Ok(Json(app.outbox.retry(&app.doorbell, id).await?))
}

/// Pause an account's queue.
///
/// Its messages are accepted and stay `queued`; what is on its way goes on.
#[utoipa::path(
    post, path = "/api/accounts/{id}/queue/pause", tag = "messages",
    security(("key" = ["send"]), ("cookie" = [])),
    params(("id" = AccountId, Path, description = "The account")),
    responses(
        (status = 200, description = "The account, with `queue_paused_at`", body = AccountView),
    )
)]
async fn pause(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<AccountId>,
) -> Result<Json<AccountView>, ApiError> {
    accounts::routes::own(&app, &principal, id, Scope::Send).await?;
    let by = activity::by(&app, &principal).await?;
    app.outbox.pause(id, by).await?;
    let account = accounts::routes::own(&app, &principal, id, Scope::Send).await?;
    Ok(Json(account.view()))
}

/// Resume an account's queue.
///
/// Its queued messages go on, in their order.
#[utoipa::path(
    post, path = "/api/accounts/{id}/queue/resume", tag = "messages",
    security(("key" = ["send"]), ("cookie" = [])),
    params(("id" = AccountId, Path, description = "The account")),
    responses(
        (status = 200, description = "The account, with `queue_paused_at`", body = AccountView),
    )
)]
async fn resume(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<AccountId>,
) -> Result<Json<AccountView>, ApiError> {
    accounts::routes::own(&app, &principal, id, Scope::Send).await?;
    let by = activity::by(&app, &principal).await?;
    app.outbox.resume(&app.doorbell, id, by).await?;
    let account = accounts::routes::own(&app, &principal, id, Scope::Send).await?;
    Ok(Json(account.view()))
}
