//! `/phones/{number}/calls`: calling somebody, and giving up.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;

use super::errors::{ApiError, Body};
use super::views::CallView;
use crate::simulator::Control;

#[derive(Deserialize)]
pub struct NewCall {
    to: String,
    #[serde(default)]
    video: bool,
}

pub async fn begin(
    State(control): State<Control>,
    Path(number): Path<String>,
    Body(new): Body<NewCall>,
) -> Result<(StatusCode, Json<CallView>), ApiError> {
    let call = control.call(&number, &new.to, new.video).await?;
    Ok((StatusCode::CREATED, Json(call)))
}

pub async fn hang_up(
    State(control): State<Control>,
    Path((number, id)): Path<(String, String)>,
) -> Result<Json<CallView>, ApiError> {
    Ok(Json(control.hang_up(&number, &id).await?))
}
