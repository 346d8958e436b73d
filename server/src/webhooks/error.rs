use crate::{accounts, input::Invalid};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is none, or it is another person's: nobody is told which.
    #[error("there is no such webhook")]
    NotFound,
    #[error("there are {0} webhooks, and no more are allowed")]
    TooMany(i64),
    #[error(transparent)]
    Account(#[from] accounts::Error),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}
