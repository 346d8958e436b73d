//! `/api/messages`
#![expect(unused_qualifications, reason = "utoipa's macro writes them")]

use super::{Error, listing::Selection};
use crate::{
    App, accounts,
    http::{ApiError, Id, Json, Query, auth::Principal, extract::not_found},
};
use axum::extract::State;
use chrono::DateTime;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use whahook_contract::{
    account::AccountView,
    error::ErrorBody,
    ids::{AccountId, BulkId, MessageId},
    key::Scope,
    list::List,
    message::{MessageStatus, MessageView, NewMessage, Priority},
};

const PAGE: i64 = 50;
const PAGE_MAX: i64 = 200;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(send, list))
        .routes(routes!(find, cancel))
        .routes(routes!(retry))
        .routes(routes!(pause))
        .routes(routes!(resume))
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
            Error::Account(error) => error.into(),
            Error::Media(error) => error.into(),
            Error::Database(error) => error.into(),
        }
    }
}

/// The fields that a message may have. The contents are flattened into the
/// message, and serde cannot refuse what it does not know there.
const FIELDS: &[&str] = &[
    "account_id",
    "to",
    "type",
    "text",
    "idempotency_key",
    "send_at",
    "expires_at",
    "priority",
    "metadata",
];

pub(super) fn read(body: Map<String, Value>) -> Result<NewMessage, ApiError> {
    if let Some(unknown) = body.keys().find(|key| !FIELDS.contains(&key.as_str())) {
        let known = FIELDS.join("`, `");
        return Err(ApiError::invalid(
            unknown,
            format!("`{unknown}` is not known here; a message has `{known}`."),
        ));
    }
    for field in ["account_id", "to", "type"] {
        if !body.contains_key(field) {
            return Err(ApiError::invalid(field, format!("`{field}` is missing.")));
        }
    }
    match body["type"].as_str() {
        Some("text") if !body.contains_key("text") => {
            return Err(ApiError::invalid("text", "`text` is missing."));
        }
        Some("text") => {}
        _ => {
            return Err(ApiError::invalid(
                "type",
                format!("`type` must be `text`, not {}.", body["type"]),
            ));
        }
    }
    for field in ["to", "text", "idempotency_key"] {
        if let Some(value) = body.get(field)
            && !value.is_string()
            && !(field == "idempotency_key" && value.is_null())
        {
            return Err(ApiError::invalid(
                field,
                format!("`{field}` must be a string."),
            ));
        }
    }
    for field in ["send_at", "expires_at"] {
        if let Some(value) = body.get(field)
            && !value.is_null()
            && value
                .as_str()
                .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
                .is_none()
        {
            return Err(ApiError::invalid(
                field,
                format!("`{field}` must be a time as in RFC 3339, like `2026-12-24T18:00:00Z`."),
            ));
        }
    }
    if let Some(value) = body.get("priority")
        && !value.is_null()
        && value.as_str().and_then(Priority::from_code).is_none()
    {
        return Err(ApiError::invalid(
            "priority",
            "`priority` must be `low`, `normal` or `high`.",
        ));
    }
    if let Some(text) = body["account_id"].as_str()
        && text.parse::<AccountId>().is_ok()
    {
        return serde_json::from_value(Value::Object(body))
            .map_err(|error| ApiError::invalid("type", error.to_string()));
    }
    Err(ApiError::invalid(
        "account_id",
        "`account_id` must be the id of an account, as `GET /api/accounts` lists them.",
    ))
}

/// Accept a message for sending.
///
/// From the answer on it is in the queue and will be sent, in order per chat
/// and within the limits, also after a crash; an account that is offline holds
/// its messages until it is back.
#[utoipa::path(
    post, path = "/api/messages", tag = "messages",
    security(("key" = ["send"]), ("cookie" = [])),
    request_body = NewMessage,
    responses(
        (status = 202, description = "Accepted; the same `idempotency_key` gets the same answer", body = MessageView),
        (status = 404, description = "`account_not_found`: no such account of yours", body = ErrorBody),
    )
)]
async fn send(
    State(app): State<App>,
    principal: Principal,
    Json(body): Json<Map<String, Value>>,
) -> Result<(StatusCode, Json<MessageView>), ApiError> {
    principal.require(Scope::Send)?;
    let new = read(body)?;
    let account = accounts::routes::own(&app, &principal, new.account_id, Scope::Send).await?;
    let accepted = app
        .outbox
        .accept(&app.doorbell, account.user_id, new)
        .await?;
    Ok((StatusCode::ACCEPTED, Json(accepted)))
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
    app.outbox.pause(id).await?;
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
    app.outbox.resume(&app.doorbell, id).await?;
    let account = accounts::routes::own(&app, &principal, id, Scope::Send).await?;
    Ok(Json(account.view()))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Filter {
    /// The account whose messages are wanted; all of yours when absent.
    account_id: Option<AccountId>,
    /// Only those that are this now.
    status: Option<MessageStatus>,
    /// The bulk whose messages are wanted.
    bulk_id: Option<BulkId>,
    /// `next_cursor` of the page before.
    cursor: Option<MessageId>,
    /// 1 to 200; 50 when absent.
    limit: Option<i64>,
}

/// Your messages, newest first.
#[utoipa::path(
    get, path = "/api/messages", tag = "messages",
    security(("key" = ["read"]), ("cookie" = [])),
    params(Filter),
    responses(
        (status = 200, description = "A page of messages", body = List<MessageView>),
        (status = 404, description = "`account_not_found`: no such account of yours", body = ErrorBody),
    )
)]
async fn list(
    State(app): State<App>,
    principal: Principal,
    Query(filter): Query<Filter>,
) -> Result<Json<List<MessageView>>, ApiError> {
    principal.require(Scope::Read)?;
    let limit = filter.limit.unwrap_or(PAGE);
    if !(1..=PAGE_MAX).contains(&limit) {
        return Err(ApiError::invalid(
            "limit",
            format!("`limit` must be 1 to {PAGE_MAX}."),
        ));
    }
    if let Some(account) = filter.account_id {
        accounts::routes::own(&app, &principal, account, Scope::Read).await?;
    }
    let selection = Selection {
        user: principal.user_id,
        account: filter.account_id,
        only: principal.only_accounts().map(<[_]>::to_vec),
        status: filter.status,
        bulk: filter.bulk_id,
        before: filter.cursor,
    };
    let mut items = app.outbox.list(&selection, limit + 1).await?;
    let more = i64::try_from(items.len()).unwrap_or(i64::MAX) > limit;
    if more {
        items.pop();
    }
    let next_cursor = items
        .last()
        .filter(|_| more)
        .map(|item| item.id.to_string());
    Ok(Json(List { items, next_cursor }))
}
