//! `/api/events`, `/api/events/stream`, `/events.schema.json`
#![expect(unused_qualifications, reason = "utoipa's macro writes them")]

use super::{
    positions::Positions,
    reading::{self, Kept, Types},
    schema,
    stream::{self, Item, Numbered, Wish},
};
use crate::{
    App, accounts,
    http::{ApiError, Json, Query, auth::Principal, page},
};
use axum::{
    extract::State,
    response::{
        IntoResponse,
        sse::{Event as SseEvent, Sse},
    },
};
use futures::{Stream, StreamExt, stream::unfold};
use http::{HeaderMap, header::CONTENT_TYPE};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use tokio::sync::mpsc;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use whahook_contract::{error::ErrorBody, event::LedgerPage, ids::AccountId, key::Scope};

/// As many positions fit into a header that every proxy lets through.
const STREAM_ACCOUNTS: usize = 200;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(stream))
        .routes(routes!(schema_of_events))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Filter {
    /// The account whose events are wanted.
    account_id: AccountId,
    /// Only those after this number: that of the newest event you have, or
    /// `next_cursor` of the page before; from the oldest that is kept when absent.
    #[param(minimum = 0, example = 1042)]
    after: Option<i64>,
    /// Only events of these types, with commas between them.
    #[param(example = "message:status,whatsapp:status")]
    types: Option<String>,
    /// 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

#[derive(Serialize)]
struct Answer {
    items: Vec<Kept>,
    next_cursor: Option<String>,
    oldest_seq: Option<i64>,
    newest_seq: i64,
}

/// Read the ledger of an account
///
/// Oldest first, without gaps: every event has the number after that of the one
/// before. What each `type` means and has in its `data` is in
/// `/events.schema.json`. With `types`, 10,000 events are looked through for one
/// page; one with few or no items may have a `next_cursor`.
#[utoipa::path(
    get, path = "/api/events", tag = "events",
    security(("key" = ["read"]), ("cookie" = [])),
    params(Filter),
    responses(
        (status = 200, body = LedgerPage, description = "A page of events"),
        (status = 404, body = ErrorBody, description = "`account_not_found`: no such account of yours"),
    ),
)]
async fn list(
    State(app): State<App>,
    principal: Principal,
    filter: Result<Query<Filter>, ApiError>,
) -> Result<Json<Answer>, ApiError> {
    principal.require(Scope::Read)?;
    let Query(filter) = filter?;
    let limit = page::limit(filter.limit)?;
    let after = not_negative(filter.after)?;
    let types = types(filter.types.as_deref())?;
    let account = filter.account_id;
    accounts::routes::own(&app, &principal, account, Scope::Read).await?;
    let mut conn = app.db.read().await?;
    let chunk = reading::chunk(&mut conn, account, after, &types, limit).await?;
    Ok(Json(Answer {
        next_cursor: (!chunk.is_last()).then(|| chunk.reached.to_string()),
        oldest_seq: chunk.oldest,
        newest_seq: chunk.newest,
        items: chunk.items,
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Subscription {
    /// The accounts whose events are wanted, up to 200 with commas between them;
    /// all of yours when absent.
    #[param(example = "01934f3e-8b22-7d41-8a0f-5b7d9e3c2a44")]
    account_ids: Option<String>,
    /// Only events of these types, with commas between them.
    #[param(example = "message:status,whatsapp:status")]
    types: Option<String>,
    /// In place of the header `last-event-id`, for a first connection.
    #[param(example = "5b7d9e3c2a44:1042")]
    last_event_id: Option<String>,
}

/// Follow events
///
/// Server-sent events, as a browser's `EventSource` reads them: the `data` of each
/// is an event of the ledger, as `GET /api/events` has it. The `id` says how far
/// all accounts have been read; a client that comes back with the last one in
/// `last-event-id`, as `EventSource` does by itself, goes on right there, and
/// nothing is lost or doubled. Without it events are told from now on. Every 15 s
/// something comes: an `id` without `data` where nothing happened. The stream ends
/// when the key or cookie is no longer good, when nothing is read for 30 s, and
/// when the server stops.
#[utoipa::path(
    get, path = "/api/events/stream", tag = "events",
    security(("key" = ["read"]), ("cookie" = [])),
    params(
        Subscription,
        ("last-event-id" = Option<String>, Header, description = "The last `id` that came", example = "5b7d9e3c2a44:1042"),
    ),
    responses(
        (status = 200, body = String, content_type = "text/event-stream", description = "Events, as they happen"),
        (status = 404, body = ErrorBody, description = "`account_not_found`: no such account of yours"),
    ),
)]
async fn stream(
    State(app): State<App>,
    principal: Principal,
    headers: HeaderMap,
    Query(subscription): Query<Subscription>,
) -> Result<impl IntoResponse, ApiError> {
    principal.require(Scope::Read)?;
    let types = types(subscription.types.as_deref())?;
    let accounts = match subscription.account_ids.as_deref() {
        Some(text) => Some(own_accounts(&app, &principal, text).await?),
        None => None,
    };
    let heads = {
        let mut conn = app.db.read().await?;
        let heads = reading::heads(&mut conn, principal.user_id).await?;
        let covered = |account| {
            let wanted = accounts.as_ref();
            principal.covers(account) && wanted.is_none_or(|it| it.contains(&account))
        };
        heads
            .into_iter()
            .filter(|(account, _)| covered(*account))
            .collect::<Vec<_>>()
    };
    if heads.len() > STREAM_ACCOUNTS {
        return Err(ApiError::invalid(
            "account_ids",
            format!("These are more than {STREAM_ACCOUNTS} accounts: name those you want."),
        ));
    }
    let given = match headers.get("last-event-id") {
        Some(id) => Some(String::from_utf8_lossy(id.as_bytes()).into_owned()),
        None => subscription.last_event_id,
    };
    let positions = match given.filter(|id| !id.is_empty()) {
        Some(id) => {
            let accounts: Vec<AccountId> = heads.iter().map(|(account, _)| *account).collect();
            Positions::read(&id, &accounts).ok_or_else(|| {
                let message = "`last-event-id` must be an `id` that this stream gave out.";
                ApiError::invalid("last_event_id", message)
            })?
        }
        None => {
            let mut positions = Positions::default();
            for (account, newest) in heads {
                positions.set(account, newest);
            }
            positions
        }
    };
    let items = stream::open(
        &app,
        Wish {
            principal,
            headers,
            accounts,
            types,
            positions,
        },
    );
    // Proxies that collect answers would hold events back.
    Ok(([("x-accel-buffering", "no")], Sse::new(as_sse(items))))
}

fn as_sse(
    items: mpsc::Receiver<Numbered>,
) -> impl Stream<Item = Result<SseEvent, Infallible>> + Send {
    unfold(items, async |mut items| {
        let (item, id) = items.recv().await?;
        let event = match item {
            Item::Event(json) => SseEvent::default().data(json),
            Item::Heartbeat => SseEvent::default().comment(""),
        };
        Some((Ok(event.id(id)), items))
    })
    .fuse()
}

/// The events' JSON Schema
///
/// What each event has, in the ledger, in webhooks and over Socket.IO. The same
/// schemas are in `/openapi.json`. `version` grows when something is taken away or
/// means something else; fields and types may be added within one.
#[utoipa::path(
    get, path = "/events.schema.json", tag = "events", security(()),
    responses(
        (status = 200, body = Object, content_type = "application/schema+json", description = "JSON Schema, draft 2020-12"),
    ),
)]
async fn schema_of_events() -> impl IntoResponse {
    let headers = [(CONTENT_TYPE, "application/schema+json")];
    (headers, schema::text())
}

async fn own_accounts(
    app: &App,
    principal: &Principal,
    text: &str,
) -> Result<Vec<AccountId>, ApiError> {
    let mut accounts = Vec::new();
    for id in text.split(',') {
        let id = id.trim().parse::<AccountId>().map_err(|_| {
            let message = format!("`{id}` is no id of an account.");
            ApiError::invalid("account_ids", message)
        })?;
        accounts::routes::own(app, principal, id, Scope::Read).await?;
        if accounts.len() == STREAM_ACCOUNTS {
            let message = format!("Name up to {STREAM_ACCOUNTS} accounts.");
            return Err(ApiError::invalid("account_ids", message));
        }
        accounts.push(id);
    }
    Ok(accounts)
}

fn not_negative(after: Option<i64>) -> Result<i64, ApiError> {
    match after.unwrap_or(0) {
        after @ 0.. => Ok(after),
        _ => Err(ApiError::invalid("after", "`after` must be 0 or more.")),
    }
}

fn types(text: Option<&str>) -> Result<Types, ApiError> {
    let Some(text) = text else {
        return Ok(Types::default());
    };
    let types: Vec<String> = text.split(',').map(|it| it.trim().to_owned()).collect();
    match schema::unknown(&types) {
        Some(unknown) => {
            let message = format!(
                "`{unknown}` is no type of event; there are `{}`.",
                schema::types().join("`, `")
            );
            Err(ApiError::invalid("types", message))
        }
        None => Ok(Types::only(types)),
    }
}
