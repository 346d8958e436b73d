//! What the page shows, and how each event changes it: no browser in here.

use std::collections::{HashMap, HashSet, VecDeque};
use whahook_contract::{
    account::AccountView,
    event::{Event, Pushed},
    ids::{AccountId, MessageId},
    message::MessageStatus,
    session::{QrView, Status},
};

/// Whether the page still knows everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Knowledge {
    Complete,
    /// An event was missed, or it does not say everything: ask the server.
    Stale,
}

/// A change of a message's status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    pub message: MessageId,
    pub status: MessageStatus,
    pub detail: Option<String>,
}

/// Enough for every test message that somebody could be watching.
const PROGRESS_KEPT: usize = 64;

#[derive(Debug, Clone, Default)]
pub struct State {
    accounts: Vec<AccountView>,
    codes: HashMap<AccountId, QrView>,
    /// The number of the last event heard of each account.
    heard: HashMap<AccountId, i64>,
    /// Accounts with an event since the last question to the server: its
    /// answer may be older than that event.
    changed: HashSet<AccountId>,
    progress: VecDeque<Progress>,
}

impl State {
    pub fn new(accounts: Vec<AccountView>) -> Self {
        Self {
            accounts,
            ..Self::default()
        }
    }

    pub fn accounts(&self) -> &[AccountView] {
        &self.accounts
    }

    pub fn account(&self, id: AccountId) -> Option<&AccountView> {
        self.accounts.iter().find(|account| account.id == id)
    }

    pub fn code(&self, id: AccountId) -> Option<&QrView> {
        self.codes.get(&id)
    }

    pub fn progress(&self, message: MessageId) -> Option<&Progress> {
        // An answer may arrive after the event that is newer than it.
        self.progress
            .iter()
            .filter(|progress| progress.message == message)
            .max_by_key(|progress| {
                MessageStatus::ALL
                    .iter()
                    .position(|s| *s == progress.status)
            })
    }

    /// A message's status as the server told it when asked.
    pub fn note_progress(&mut self, progress: Progress) {
        if self.progress.len() == PROGRESS_KEPT {
            self.progress.pop_front();
        }
        self.progress.push_back(progress);
    }

    pub fn apply(&mut self, name: &str, pushed: Pushed) -> Knowledge {
        let (id, seq) = (pushed.account_id, pushed.seq);
        let before = self.heard.get(&id).copied();
        if before.is_some_and(|before| seq <= before) {
            // The code on show is told again to who comes late.
            if let Ok(Event::Qr {
                qr: Some(qr),
                expires_at,
                ..
            }) = pushed.event(name)
            {
                self.put_code(id, QrView { qr, expires_at });
            }
            return Knowledge::Complete;
        }
        self.heard.insert(id, seq);
        let knowledge = match before {
            Some(before) if seq > before + 1 => Knowledge::Stale,
            _ => Knowledge::Complete,
        };
        // An event that this version of the page does not know changes nothing
        // that it shows.
        let Ok(event) = pushed.event(name) else {
            return knowledge;
        };
        match self.take(id, event) {
            Knowledge::Complete => knowledge,
            Knowledge::Stale => Knowledge::Stale,
        }
    }

    fn take(&mut self, id: AccountId, event: Event) -> Knowledge {
        match event {
            Event::MessageStatus {
                message_id,
                status,
                detail,
                ..
            } => {
                self.note_progress(Progress {
                    message: message_id,
                    status,
                    detail,
                });
                return Knowledge::Complete;
            }
            Event::Qr {
                qr: Some(qr),
                expires_at,
                ..
            } => {
                self.codes.insert(id, QrView { qr, expires_at });
                return Knowledge::Complete;
            }
            Event::AccountRemoved {} => {
                self.forget(id);
                return Knowledge::Complete;
            }
            Event::AccountCreated { .. } => return Knowledge::Stale,
            _ => {}
        }
        self.changed.insert(id);
        let Some(account) = self.accounts.iter_mut().find(|account| account.id == id) else {
            return Knowledge::Stale;
        };
        match event {
            Event::Status {
                status,
                reason,
                detail,
                since,
                next_attempt_at,
                ..
            } => {
                account.status = status;
                account.reason = reason;
                account.detail = detail;
                account.since = since;
                account.next_attempt_at = next_attempt_at;
                if status != Status::Qr {
                    self.codes.remove(&id);
                }
            }
            Event::Ready {
                phone_number,
                lid,
                push_name,
                ..
            } => {
                account.phone_number = phone_number.or(account.phone_number.take());
                account.lid = lid.or(account.lid.take());
                account.push_name = push_name.or(account.push_name.take());
            }
            Event::AccountRenamed { label } => account.label = label,
            // Said again, in more words, by the change of status beside it.
            Event::Disconnected { .. } | Event::Error { .. } => {}
            Event::Qr { .. }
            | Event::PairCode { .. }
            | Event::MessageStatus { .. }
            | Event::AccountCreated { .. }
            | Event::AccountRemoved {} => {}
        }
        Knowledge::Complete
    }

    /// Call before asking the server for all accounts.
    pub fn begin_question(&mut self) {
        self.changed.clear();
    }

    /// The answer. Accounts that changed meanwhile keep what the event said,
    /// and the question must be put again.
    pub fn take_answer(&mut self, answer: Vec<AccountView>) -> Knowledge {
        let old = std::mem::take(&mut self.accounts);
        self.accounts = answer
            .into_iter()
            .map(|new| {
                if !self.changed.contains(&new.id) {
                    return new;
                }
                old.iter().find(|a| a.id == new.id).cloned().unwrap_or(new)
            })
            .collect();
        let accounts = &self.accounts;
        self.codes.retain(|id, _| {
            accounts
                .iter()
                .any(|account| account.id == *id && account.status == Status::Qr)
        });
        if self.changed.is_empty() {
            Knowledge::Complete
        } else {
            Knowledge::Stale
        }
    }

    /// One account as the server just answered it.
    pub fn put(&mut self, account: AccountView) {
        match self.accounts.iter_mut().find(|old| old.id == account.id) {
            Some(old) => *old = account,
            None => self.accounts.push(account),
        }
    }

    pub fn put_code(&mut self, id: AccountId, code: QrView) {
        if self
            .account(id)
            .is_some_and(|account| account.status == Status::Qr)
        {
            self.codes.insert(id, code);
        }
    }

    pub fn forget(&mut self, id: AccountId) {
        self.accounts.retain(|account| account.id != id);
        self.codes.remove(&id);
        self.heard.remove(&id);
        self.changed.remove(&id);
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
