use whahook_contract::session::{Reason, Status};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no code to show: says what the session is instead.
    #[error("there is no QR to show: the session is {0}")]
    NoQr(Status, Option<Reason>),
    #[error("the session is linked already; unlink it first")]
    AlreadyLinked,
    #[error("`{0}` is not an international phone number; write it as +6287733760363")]
    PhoneNumber(String),
    #[error("WhatsApp gave no pairing code: {0}")]
    PairCode(String),
    #[error("the server is stopping")]
    Stopping,
    #[error("the session's data could not be removed: {0}")]
    Volume(#[from] std::io::Error),
    #[error(transparent)]
    Account(#[from] crate::accounts::Error),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}
