//! `/api/conversations`
#![expect(unused_qualifications, reason = "utoipa's macro writes them")]

use super::{
    Error,
    export::{self, Format, Piece},
    listing::{Place, Selection},
    search::{self, Search},
    service,
    thread::Order,
};
use crate::{
    App, accounts,
    http::{
        ApiError, Id, Json, Query,
        auth::Principal,
        extract,
        page::{cut, limit},
    },
};
use axum::{
    body::{Body, Bytes},
    extract::State,
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::Deserialize;
use tokio::sync::mpsc;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use whahook_contract::{
    conversation::{ConversationChanges, ConversationView},
    error::ErrorBody,
    ids::{AccountId, ConversationId, MessageId},
    key::Scope,
    list::List,
    received::ChatMessage,
};

const NAME_MAX: usize = 100;
const QUESTION_MAX: usize = 200;
/// Pieces of a file that wait to be taken.
const PIECES: usize = 2;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(find, change))
        .routes(routes!(messages))
        .routes(routes!(read))
        .routes(routes!(download))
        .routes(routes!(find_words))
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(_) => extract::not_found::<ConversationId>(),
            Error::NoSuchMessage(_) => Self::invalid(
                "cursor",
                "`cursor` must be the id of a message of the conversation.",
            ),
            Error::Invalid(invalid) => invalid.into(),
            Error::Database(error) => error.into(),
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Filter {
    /// The account whose conversations are wanted; all of yours when absent.
    account_id: Option<AccountId>,
    /// Only those that are put aside, or only the others; both when absent.
    archived: Option<bool>,
    /// Only those with something unread.
    unread: Option<bool>,
    /// Only those with this label.
    #[param(example = "vip")]
    label: Option<String>,
    /// What the other side's name or number, or the group's subject, contains: 1
    /// to 100 characters.
    #[param(example = "ana")]
    name: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// List conversations
///
/// Where something was written last comes first.
#[utoipa::path(
    get, path = "/api/conversations", tag = "conversations",
    security(("key" = ["read"]), ("cookie" = [])),
    params(Filter),
    responses(
        (status = 200, body = List<ConversationView>, description = "A page of conversations"),
        (status = 404, body = ErrorBody, description = "`account_not_found`: no such account of yours"),
    ),
)]
async fn list(
    State(app): State<App>,
    principal: Principal,
    Query(filter): Query<Filter>,
) -> Result<Json<List<ConversationView>>, ApiError> {
    principal.require(Scope::Read)?;
    let limit = limit(filter.limit)?;
    if let Some(account) = filter.account_id {
        accounts::routes::own(&app, &principal, account, Scope::Read).await?;
    }
    if let Some(name) = &filter.name
        && !(1..=NAME_MAX).contains(&name.chars().count())
    {
        return Err(ApiError::invalid(
            "name",
            format!("`name` must have 1 to {NAME_MAX} characters."),
        ));
    }
    let before = filter.cursor.as_deref().map(str::parse::<Place>);
    let before = before.transpose().map_err(|()| {
        let message = "cursor must be the next_cursor of the page before.";
        ApiError::invalid("cursor", message)
    })?;
    let selection = Selection {
        user: principal.user_id,
        account: filter.account_id,
        only: principal.only_accounts().map(<[_]>::to_vec),
        archived: filter.archived,
        unread: filter.unread.unwrap_or_default(),
        label: filter.label,
        name: filter.name,
        before,
    };
    let mut conn = app.db.read().await?;
    let found = service::list(&mut conn, &selection, limit + 1).await?;
    Ok(Json(cut(found, limit, |view| {
        Place::of(view.last_message_at, view.id).to_string()
    })))
}

/// Show a conversation
#[utoipa::path(
    get, path = "/api/conversations/{id}", tag = "conversations",
    security(("key" = ["read"]), ("cookie" = [])),
    params(("id" = ConversationId, Path, description = "The conversation")),
    responses(
        (status = 200, body = ConversationView, description = "The conversation"),
        (status = 404, body = ErrorBody, description = "`conversation_not_found`"),
    ),
)]
async fn find(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<ConversationId>,
) -> Result<Json<ConversationView>, ApiError> {
    principal.require(Scope::Read)?;
    let mut conn = app.db.read().await?;
    let conversation = service::own(&mut conn, &principal, id).await?;
    Ok(Json(service::view(&mut conn, &conversation).await?))
}

/// Put a conversation aside, mark it as unread, label it, or write down a note
///
/// Nobody at WhatsApp hears of it.
#[utoipa::path(
    patch, path = "/api/conversations/{id}", tag = "conversations",
    security(("key" = ["send"]), ("cookie" = [])),
    params(("id" = ConversationId, Path, description = "The conversation")),
    request_body = ConversationChanges,
    responses(
        (status = 200, body = ConversationView, description = "The conversation as it is now"),
        (status = 404, body = ErrorBody, description = "`conversation_not_found`"),
    ),
)]
async fn change(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<ConversationId>,
    Json(changes): Json<ConversationChanges>,
) -> Result<Json<ConversationView>, ApiError> {
    principal.require(Scope::Send)?;
    Ok(Json(service::change(&app, &principal, id, changes).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Thread {
    /// Which comes first: `newest` (when absent) goes back in time, `oldest` forth.
    #[param(inline)]
    order: Option<Order>,
    /// `next_cursor` of the page before, or the id of any message of the
    /// conversation: the page begins after it.
    cursor: Option<MessageId>,
    /// 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// List the messages of a conversation
///
/// What came in and what went out. What is sent from here stands here once it
/// has left the queue.
#[utoipa::path(
    get, path = "/api/conversations/{id}/messages", tag = "conversations",
    operation_id = "list_conversation_messages",
    security(("key" = ["read"]), ("cookie" = [])),
    params(("id" = ConversationId, Path, description = "The conversation"), Thread),
    responses(
        (status = 200, body = List<ChatMessage>, description = "A page of messages"),
        (status = 404, body = ErrorBody, description = "`conversation_not_found`"),
    ),
)]
async fn messages(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<ConversationId>,
    Query(thread): Query<Thread>,
) -> Result<Json<List<ChatMessage>>, ApiError> {
    principal.require(Scope::Read)?;
    let limit = limit(thread.limit)?;
    let order = thread.order.unwrap_or_default();
    let mut conn = app.db.read().await?;
    let conversation = service::own(&mut conn, &principal, id).await?;
    let found =
        service::messages(&mut conn, &conversation, thread.cursor, order, limit + 1).await?;
    Ok(Json(cut(found, limit, |message| message.id.to_string())))
}

/// Mark a conversation as read
///
/// Who wrote what was unread sees blue ticks, if the account is connected and has
/// not switched them off.
#[utoipa::path(
    post, path = "/api/conversations/{id}/read", tag = "conversations",
    operation_id = "read_conversation",
    security(("key" = ["send"]), ("cookie" = [])),
    params(("id" = ConversationId, Path, description = "The conversation")),
    responses(
        (status = 200, body = ConversationView, description = "The conversation as it is now"),
        (status = 404, body = ErrorBody, description = "`conversation_not_found`"),
    ),
)]
async fn read(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<ConversationId>,
) -> Result<Json<ConversationView>, ApiError> {
    principal.require(Scope::Send)?;
    Ok(Json(service::read(&app, &principal, id).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Download {
    /// `json` (when absent), `csv` or `text`.
    #[param(inline)]
    format: Option<Format>,
}

/// Export a conversation
///
/// As a file, the oldest message first.
#[utoipa::path(
    get, path = "/api/conversations/{id}/export", tag = "conversations",
    operation_id = "export_conversation",
    security(("key" = ["read"]), ("cookie" = [])),
    params(("id" = ConversationId, Path, description = "The conversation"), Download),
    responses(
        (status = 200, description = "The file", content(
            (Vec<ChatMessage> = "application/json"),
            (String = "text/csv"),
            (String = "text/plain"),
        )),
        (status = 404, body = ErrorBody, description = "`conversation_not_found`"),
    ),
)]
async fn download(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<ConversationId>,
    Query(wanted): Query<Download>,
) -> Result<Response, ApiError> {
    principal.require(Scope::Read)?;
    let format = wanted.format.unwrap_or_default();
    let conversation = service::own(&mut *app.db.read().await?, &principal, id).await?;
    let (out, pieces) = mpsc::channel(PIECES);
    app.spawn(export::write(app.db.clone(), conversation, format, out));
    let pieces = stream::unfold(pieces, |mut pieces| async move {
        let piece: Piece = pieces.recv().await?;
        Some((piece, pieces))
    });
    // Whoever compresses it asks again behind its end.
    let body = pieces.fuse().map(|piece| piece.map(Bytes::from));
    let name = format!(
        "attachment; filename=\"conversation.{}\"",
        format.extension()
    );
    let headers = [
        (CONTENT_TYPE, format.mime_type().to_owned()),
        (CONTENT_DISPOSITION, name),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Question {
    /// Needed. Words; a message has all of them, whole, but the last may go on. 1 to 200
    /// characters with a letter or a digit among them.
    #[param(example = "order 1042")]
    q: Option<String>,
    /// The account whose messages are looked through; all of yours when absent.
    account_id: Option<AccountId>,
    /// The conversation that is looked through; all when absent.
    conversation_id: Option<ConversationId>,
    /// `next_cursor` of the page before.
    #[param(example = "7331472899321856")]
    cursor: Option<i64>,
    /// 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// Search messages
///
/// In texts, captions and questions of all conversations; what came to be known
/// last comes first.
#[utoipa::path(
    get, path = "/api/messages/search", tag = "conversations",
    operation_id = "search_messages",
    security(("key" = ["read"]), ("cookie" = [])),
    params(Question),
    responses(
        (status = 200, body = List<ChatMessage>, description = "A page of messages"),
        (status = 404, body = ErrorBody, description = "`account_not_found`, `conversation_not_found`"),
    ),
)]
async fn find_words(
    State(app): State<App>,
    principal: Principal,
    Query(asked): Query<Question>,
) -> Result<Json<List<ChatMessage>>, ApiError> {
    principal.require(Scope::Read)?;
    let limit = limit(asked.limit)?;
    let question = asked.q.unwrap_or_default();
    let words = search::words(&question);
    if words.is_empty() || question.chars().count() > QUESTION_MAX {
        let message =
            format!("`q` must have 1 to {QUESTION_MAX} characters, and a letter or a digit.");
        return Err(ApiError::invalid("q", message));
    }
    if let Some(account) = asked.account_id {
        accounts::routes::own(&app, &principal, account, Scope::Read).await?;
    }
    let mut conn = app.db.read().await?;
    if let Some(id) = asked.conversation_id {
        service::own(&mut conn, &principal, id).await?;
    }
    let search = Search {
        user: principal.user_id,
        account: asked.account_id,
        only: principal.only_accounts().map(<[_]>::to_vec),
        conversation: asked.conversation_id,
        words,
        before: asked.cursor,
    };
    let found = search::find(&mut conn, app.db.kind(), &search, limit + 1).await?;
    let page = cut(found, limit, |(number, _)| number.to_string());
    Ok(Json(List {
        items: page.items.into_iter().map(|(_, message)| message).collect(),
        next_cursor: page.next_cursor,
    }))
}
