//! People, and what they must say of themselves.

use crate::input::{Invalid, line};
use email_address::EmailAddress;
use std::fmt;
use whahook_contract::{Timestamp, auth::UserView, ids::UserId};

pub use whahook_contract::auth::Role;

const MAX_EMAIL: usize = 254;
const MAX_NAME: usize = 80;
const PASSWORD: std::ops::RangeInclusive<usize> = 10..=200;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub created_at: Timestamp,
}

impl User {
    #[must_use]
    pub fn view(&self) -> UserView {
        UserView {
            id: self.id,
            email: self.email.clone(),
            name: self.name.clone(),
            role: self.role,
            created_at: self.created_at,
        }
    }
}

/// An e-mail address in lower case: `A@b.example` and `a@b.example` are one
/// person.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// # Errors
    /// It is no address.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.len() <= MAX_EMAIL && EmailAddress::is_valid(text) {
            Ok(Self(text.to_lowercase()))
        } else {
            Err(Invalid::new(
                "email",
                "must be an e-mail address, such as ana@example.com",
            ))
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A password; nothing shows it.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// # Errors
    /// It is too short or too long.
    pub fn parse(text: String) -> Result<Self, Invalid> {
        let length = text.chars().count();
        if PASSWORD.contains(&length) {
            Ok(Self(text))
        } else {
            Err(Invalid::new(
                "password",
                format!("must have 10 to 200 characters; it has {length}"),
            ))
        }
    }

    /// What somebody claims to be their password. Too long to be one: cut, so
    /// that hashing it costs no more than others, and it fails all the same.
    #[must_use]
    pub fn claimed(mut text: String) -> Self {
        let end = text
            .char_indices()
            .nth(PASSWORD.end() + 1)
            .map_or(text.len(), |(at, _)| at);
        text.truncate(end);
        Self(text)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Somebody who wants in.
#[derive(Debug, Clone)]
pub struct NewUser {
    pub email: Email,
    pub password: Password,
    pub name: String,
}

impl NewUser {
    /// # Errors
    /// The first field that is wrong.
    pub fn parse(email: &str, password: String, name: &str) -> Result<Self, Invalid> {
        Ok(Self {
            name: line("name", name, MAX_NAME)?,
            email: Email::parse(email)?,
            password: Password::parse(password)?,
        })
    }
}

/// Who may sign up now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignupNow {
    /// Nobody is here yet: the first person becomes the administrator.
    First,
    Open,
    Closed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_person_in_any_case() {
        assert_eq!(
            Email::parse(" Ana@Example.COM ").unwrap(),
            Email::parse("ana@example.com").unwrap()
        );
        for bad in [
            "",
            "ana",
            "ana@",
            "@example.com",
            "a b@example.com",
            "a@b@c",
        ] {
            assert_eq!(Email::parse(bad).unwrap_err().field, "email", "{bad}");
        }
        assert!(Email::parse(&format!("{}@example.com", "a".repeat(300))).is_err());
    }

    #[test]
    fn a_password_has_ten_to_two_hundred_characters() {
        assert!(Password::parse("ñ".repeat(10)).is_ok());
        assert!(Password::parse("a".repeat(200)).is_ok());
        assert!(Password::parse("a".repeat(9)).is_err());
        assert!(Password::parse("a".repeat(201)).is_err());
        assert_eq!(Password::claimed("ñ".repeat(5_000)).as_bytes().len(), 402);
        let shown = format!("{:?}", Password::claimed("hunter2".to_owned()));
        assert!(!shown.contains("hunter2"));
    }
}
