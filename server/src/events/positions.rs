//! How far somebody has read in the ledgers of several accounts.

use std::{collections::BTreeMap, fmt};
use whahook_contract::ids::AccountId;

/// As text, `5b7d9e3c2a44:42,0c1d2e3f4a5b:7`: the last group of each account's
/// id and the number that was read last. That group is 48 random bits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Positions(BTreeMap<AccountId, i64>);

impl Positions {
    /// `None`: nothing is known of it.
    pub fn of(&self, account: AccountId) -> Option<i64> {
        self.0.get(&account).copied()
    }

    pub fn set(&mut self, account: AccountId, seq: i64) {
        self.0.insert(account, seq);
    }

    pub fn forget(&mut self, account: AccountId) {
        self.0.remove(&account);
    }

    /// Reads a text for those of the accounts that it names; `None`: it is no
    /// such text.
    pub fn read(text: &str, accounts: &[AccountId]) -> Option<Self> {
        if text == NONE {
            return Some(Self::default());
        }
        let mut named = BTreeMap::new();
        for part in text.split(',') {
            let (name, seq) = part.split_once(':')?;
            let is_name = name.len() == GROUP && name.bytes().all(|it| it.is_ascii_hexdigit());
            let seq = seq.parse().ok().filter(|seq| *seq >= 0)?;
            if !is_name || named.insert(name.to_ascii_lowercase(), seq).is_some() {
                return None;
            }
        }
        let known = accounts
            .iter()
            .filter_map(|account| Some((*account, *named.get(&group(*account))?)));
        Some(Self(known.collect()))
    }
}

const GROUP: usize = 12;
/// Of nobody yet: an empty id would be none, and what happens next be missed.
const NONE: &str = "-";

fn group(account: AccountId) -> String {
    let id = account.to_string();
    id[id.len() - GROUP..].to_owned()
}

impl fmt::Display for Positions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str(NONE);
        }
        for (n, (account, seq)) in self.0.iter().enumerate() {
            let comma = if n > 0 { "," } else { "" };
            write!(f, "{comma}{}:{seq}", group(*account))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn account(n: u128) -> AccountId {
        AccountId(Uuid::from_u128(n))
    }

    #[test]
    fn positions_read_back_what_they_write() {
        let accounts = [account(0xabc), account(7), account(9)];
        let mut positions = Positions::default();
        positions.set(accounts[0], 42);
        positions.set(accounts[1], 0);
        let text = positions.to_string();
        assert_eq!(text, "000000000007:0,000000000abc:42");
        assert_eq!(Positions::read(&text, &accounts), Some(positions));
        let none = Positions::default();
        assert_eq!(Positions::read(&none.to_string(), &accounts), Some(none));
    }

    #[test]
    fn an_account_that_is_gone_is_passed_over() {
        let read = Positions::read("000000000007:3,00000000000a:4", &[account(7)]).unwrap();
        assert_eq!(read.to_string(), "000000000007:3");
    }

    #[test]
    fn what_is_no_text_of_positions_is_refused() {
        for text in [
            "",
            "42",
            "000000000007:",
            "000000000007:-1",
            "000000000007:1,",
            "000000000007:1,000000000007:2",
            "g00000000007:1",
            "07:1",
        ] {
            assert_eq!(Positions::read(text, &[account(7)]), None, "{text}");
        }
    }
}
