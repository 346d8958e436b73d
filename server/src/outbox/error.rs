use std::borrow::Cow;
use whahook_contract::ids::MessageId;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("message {0} not found")]
    NotFound(MessageId),
    /// A field of the message is wrong: which one, and what would be right.
    #[error("{message}")]
    Invalid {
        field: Cow<'static, str>,
        message: String,
    },
    #[error("message {0} cannot be cancelled any more: it is {1}")]
    TooLate(MessageId, &'static str),
    #[error("message {0} cannot be sent again: it is {1}, not failed")]
    NotFailed(MessageId, &'static str),
    #[error("message {0} cannot be sent again: its `expires_at` has passed")]
    Expired(MessageId),
    #[error(transparent)]
    Media(#[from] crate::media::Error),
    /// The same content went to the same recipient a short while ago.
    #[error("the same was accepted for the same recipient a short while ago, as message {0}")]
    Duplicate(MessageId),
    #[error(transparent)]
    Account(#[from] crate::accounts::Error),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl Error {
    /// A field is wrong, which may be one within another: `contacts[2].name`.
    pub fn invalid(field: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::Invalid {
            field: field.into(),
            message: message.into(),
        }
    }

    /// The same about a field of this name.
    #[must_use]
    pub fn at(self, field: &str) -> Self {
        match self {
            Self::Invalid { message, .. } => Self::invalid(field.to_owned(), message),
            other => other,
        }
    }

    /// The same about a field within this one.
    #[must_use]
    pub fn within(self, parent: &str) -> Self {
        match self {
            Self::Invalid { field, message } => {
                let within = format!("{parent}.{field}");
                let message = message.replace(&format!("`{field}`"), &format!("`{within}`"));
                Self::invalid(within, message)
            }
            other => other,
        }
    }
}
