//! `/faults`: troubles made on purpose.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::errors::{ApiError, Body};
use crate::faults::Fault;
use crate::simulator::Control;

#[derive(Deserialize)]
pub struct Order {
    number: Option<String>,
    #[serde(flatten)]
    fault: Fault,
}

pub async fn make(
    State(control): State<Control>,
    Body(order): Body<Order>,
) -> Result<StatusCode, ApiError> {
    control.fault(order.number.as_deref(), &order.fault)?;
    Ok(StatusCode::NO_CONTENT)
}
