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

    /// How people also write this number, where a country's numbers have grown:
    /// a mobile number of Brazil with or without its ninth digit, one of Mexico
    /// with or without the 1 after the country code. The network knows one of
    /// them and finds it by the other.
    pub fn other_spelling(&self) -> Option<Self> {
        let digits = self.digits();
        let other = if let Some(rest) = digits.strip_prefix("55") {
            let (area, own) = rest.split_at_checked(2)?;
            match (own.len(), own.strip_prefix('9')) {
                (9, Some(short)) => format!("55{area}{short}"),
                (8, _) if own.starts_with(['6', '7', '8', '9']) => format!("55{area}9{own}"),
                _ => return None,
            }
        } else {
            let rest = digits.strip_prefix("52")?;
            match (rest.len(), rest.strip_prefix('1')) {
                (11, Some(short)) => format!("52{short}"),
                (10, _) => format!("521{rest}"),
                _ => return None,
            }
        };
        Some(Self(other.into()))
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
    fn numbers_of_brazil_and_mexico_have_another_spelling() {
        for (one, other) in [
            ("5511987654321", "551187654321"),
            ("5215512345678", "525512345678"),
        ] {
            let (one, other): (PhoneNumber, PhoneNumber) =
                (one.parse().unwrap(), other.parse().unwrap());
            assert_eq!(one.other_spelling().as_ref(), Some(&other));
            assert_eq!(other.other_spelling(), Some(one));
        }
        for plain in ["593987654321", "551133334444", "55119876543210"] {
            let number: PhoneNumber = plain.parse().unwrap();
            assert_eq!(number.other_spelling(), None, "{plain}");
        }
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
