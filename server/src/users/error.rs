use crate::input::Invalid;
use std::time::Duration;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error("somebody with this e-mail address is registered already")]
    EmailTaken,
    #[error("sign-up is closed; ask the person who runs this server")]
    SignupClosed,
    #[error("the e-mail address or the password is wrong")]
    InvalidCredentials,
    #[error("too many attempts; wait {} s", .0.as_secs().max(1))]
    TooManyAttempts(Duration),
    #[error("the password cannot be hashed: {0}")]
    Hash(String),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}
