use crate::input::Invalid;
use whahook_contract::ids::AccountId;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is none, or it is another person's: nobody is told which.
    #[error("account {0} not found")]
    NotFound(AccountId),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}
