//! `/stats`: what the network did.

use std::time::Duration;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Deserialize;

use super::errors::ApiError;
use crate::simulator::Control;
use crate::state::stats::Snapshot;

#[derive(Deserialize)]
pub struct Asked {
    /// Look for the busiest second among the last so many only.
    last_s: Option<u32>,
}

pub async fn show(
    State(control): State<Control>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Snapshot>, ApiError> {
    let Query(asked) = asked
        .map_err(|error| ApiError::invalid("last_s", format!("last_s is a number: {error}")))?;
    Ok(Json(match asked.last_s {
        Some(seconds) => control.stats_of_the_last(Duration::from_secs(seconds.into())),
        None => control.stats(),
    }))
}
