use crate::{
    input::{Invalid, line},
    platform::ids::Ids,
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
}

impl Key {
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
pub(super) fn checked(new: &NewKey) -> Result<NewKey, Invalid> {
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
    Ok(NewKey {
        name,
        scopes: unique(&new.scopes),
        account_ids,
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
            checked(&NewKey {
                name: name.to_owned(),
                scopes: scopes.to_vec(),
                account_ids: accounts,
            })
        };
        let good = new(" CI ", &[Scope::Read, Scope::Read, Scope::Send], None).unwrap();
        assert_eq!(good.name, "CI");
        assert_eq!(good.scopes, [Scope::Read, Scope::Send]);
        assert_eq!(new("", &[Scope::Read], None).unwrap_err().field, "name");
        assert_eq!(new("CI", &[], None).unwrap_err().field, "scopes");
        let none = new("CI", &[Scope::Read], Some(vec![])).unwrap_err();
        assert_eq!(none.field, "account_ids");
    }
}
