use std::{borrow::Cow, io};
use whahook_contract::ids::MediaId;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no file {0}")]
    NotFound(MediaId),
    /// A field of the message is wrong: which one, and what would be right.
    #[error("{message}")]
    Invalid {
        field: Cow<'static, str>,
        message: String,
    },
    /// It was removed from the volume before it was sent.
    #[error("the file {0} is gone")]
    Gone(MediaId),
    #[error("the file is larger than {limit} bytes")]
    TooLarge { limit: u64 },
    /// Their files would be larger together than one person's may be.
    #[error(
        "with {size} bytes more the files would be larger than {quota} bytes: they have {used}"
    )]
    QuotaExceeded {
        /// Where the file was given.
        field: &'static str,
        size: u64,
        used: u64,
        quota: u64,
    },
    /// Whoever sent it stopped before its end.
    #[error("the file broke off before its end")]
    BrokeOff,
    #[error("the volume is full")]
    Full,
    #[error("the volume failed: {0}")]
    Volume(io::Error),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl Error {
    pub fn invalid(field: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::Invalid {
            field: field.into(),
            message: message.into(),
        }
    }

    #[must_use]
    pub fn not_yours(field: &'static str) -> Self {
        Self::invalid(
            field,
            format!("`{field}` is not the id of a file of yours."),
        )
    }

    /// The same about a file that was given in this field.
    #[must_use]
    pub fn about(self, field: &'static str) -> Self {
        match self {
            Self::QuotaExceeded {
                size, used, quota, ..
            } => Self::QuotaExceeded {
                field,
                size,
                used,
                quota,
            },
            other => other,
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Volume(error),
        }
    }
}
