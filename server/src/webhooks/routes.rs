//! `/api/webhooks`
#![expect(unused_qualifications, reason = "utoipa's macro writes them")]

use super::{Error, service};
use crate::{
    App,
    http::{
        ApiError, Id, Json, Query,
        auth::Principal,
        extract::{self, OptionalJson},
        page::{Page, cut},
    },
};
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use whahook_contract::{
    error::ErrorBody,
    ids::WebhookId,
    key::Scope,
    list::List,
    webhook::{
        CreatedWebhook, DeliveryStatus, DeliveryView, NewSecret, NewWebhook, Replay, ReplayView,
        SecretView, WebhookChanges, WebhookView,
    },
};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create, list))
        .routes(routes!(find, change, remove))
        .routes(routes!(rotate))
        .routes(routes!(deliveries))
        .routes(routes!(test))
        .routes(routes!(replay))
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(invalid) => invalid.into(),
            Error::NotFound => extract::not_found::<WebhookId>(),
            Error::TooMany(limit) => Self::new(
                StatusCode::CONFLICT,
                "webhook_limit_reached",
                format!("You have {limit} webhooks; no more are allowed."),
            )
            .details(json!({ "limit": limit })),
            Error::Account(error) => error.into(),
            Error::Database(error) => error.into(),
        }
    }
}

/// Make a webhook
///
/// From now on what happens is sent to its `url` by `POST`, an event a request, as
/// `GET /api/events` has it, signed as Standard Webhooks prescribes (headers
/// `webhook-id`, `webhook-timestamp`, `webhook-signature`). Any status from 200 to
/// 299 within 15 s counts as arrived; redirects do not. What does not arrive is
/// sent again for a day, with growing pauses and under the same `webhook-id`, and
/// holds back what follows in its chat and nothing else. A webhook where nothing
/// arrives for a day, or that answers 410, is turned off, and you are told by
/// e-mail. The answer is the only time the secret is shown.
#[utoipa::path(
    post, path = "/api/webhooks", tag = "webhooks",
    security(("key" = ["admin"]), ("cookie" = [])),
    request_body = NewWebhook,
    responses(
        (status = 201, body = CreatedWebhook, description = "The webhook, with its secret"),
        (status = 409, body = ErrorBody, description = "`webhook_limit_reached`: there are as many as are allowed"),
    ),
)]
async fn create(
    State(app): State<App>,
    principal: Principal,
    Json(new): Json<NewWebhook>,
) -> Result<(StatusCode, Json<CreatedWebhook>), ApiError> {
    principal.require(Scope::Admin)?;
    let (webhook, secret) = service::create(&app, &principal, &new).await?;
    let view = service::view(&app, &webhook).await?;
    Ok((StatusCode::CREATED, Json(CreatedWebhook { secret, view })))
}

/// List webhooks
///
/// Your own, newest first.
#[utoipa::path(
    get, path = "/api/webhooks", tag = "webhooks",
    security(("key" = ["read"]), ("cookie" = [])),
    params(Page),
    responses((status = 200, body = List<WebhookView>, description = "A page of webhooks")),
)]
async fn list(
    State(app): State<App>,
    principal: Principal,
    Query(page): Query<Page>,
) -> Result<Json<List<WebhookView>>, ApiError> {
    principal.require(Scope::Read)?;
    let limit = page.limit()?;
    let before = page.cursor()?;
    let webhooks = service::list(&app, &principal, before, limit + 1).await?;
    let mut views = Vec::with_capacity(webhooks.len());
    for webhook in &webhooks {
        views.push(service::view(&app, webhook).await?);
    }
    Ok(Json(cut(views, limit, |view: &WebhookView| {
        view.id.to_string()
    })))
}

/// Read a webhook
#[utoipa::path(
    get, path = "/api/webhooks/{id}", tag = "webhooks",
    security(("key" = ["read"]), ("cookie" = [])),
    params(("id" = WebhookId, Path, description = "The webhook")),
    responses((status = 200, body = WebhookView, description = "The webhook")),
)]
async fn find(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<WebhookId>,
) -> Result<Json<WebhookView>, ApiError> {
    principal.require(Scope::Read)?;
    let webhook = service::find(&mut *app.db.read().await?, &principal, id).await?;
    Ok(Json(service::view(&app, &webhook).await?))
}

/// Change a webhook
///
/// Turned on again, it goes on where it stopped.
#[utoipa::path(
    patch, path = "/api/webhooks/{id}", tag = "webhooks",
    security(("key" = ["admin"]), ("cookie" = [])),
    params(("id" = WebhookId, Path, description = "The webhook")),
    request_body = WebhookChanges,
    responses((status = 200, body = WebhookView, description = "The webhook")),
)]
async fn change(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<WebhookId>,
    Json(changes): Json<WebhookChanges>,
) -> Result<Json<WebhookView>, ApiError> {
    principal.require(Scope::Admin)?;
    let webhook = service::change(&app, &principal, id, &changes).await?;
    Ok(Json(service::view(&app, &webhook).await?))
}

/// Remove a webhook
///
/// With what waits and what was given up.
#[utoipa::path(
    delete, path = "/api/webhooks/{id}", tag = "webhooks",
    security(("key" = ["admin"]), ("cookie" = [])),
    params(("id" = WebhookId, Path, description = "The webhook")),
    responses((status = 204, description = "It is gone")),
)]
async fn remove(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<WebhookId>,
) -> Result<StatusCode, ApiError> {
    principal.require(Scope::Admin)?;
    service::remove(&app, &principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replace a webhook's secret
///
/// Until the overlap is over, what is sent has two signatures: one with the new
/// secret, one with the old. A receiver that knows either accepts it.
#[utoipa::path(
    post, path = "/api/webhooks/{id}/secret", tag = "webhooks",
    security(("key" = ["admin"]), ("cookie" = [])),
    params(("id" = WebhookId, Path, description = "The webhook")),
    request_body = Option<NewSecret>,
    responses((status = 200, body = SecretView, description = "The new secret, shown this once")),
)]
async fn rotate(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<WebhookId>,
    OptionalJson(wish): OptionalJson<NewSecret>,
) -> Result<Json<SecretView>, ApiError> {
    principal.require(Scope::Admin)?;
    let (webhook, secret) = service::rotate(&app, &principal, id, &wish).await?;
    Ok(Json(SecretView {
        secret,
        previous_secret_until: webhook.previous_until,
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Filter {
    /// Only those of which this became.
    status: Option<DeliveryStatus>,
    /// How many at most, 1 to 200; 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List a webhook's deliveries
///
/// Newest first: what was sent, when, how often, and what was answered. What
/// arrived is kept for 7 days, what was given up for 30.
#[utoipa::path(
    get, path = "/api/webhooks/{id}/deliveries", tag = "webhooks",
    security(("key" = ["read"]), ("cookie" = [])),
    params(("id" = WebhookId, Path, description = "The webhook"), Filter),
    responses((status = 200, body = List<DeliveryView>, description = "A page of deliveries")),
)]
async fn deliveries(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<WebhookId>,
    Query(filter): Query<Filter>,
) -> Result<Json<List<DeliveryView>>, ApiError> {
    principal.require(Scope::Read)?;
    let page = Page {
        limit: filter.limit,
        cursor: filter.cursor,
    };
    let limit = page.limit()?;
    let part = (page.cursor()?, limit + 1);
    let views = service::deliveries(&app, &principal, id, filter.status, part).await?;
    Ok(Json(cut(views, limit, |view: &DeliveryView| {
        view.id.to_string()
    })))
}

/// Send a test
///
/// At once, also where the webhook is off: an event of the type `webhook:test`,
/// with `seq` 0 and no account. The answer tells how it went.
#[utoipa::path(
    post, path = "/api/webhooks/{id}/test", tag = "webhooks",
    security(("key" = ["admin"]), ("cookie" = [])),
    params(("id" = WebhookId, Path, description = "The webhook")),
    responses((status = 200, body = DeliveryView, description = "It was sent; `last_attempt` has the answer")),
)]
async fn test(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<WebhookId>,
) -> Result<Json<DeliveryView>, ApiError> {
    principal.require(Scope::Admin)?;
    Ok(Json(service::test(&app, &principal, id).await?))
}

/// Send events again
///
/// Everything `after` a number of one account, everything `since` a time, or what
/// was given up (`failed: true`). Events keep their `webhook-id`, so that a
/// receiver can tell what it has. What happens meanwhile comes after, in order.
#[utoipa::path(
    post, path = "/api/webhooks/{id}/replay", tag = "webhooks",
    security(("key" = ["admin"]), ("cookie" = [])),
    params(("id" = WebhookId, Path, description = "The webhook")),
    request_body = Replay,
    responses(
        (status = 202, body = ReplayView, description = "They will be sent"),
        (status = 404, body = ErrorBody, description = "`account_not_found`: no such account of yours; `webhook_not_found`"),
    ),
)]
async fn replay(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<WebhookId>,
    Json(wish): Json<Replay>,
) -> Result<(StatusCode, Json<ReplayView>), ApiError> {
    principal.require(Scope::Admin)?;
    let events = service::replay(&app, &principal, id, &wish).await?;
    Ok((StatusCode::ACCEPTED, Json(ReplayView { events })))
}
