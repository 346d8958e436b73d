//! `/phones/{number}` and its picture: what a person changes of their profile.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde::Deserialize;

use super::errors::{ApiError, Body};
use super::views::PhoneView;
use crate::simulator::Control;

type Answer<T> = Result<T, ApiError>;

#[derive(Deserialize)]
pub struct Changes {
    name: String,
}

pub async fn rename(
    State(control): State<Control>,
    Path(number): Path<String>,
    Body(changes): Body<Changes>,
) -> Answer<Json<PhoneView>> {
    let name = changes.name.trim();
    if name.is_empty() {
        return Err(ApiError::invalid("name", "the name is empty"));
    }
    Ok(Json(control.rename(&number, name).await?))
}

/// The body is the picture, as it is.
pub async fn set_picture(
    State(control): State<Control>,
    Path(number): Path<String>,
    bytes: Bytes,
) -> Answer<Json<PhoneView>> {
    if bytes.is_empty() {
        return Err(ApiError::invalid("picture", "there is no picture"));
    }
    Ok(Json(control.set_picture(&number, Some(bytes)).await?))
}

pub async fn remove_picture(
    State(control): State<Control>,
    Path(number): Path<String>,
) -> Answer<Json<PhoneView>> {
    Ok(Json(control.set_picture(&number, None).await?))
}
