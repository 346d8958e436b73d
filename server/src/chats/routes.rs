//! `/api/accounts/{id}/contacts`, `/chats/{chat}`, `/presence`

use super::service;
use crate::{
    App, accounts,
    accounts::Account,
    http::{ApiError, Id, Json, auth::Principal},
};
use axum::extract::{FromRequestParts, RawPathParams, State};
use http::{StatusCode, request::Parts};
use utoipa_axum::{router::OpenApiRouter, routes};
use whahook_contract::{
    chat::{CheckNumbers, CheckedNumbers, MarkRead, SetPresence, ShowTyping},
    error::ErrorBody,
    ids::AccountId,
    key::Scope,
    message::Recipient,
};

const NUMBERS_MAX: usize = 100;
const MESSAGES_MAX: usize = 1_000;
const ID_MAX: usize = 128;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(check))
        .routes(routes!(type_in))
        .routes(routes!(read))
        .routes(routes!(show))
}

/// The `{chat}` of the path, in any form of `to`.
struct Chat(String);

impl<S: Send + Sync> FromRequestParts<S> for Chat {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|_| ApiError::invalid("chat", "`chat` is not UTF-8."))?;
        let chat = params.iter().find(|(name, _)| *name == "chat");
        Ok(Self(
            chat.map_or_else(String::new, |(_, text)| text.to_owned()),
        ))
    }
}

/// A recipient that stands in another field than `to`.
fn recipient(app: &App, account: &Account, field: &str, text: &str) -> Result<Recipient, ApiError> {
    let parsed = app.outbox.recipient(account.phone_number.as_deref(), text);
    Ok(parsed.map_err(|error| error.at(field))?)
}

/// Look up whether numbers are on WhatsApp
///
/// What WhatsApp said is kept: for 30 days that a number is there, for an hour
/// that it is not. Only the others need a connection.
#[utoipa::path(
    post, path = "/api/accounts/{id}/contacts/check", tag = "chats",
    operation_id = "check_numbers",
    security(("key" = ["send"]), ("cookie" = [])),
    params(("id" = AccountId, Path, description = "The account that asks")),
    request_body = CheckNumbers,
    responses(
        (status = 200, body = CheckedNumbers, description = "One answer for each number"),
        (status = 409, body = ErrorBody, description = "`not_connected`: `details` has the session's status. `whatsapp_failed`"),
    ),
)]
async fn check(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<AccountId>,
    Json(body): Json<CheckNumbers>,
) -> Result<Json<CheckedNumbers>, ApiError> {
    let account = accounts::routes::own(&app, &principal, id, Scope::Send).await?;
    if !(1..=NUMBERS_MAX).contains(&body.numbers.len()) {
        let message = format!("`numbers` must have 1 to {NUMBERS_MAX} phone numbers.");
        return Err(ApiError::invalid("numbers", message));
    }
    let mut asked = Vec::with_capacity(body.numbers.len());
    for (n, number) in body.numbers.into_iter().enumerate() {
        let field = format!("numbers[{n}]");
        let to = recipient(&app, &account, &field, &number)?;
        if to.phone_number.is_none() {
            let message = format!("`{number}` is not a phone number.");
            return Err(ApiError::invalid(&field, message));
        }
        asked.push((number, to));
    }
    let numbers = service::check(&app, &account, asked).await?;
    Ok(Json(CheckedNumbers { numbers }))
}

/// Show that somebody types
///
/// Or records a voice note, or stopped doing so. Phones forget it by themselves
/// after some seconds, and when a message comes.
#[utoipa::path(
    post, path = "/api/accounts/{id}/chats/{chat}/typing", tag = "chats",
    operation_id = "show_typing",
    security(("key" = ["send"]), ("cookie" = [])),
    params(
        ("id" = AccountId, Path, description = "The account"),
        ("chat" = String, Path, description = "The chat, in a form of `to`", example = "+6287733760363"),
    ),
    request_body = ShowTyping,
    responses(
        (status = 204, description = "It was told to WhatsApp"),
        (status = 409, body = ErrorBody, description = "`not_connected`: `details` has the session's status. `whatsapp_failed`"),
    ),
)]
async fn type_in(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<AccountId>,
    Chat(chat): Chat,
    Json(body): Json<ShowTyping>,
) -> Result<StatusCode, ApiError> {
    let account = accounts::routes::own(&app, &principal, id, Scope::Send).await?;
    let chat = recipient(&app, &account, "chat", &chat)?;
    service::type_in(&app, &account, chat, body.state).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Mark messages as read
///
/// The other side sees blue ticks, unless the account has switched them off.
#[utoipa::path(
    post, path = "/api/accounts/{id}/chats/{chat}/read", tag = "chats",
    operation_id = "mark_read",
    security(("key" = ["send"]), ("cookie" = [])),
    params(
        ("id" = AccountId, Path, description = "The account"),
        ("chat" = String, Path, description = "The chat, in a form of `to`", example = "+6287733760363"),
    ),
    request_body = MarkRead,
    responses(
        (status = 204, description = "It was told to WhatsApp"),
        (status = 409, body = ErrorBody, description = "`not_connected`: `details` has the session's status. `whatsapp_failed`"),
    ),
)]
async fn read(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<AccountId>,
    Chat(chat): Chat,
    Json(body): Json<MarkRead>,
) -> Result<StatusCode, ApiError> {
    let account = accounts::routes::own(&app, &principal, id, Scope::Send).await?;
    let chat = recipient(&app, &account, "chat", &chat)?;
    let is_group = chat.jid.ends_with("@g.us");
    if !(1..=MESSAGES_MAX).contains(&body.message_ids.len()) {
        let message = format!("`message_ids` must have 1 to {MESSAGES_MAX} ids.");
        return Err(ApiError::invalid("message_ids", message));
    }
    let is_id = |id: &String| {
        (1..=ID_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if !body.message_ids.iter().all(is_id) {
        return Err(ApiError::invalid(
            "message_ids",
            "`message_ids` must have WhatsApp's ids, like `3EB0C431C26A1916E07A`.",
        ));
    }
    let sender = match &body.from {
        Some(from) => Some(recipient(&app, &account, "from", from)?),
        None if is_group => {
            let message = "`from` is needed in a group: who wrote the messages.";
            return Err(ApiError::invalid("from", message));
        }
        None => None,
    };
    // In a chat of two, everything is from the other side.
    let sender = sender.filter(|_| is_group);
    service::read(&app, &account, chat, sender, body.message_ids).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Show the account as online
///
/// Or not, as it is at first. It stays so, also over a new connection or a restart
/// of the server, until it is changed. While it is online, its phone gets no
/// notifications of new messages.
#[utoipa::path(
    put, path = "/api/accounts/{id}/presence", tag = "chats",
    operation_id = "set_presence",
    security(("key" = ["send"]), ("cookie" = [])),
    params(("id" = AccountId, Path, description = "The account")),
    request_body = SetPresence,
    responses(
        (status = 204, description = "It was told to WhatsApp"),
        (status = 409, body = ErrorBody, description = "`not_connected`: `details` has the session's status. `whatsapp_failed`"),
    ),
)]
async fn show(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<AccountId>,
    Json(body): Json<SetPresence>,
) -> Result<StatusCode, ApiError> {
    let account = accounts::routes::own(&app, &principal, id, Scope::Send).await?;
    service::show(&app, &account, body.presence).await?;
    Ok(StatusCode::NO_CONTENT)
}
