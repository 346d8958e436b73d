use crate::input::Invalid;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error("there is no such key")]
    NotFound,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}
