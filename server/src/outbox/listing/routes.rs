//! `GET /api/messages`
#![expect(unused_qualifications, reason = "utoipa's macro writes them")]

use super::Selection;
use crate::{
    App, accounts,
    http::{ApiError, Json, Query, auth::Principal},
};
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use whahook_contract::{
    error::ErrorBody,
    ids::{AccountId, BulkId, MessageId},
    key::Scope,
    list::List,
    message::{MessageStatus, MessageView},
};

const PAGE: usize = 50;
const PAGE_MAX: usize = 200;
const TEXT_MAX: usize = 200;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Filter {
    /// The account whose messages are wanted; all of yours when absent.
    account_id: Option<AccountId>,
    /// Only those that are this now; or one of these, with commas between them.
    #[param(example = "queued,sending")]
    status: Option<String>,
    /// The bulk whose messages are wanted.
    bulk_id: Option<BulkId>,
    /// The chat whose messages are wanted, in a form of `to`.
    #[param(example = "+6287733760363")]
    chat: Option<String>,
    /// What the text or caption contains, in small or capital letters: 1 to 200
    /// characters. 10,000 messages are looked through for one page; a page with
    /// few or no items may have a `next_cursor`.
    #[param(example = "order 1042")]
    text: Option<String>,
    /// Only those accepted then or later.
    #[param(example = "2026-11-01T00:00:00Z")]
    from: Option<DateTime<Utc>>,
    /// Only those accepted before.
    #[param(example = "2026-12-01T00:00:00Z")]
    until: Option<DateTime<Utc>>,
    /// `next_cursor` of the page before.
    cursor: Option<MessageId>,
    /// 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
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
    let account = match filter.account_id {
        Some(id) => Some(accounts::routes::own(&app, &principal, id, Scope::Read).await?),
        None => None,
    };
    let own_number = account.and_then(|account| account.phone_number);
    let chat = match filter.chat {
        Some(chat) => {
            let chat = app.outbox.recipient(own_number.as_deref(), &chat);
            let chat = chat.map_err(|error| error.at("chat"))?;
            Some(app.outbox.as_known(principal.user_id, chat).await?)
        }
        None => None,
    };
    let text = filter.text.map(|text| text.to_lowercase());
    if let Some(text) = &text
        && !(1..=TEXT_MAX).contains(&text.chars().count())
    {
        return Err(ApiError::invalid(
            "text",
            format!("`text` must have 1 to {TEXT_MAX} characters."),
        ));
    }
    let selection = Selection {
        user: principal.user_id,
        account: filter.account_id,
        only: principal.only_accounts().map(<[_]>::to_vec),
        statuses: filter.status.as_deref().map_or(Ok(Vec::new()), statuses)?,
        bulk: filter.bulk_id,
        chat,
        text,
        from: filter.from,
        until: filter.until,
        before: filter.cursor,
    };
    let (items, next) = app.outbox.list(&selection, limit).await?;
    let next_cursor = next.map(|id| id.to_string());
    Ok(Json(List { items, next_cursor }))
}

fn statuses(text: &str) -> Result<Vec<MessageStatus>, ApiError> {
    let read = |code: &str| {
        MessageStatus::from_code(code).ok_or_else(|| {
            let known: Vec<_> = MessageStatus::ALL.iter().map(|it| it.code()).collect();
            let message = format!("`{code}` is no status; there are `{}`.", known.join("`, `"));
            ApiError::invalid("status", message)
        })
    };
    text.split(',').map(read).collect()
}
