//! Phone numbers as the network's addresses carry them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use wacore_binary::{Jid, Server};

/// A phone number in international form, held as its digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhoneNumber(Arc<str>);

#[derive(Debug, Clone, thiserror::Error)]
#[error("{0:?} is no phone number: 7 to 15 digits in international form are expected")]
pub struct InvalidNumber(String);

impl PhoneNumber {
    /// Digits only, the way JIDs and the login payload spell it.
    pub fn digits(&self) -> &str {
        &self.0
    }

    pub fn jid(&self) -> Jid {
        Jid::new(self.digits(), Server::Pn)
    }
}

impl FromStr for PhoneNumber {
    type Err = InvalidNumber;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.trim().trim_start_matches('+');
        let valid = (7..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0');
        if valid {
            Ok(Self(digits.into()))
        } else {
            Err(InvalidNumber(text.to_owned()))
        }
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.0)
    }
}

impl serde::Serialize for PhoneNumber {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for PhoneNumber {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_accepted_with_and_without_plus() {
        let plain: PhoneNumber = "593987654321".parse().unwrap();
        let plus: PhoneNumber = "+593987654321".parse().unwrap();
        assert_eq!(plain, plus);
        assert_eq!(plus.to_string(), "+593987654321");
    }

    #[test]
    fn anything_but_digits_is_refused() {
        for bad in [
            "",
            "+",
            "12",
            "+59398765432a",
            "0987654321",
            "1234567890123456",
        ] {
            assert!(bad.parse::<PhoneNumber>().is_err(), "{bad}");
        }
    }
}
