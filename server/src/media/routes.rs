//! `/api/media`

use super::Error;
use crate::http::{ApiError, extract::not_found};
use http::StatusCode;
use serde_json::json;
use std::time::Duration;
use whahook_contract::ids::MediaId;

/// Space does not come back within seconds.
const FULL_FOR: Duration = Duration::from_secs(60);

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::NotFound(_) => not_found::<MediaId>(),
            Error::Invalid { field, message } => Self::invalid(&field, message),
            Error::Gone(id) => Self::invalid("media.id", text).details(json!({
                "field": "media.id", "id": id,
            })),
            Error::TooLarge { limit } => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "media_too_large",
                format!("The file is larger than {limit} bytes (MEDIA_MAX_BYTES)."),
            )
            .details(json!({ "limit": limit })),
            Error::BrokeOff => Self::new(
                StatusCode::BAD_REQUEST,
                "body_incomplete",
                "The body broke off before its end.",
            ),
            Error::Full => Self::unavailable(
                "volume_full",
                "There is no space left for files. Nothing of this one was kept.",
                text,
            )
            .retry_after(FULL_FOR),
            Error::Volume(error) => Self::internal(error),
            Error::Database(error) => error.into(),
        }
    }
}
