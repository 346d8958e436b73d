use crate::outbox;
use whahook_contract::{
    bulk::{BulkRefusal, BulkStatus},
    ids::BulkId,
};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("bulk {0} not found")]
    NotFound(BulkId),
    /// Rows of the list are wrong.
    #[error("{}", summary(.0))]
    Refused(BulkRefusal),
    #[error("bulk {0} is over: it is {1}")]
    Over(BulkId, BulkStatus),
    #[error(transparent)]
    Message(#[from] outbox::Error),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl Error {
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Message(outbox::Error::invalid(field, message))
    }
}

fn summary(refusal: &BulkRefusal) -> String {
    let count = refusal.count;
    let mistakes = if count == 1 { "mistake" } else { "mistakes" };
    match refusal.rows.first() {
        Some(first) => format!(
            "The recipients have {count} {mistakes}, so nothing was queued. Row {}: {}",
            first.row, first.message
        ),
        None => format!("The recipients have {count} {mistakes}, so nothing was queued."),
    }
}
