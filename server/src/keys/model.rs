use crate::{
    input::{Invalid, line},
    platform::{clock::from_ms, ids::Ids},
};
use whahook_contract::{
    Timestamp,
    ids::{AccountId, KeyId, UserId},
    key::{KeyView, NewKey, Scope},
};

const START: &str = "whk_";
/// Enough to tell keys apart, far too little to guess the rest.
const SHOWN: usize = START.len() + 6;
const MAX_NAME: usize = 60;
const MAX_ACCOUNTS: usize = 1_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub id: KeyId,
    pub user_id: UserId,
    pub name: String,
    pub prefix: String,
    pub scopes: Vec<Scope>,
    /// `None`: all of its owner's.
    pub account_ids: Option<Vec<AccountId>>,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    /// `None`: never.
    pub expires_at: Option<Timestamp>,
}

impl Key {
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    #[must_use]
    pub fn view(&self) -> KeyView {
        KeyView {
            id: self.id,
            name: self.name.clone(),
            prefix: self.prefix.clone(),
            scopes: self.scopes.clone(),
            account_ids: self.account_ids.clone(),
            created_at: self.created_at,
            last_used_at: self.last_used_at,
            expires_at: self.expires_at,
        }
    }
}

/// The key itself; only its holder has it.
pub(super) fn new_secret(ids: &Ids) -> String {
    format!("{START}{}", ids.token())
}

pub(super) fn prefix(secret: &str) -> String {
    secret.chars().take(SHOWN).collect()
}

/// Whether it could be a key at all; sparing the database what is not.
pub(super) fn looks_like_a_key(text: &str) -> bool {
    text.starts_with(START) && text.len() < 100
}

/// Trimmed, without repetitions.
pub(super) fn checked(new: &NewKey, now: Timestamp) -> Result<NewKey, Invalid> {
    let name = line("name", &new.name, MAX_NAME)?;
    if new.scopes.is_empty() {
        return Err(Invalid::new(
            "scopes",
            "must have at least one of read, send, admin",
        ));
    }
    let account_ids = match &new.account_ids {
        Some(ids) if ids.is_empty() => {
            return Err(Invalid::new(
                "account_ids",
                "must name at least one account; leave it out for all of yours",
            ));
        }
        Some(ids) if ids.len() > MAX_ACCOUNTS => {
            return Err(Invalid::new(
                "account_ids",
                "must name at most 1000 accounts",
            ));
        }
        ids => ids.as_ref().map(|ids| unique(ids)),
    };
    if new.expires_at.is_some_and(|at| at <= now) {
        return Err(Invalid::new(
            "expires_at",
            "must be in the future; leave it out for a key that never expires",
        ));
    }
    Ok(NewKey {
        name,
        scopes: unique(&new.scopes),
        account_ids,
        // What the database keeps is then what the answer says.
        expires_at: new.expires_at.map(|at| from_ms(at.timestamp_millis())),
    })
}

fn unique<T: Copy + PartialEq>(items: &[T]) -> Vec<T> {
    let mut unique = Vec::with_capacity(items.len());
    for item in items {
        if !unique.contains(item) {
            unique.push(*item);
        }
    }
    unique
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::clock::Clock;

    #[test]
    fn a_key_shows_its_start_and_hides_the_rest() {
        let secret = new_secret(&Ids::new(Clock::system()));
        let shown = prefix(&secret);
        assert!(looks_like_a_key(&secret) && secret.starts_with(&shown));
        assert_eq!((secret.len(), shown.len()), (47, 10));
    }

    #[test]
    fn a_new_key_needs_a_name_and_a_scope() {
        let new = |name: &str, scopes: &[Scope], accounts: Option<Vec<AccountId>>| {
            let new = NewKey {
                name: name.to_owned(),
                scopes: scopes.to_vec(),
                account_ids: accounts,
                expires_at: None,
            };
            checked(&new, from_ms(0))
        };
        let good = new(" CI ", &[Scope::Read, Scope::Read, Scope::Send], None).unwrap();
        assert_eq!(good.name, "CI");
        assert_eq!(good.scopes, [Scope::Read, Scope::Send]);
        assert_eq!(new("", &[Scope::Read], None).unwrap_err().field, "name");
        assert_eq!(new("CI", &[], None).unwrap_err().field, "scopes");
        let none = new("CI", &[Scope::Read], Some(vec![])).unwrap_err();
        assert_eq!(none.field, "account_ids");
    }

    #[test]
    fn a_key_expires_in_the_future_and_from_that_instant_on() {
        let new = |expires_at| NewKey {
            name: "CI".to_owned(),
            scopes: vec![Scope::Read],
            account_ids: None,
            expires_at: Some(from_ms(expires_at)),
        };
        let now = from_ms(1_000);
        assert_eq!(checked(&new(1_000), now).unwrap_err().field, "expires_at");
        let good = checked(&new(1_001), now).unwrap();
        let key = Key {
            id: KeyId(uuid::Uuid::nil()),
            user_id: UserId(uuid::Uuid::nil()),
            name: good.name,
            prefix: String::new(),
            scopes: good.scopes,
            account_ids: None,
            created_at: now,
            last_used_at: None,
            expires_at: good.expires_at,
        };
        assert!(!key.has_expired(now) && key.has_expired(from_ms(1_001)));
    }
}
