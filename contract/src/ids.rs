//! Ids. Each has a type of its own; all are UUIDs (version 7, so they sort by age).

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// The text is not an id of this kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a valid {1} id")]
pub struct InvalidId(pub String, pub &'static str);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::parse_str(text)
                    .map(Self)
                    .map_err(|_| InvalidId(text.to_owned(), $kind))
            }
        }
    };
}

id!(
    /// A person who signs in.
    UserId, "user"
);
id!(
    /// One WhatsApp number that a user wants connected.
    AccountId, "account"
);
id!(
    /// A message accepted for sending.
    MessageId, "message"
);
id!(
    /// A file to send.
    MediaId, "media"
);
id!(
    /// One message to many recipients.
    BulkId, "bulk"
);
id!(
    /// Everything exchanged with one person, or in one group.
    ConversationId, "conversation"
);
id!(
    /// Somebody on the other side.
    ContactId, "contact"
);
id!(
    /// An API key.
    KeyId, "key"
);
id!(
    /// An address that events are sent to.
    WebhookId, "webhook"
);
id!(
    /// An event on its way to a webhook.
    DeliveryId, "delivery"
);

/// The session of an account: `user_<userId>_wa_<accountId>`, also the name of
/// its folder on the volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionId {
    pub user: UserId,
    pub account: AccountId,
}

impl SessionId {
    pub const fn new(user: UserId, account: AccountId) -> Self {
        Self { user, account }
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "user_{}_wa_{}", self.user, self.account)
    }
}

impl FromStr for SessionId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = || InvalidId(text.to_owned(), "session");
        let (user, account) = text
            .strip_prefix("user_")
            .and_then(|rest| rest.split_once("_wa_"))
            .ok_or_else(invalid)?;
        Ok(Self {
            user: user.parse().map_err(|_| invalid())?,
            account: account.parse().map_err(|_| invalid())?,
        })
    }
}

impl Serialize for SessionId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SessionId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
mod openapi {
    use super::SessionId;
    use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema::Type};

    impl utoipa::PartialSchema for SessionId {
        fn schema() -> RefOr<Schema> {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some("`user_<userId>_wa_<accountId>`"))
                .examples([
                    "user_01934f3e-7a10-7cc0-9c5e-2f6a4c1b7d11_wa_01934f3e-8b22-7d41-8a0f-5b7d9e3c2a44",
                ])
                .into()
        }
    }
    impl utoipa::ToSchema for SessionId {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_id_reads_back_what_it_writes() {
        let id = SessionId::new(UserId(Uuid::from_u128(7)), AccountId(Uuid::from_u128(9)));
        assert_eq!(id.to_string().parse::<SessionId>(), Ok(id));
        assert!(id.to_string().starts_with("user_00000000-"));
    }

    #[test]
    fn a_session_id_that_climbs_out_of_its_folder_is_refused() {
        for text in ["", "user__wa_", "user_../.._wa_x", "user_1_wa_2", "../etc"] {
            assert!(text.parse::<SessionId>().is_err(), "{text}");
        }
    }
}
