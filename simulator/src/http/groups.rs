//! `/groups`: groups and who is in them.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;

use super::errors::{ApiError, Body};
use super::views::GroupView;
use crate::simulator::{Control, GroupChanges};
use crate::state::groups::Addressing;

type Answer<T> = Result<T, ApiError>;

#[derive(Deserialize)]
pub struct NewGroup {
    subject: String,
    owner: String,
    #[serde(default)]
    participants: Vec<String>,
    #[serde(default)]
    addressing_mode: Addressing,
}

pub async fn make(
    State(control): State<Control>,
    Body(new): Body<NewGroup>,
) -> Answer<(StatusCode, Json<GroupView>)> {
    let subject = new.subject.trim();
    if subject.is_empty() {
        return Err(ApiError::invalid("subject", "the group has no subject"));
    }
    let made = control.make_group(subject, &new.owner, &new.participants, new.addressing_mode);
    Ok((StatusCode::CREATED, Json(made.await?)))
}

pub async fn list(State(control): State<Control>) -> Json<Vec<GroupView>> {
    Json(control.groups())
}

pub async fn show(
    State(control): State<Control>,
    Path(jid): Path<String>,
) -> Answer<Json<GroupView>> {
    Ok(Json(control.group(&jid)?))
}

#[derive(Deserialize)]
pub struct Members {
    by: Option<String>,
    #[serde(flatten)]
    changes: GroupChanges,
}

pub async fn change(
    State(control): State<Control>,
    Path(jid): Path<String>,
    Body(members): Body<Members>,
) -> Answer<Json<GroupView>> {
    let changed = control.change_group(&jid, members.by.as_deref(), &members.changes);
    Ok(Json(changed.await?))
}

#[derive(Deserialize)]
pub struct NewSubject {
    by: Option<String>,
    subject: String,
}

pub async fn rename(
    State(control): State<Control>,
    Path(jid): Path<String>,
    Body(new): Body<NewSubject>,
) -> Answer<Json<GroupView>> {
    let subject = new.subject.trim();
    if subject.is_empty() {
        return Err(ApiError::invalid("subject", "the group has no subject"));
    }
    let renamed = control.rename_group(&jid, new.by.as_deref(), subject);
    Ok(Json(renamed.await?))
}

#[derive(Deserialize)]
pub struct By {
    by: Option<String>,
}

/// The body is the picture, as it is.
pub async fn set_picture(
    State(control): State<Control>,
    Path(jid): Path<String>,
    Query(By { by }): Query<By>,
    bytes: Bytes,
) -> Answer<Json<GroupView>> {
    if bytes.is_empty() {
        return Err(ApiError::invalid("picture", "there is no picture"));
    }
    let shown = control.set_group_picture(&jid, by.as_deref(), Some(bytes));
    Ok(Json(shown.await?))
}

pub async fn remove_picture(
    State(control): State<Control>,
    Path(jid): Path<String>,
    Query(By { by }): Query<By>,
) -> Answer<Json<GroupView>> {
    let removed = control.set_group_picture(&jid, by.as_deref(), None);
    Ok(Json(removed.await?))
}
