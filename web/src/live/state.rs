//! What the page shows, and how each event changes it: no browser in here.

use whahook_contract::{
    account::AccountView,
    event::Event,
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
    codes: Vec<(AccountId, QrView)>,
    /// The number of the last event heard of each account.
    heard: Vec<(AccountId, i64)>,
    /// Accounts with an event since the last question to the server: its
    /// answer may be older than that event.
    changed: Vec<AccountId>,
    progress: Vec<Progress>,
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
        self.codes
            .iter()
            .find(|(account, _)| *account == id)
            .map(|(_, code)| code)
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
            self.progress.remove(0);
        }
        self.progress.push(progress);
    }

    /// Takes in an event; `None` is one of a later version of the server, of
    /// which only the number counts.
    pub fn apply(&mut self, id: AccountId, seq: i64, event: Option<Event>) -> Knowledge {
        let before = self.heard.iter_mut().find(|(account, _)| *account == id);
        let missed = match before {
            Some((_, last)) if seq <= *last => {
                // The code on show is told again to who comes late.
                if let Some(Event::Qr {
                    qr: Some(qr),
                    expires_at,
                    ..
                }) = event
                {
                    self.put_code(id, QrView { qr, expires_at });
                }
                return Knowledge::Complete;
            }
            Some((_, last)) => {
                let missed = seq > *last + 1;
                *last = seq;
                missed
            }
            None => {
                self.heard.push((id, seq));
                false
            }
        };
        let taken = event.map_or(Knowledge::Complete, |event| self.take(id, event));
        if missed { Knowledge::Stale } else { taken }
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
                self.set_code(id, QrView { qr, expires_at });
                return Knowledge::Complete;
            }
            Event::AccountRemoved {} => {
                self.forget(id);
                return Knowledge::Complete;
            }
            Event::AccountCreated { .. } => return Knowledge::Stale,
            _ => {}
        }
        self.changed.push(id);
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
                    self.forget_code(id);
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
        self.codes.retain(|(id, _)| {
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
            self.set_code(id, code);
        }
    }

    fn set_code(&mut self, id: AccountId, code: QrView) {
        self.forget_code(id);
        self.codes.push((id, code));
    }

    fn forget_code(&mut self, id: AccountId) {
        self.codes.retain(|(account, _)| *account != id);
    }

    pub fn forget(&mut self, id: AccountId) {
        self.accounts.retain(|account| account.id != id);
        self.forget_code(id);
        self.heard.retain(|(account, _)| *account != id);
        self.changed.retain(|account| *account != id);
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
