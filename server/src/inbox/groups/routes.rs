//! `/api/conversations/{id}/members`

use super::service;
use crate::{
    App,
    http::{ApiError, Id, Json, auth::Principal},
};
use axum::extract::State;
use utoipa_axum::{router::OpenApiRouter, routes};
use whahook_contract::{
    conversation::GroupMembers, error::ErrorBody, ids::ConversationId, key::Scope,
};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(members))
}

/// List who is in a group
///
/// As WhatsApp said when the group was first seen, and what changed since. Empty
/// for a conversation with a person.
#[utoipa::path(
    get, path = "/api/conversations/{id}/members", tag = "conversations",
    operation_id = "list_group_members",
    security(("key" = ["read"]), ("cookie" = [])),
    params(("id" = ConversationId, Path, description = "The conversation")),
    responses(
        (status = 200, body = GroupMembers, description = "Who is in it"),
        (status = 404, body = ErrorBody, description = "`conversation_not_found`"),
    ),
)]
async fn members(
    State(app): State<App>,
    principal: Principal,
    Id(id): Id<ConversationId>,
) -> Result<Json<GroupMembers>, ApiError> {
    principal.require(Scope::Read)?;
    Ok(Json(service::members(&app, &principal, id).await?))
}
