//! Whom a message is for: a person or a group.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use wacore_binary::{Jid, JidExt as _};

use crate::number::{InvalidNumber, PhoneNumber};

const GROUP: &str = "@g.us";
const BROADCAST: &str = "@broadcast";
const STATUS: &str = "status";
const PERSON: &str = "@s.whatsapp.net";

/// A group's name on the network: the part of its JID before the `@`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupId(Arc<str>);

impl GroupId {
    pub fn new(user: &str) -> Self {
        Self(user.into())
    }

    /// Where people post to everyone who knows them: a group of each its own.
    pub fn status() -> Self {
        Self::new(STATUS)
    }

    pub fn is_status(&self) -> bool {
        self.user() == STATUS
    }

    /// The group that a JID names.
    pub fn of(jid: &Jid) -> Option<Self> {
        let is_one = jid.is_group() || jid.is_status_broadcast();
        is_one.then(|| Self::new(jid.user.as_str()))
    }

    pub fn user(&self) -> &str {
        &self.0
    }

    pub fn jid(&self) -> Jid {
        if self.is_status() {
            return Jid::status_broadcast();
        }
        Jid::group(self.user())
    }
}

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = if self.is_status() { BROADCAST } else { GROUP };
        write!(f, "{}{server}", self.0)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Recipient {
    Person(PhoneNumber),
    Group(GroupId),
}

impl Recipient {
    /// The chat's JID; people go by their number.
    pub fn jid(&self) -> Jid {
        match self {
            Self::Person(number) => number.jid(),
            Self::Group(group) => group.jid(),
        }
    }

    pub fn group(&self) -> Option<&GroupId> {
        match self {
            Self::Person(_) => None,
            Self::Group(group) => Some(group),
        }
    }
}

impl From<PhoneNumber> for Recipient {
    fn from(number: PhoneNumber) -> Self {
        Self::Person(number)
    }
}

impl FromStr for Recipient {
    type Err = InvalidNumber;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.strip_suffix(BROADCAST) == Some(STATUS) {
            return Ok(Self::Group(GroupId::status()));
        }
        match text.strip_suffix(GROUP) {
            Some(user) => Ok(Self::Group(GroupId::new(user))),
            None => text.trim_end_matches(PERSON).parse().map(Self::Person),
        }
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(number) => number.fmt(f),
            Self::Group(group) => group.fmt(f),
        }
    }
}

impl serde::Serialize for Recipient {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Recipient {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipient_is_spelled_as_it_was_read() {
        for text in ["+593987654321", "120363000000000001@g.us"] {
            let recipient: Recipient = text.parse().unwrap();
            assert_eq!(recipient.to_string(), text);
        }
        let by_jid: Recipient = "593987654321@s.whatsapp.net".parse().unwrap();
        assert_eq!(by_jid.to_string(), "+593987654321");
    }
}
