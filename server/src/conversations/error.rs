use crate::input::Invalid;
use whahook_contract::ids::{ConversationId, MessageId};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("conversation {0} not found")]
    NotFound(ConversationId),
    /// A cursor that is no message of the conversation.
    #[error("message {0} not found")]
    NoSuchMessage(MessageId),
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}
