use whahook_contract::{
    error::SessionLimit,
    session::{Reason, Status},
};
use whahook_whatsapp::port::LinkError;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no code to show: says what the session is instead.
    #[error("there is no QR to show: the session is {0}")]
    NoQr(Status, Option<Reason>),
    /// Nothing is being linked: says what the session is instead.
    #[error("there is no linking under way: the session is {0}")]
    NotLinking(Status, Option<Reason>),
    #[error("the session is linked already; unlink it first")]
    AlreadyLinked,
    #[error("not an international phone number ({0}); write it as +6287733760363")]
    PhoneNumber(String),
    #[error("WhatsApp gave no pairing code: {0}")]
    PairCode(String),
    #[error("WhatsApp asks for no passkey, or not for this step of it")]
    NoPasskey,
    #[error("not an assertion by a passkey: {0}")]
    Assertion(String),
    #[error("WhatsApp did not take the passkey: {0}")]
    PasskeyRefused(String),
    /// One more would be too many.
    #[error("{} sessions are in use, and no more are allowed", .0.used)]
    LimitReached(SessionLimit),
    /// What was asked for needs a connection: says what the session is instead.
    #[error("the session is not connected: it is {0}")]
    NotConnected(Status, Option<Reason>),
    #[error("WhatsApp did not do it: {0}")]
    WhatsApp(#[from] LinkError),
    #[error("another request about the same session took its place")]
    Superseded,
    #[error("the server is stopping")]
    Stopping,
    #[error("the session's data could not be removed: {0}")]
    Volume(#[from] std::io::Error),
    #[error(transparent)]
    Account(#[from] crate::accounts::Error),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}
