//! What the page shows, and how each event changes it: no browser in here.

use whahook_contract::{
    Timestamp,
    account::AccountView,
    event::Event,
    ids::{AccountId, MessageId},
    message::MessageStatus,
    receiving::HistoryProgress,
    session::{PasskeyStage, Reason, Status},
};

/// Only a person can mend it.
pub const fn needs_person(account: &AccountView) -> bool {
    matches!(account.status, Status::LoggedOut | Status::Error)
        || matches!(
            account.reason,
            Some(Reason::StreamReplaced | Reason::PasskeyRequired)
        )
}

/// Whether the page still knows everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Knowledge {
    Complete,
    /// An event was missed, or it does not say everything: ask the server.
    Stale,
}

/// What links a phone, for a while: the text of a QR, or letters to type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    pub text: String,
    pub expires_at: Timestamp,
}

/// What WhatsApp asks of a person with a passkey, at the stage it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passkey {
    /// The browser's options for proving who one is, as JSON.
    Assertion { options: String },
    /// A code to compare with the one on the phone.
    Confirmation { code: String },
}

impl Passkey {
    /// Nothing where what belongs to the stage is missing.
    pub fn asked(
        stage: PasskeyStage,
        options: Option<serde_json::Value>,
        code: Option<String>,
    ) -> Option<Self> {
        match stage {
            PasskeyStage::Assertion => match options? {
                // The page hands them on as the text that they are.
                serde_json::Value::String(options) => Some(Self::Assertion { options }),
                _ => None,
            },
            PasskeyStage::Confirmation => Some(Self::Confirmation { code: code? }),
        }
    }
}

/// One of a kind for each account that has one.
#[derive(Debug, Clone)]
struct ById<T>(Vec<(AccountId, T)>);

impl<T> Default for ById<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> ById<T> {
    fn get(&self, id: AccountId) -> Option<&T> {
        let mut all = self.0.iter();
        all.find(|(account, _)| *account == id).map(|(_, it)| it)
    }

    fn set(&mut self, id: AccountId, it: T) {
        self.forget(id);
        self.0.push((id, it));
    }

    fn forget(&mut self, id: AccountId) {
        self.0.retain(|(account, _)| *account != id);
    }
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
    codes: ById<Code>,
    pair_codes: ById<Code>,
    passkeys: ById<Passkey>,
    histories: ById<HistoryProgress>,
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

    /// What the account is called whose number a text names.
    pub fn named_in(&self, text: &str, other_than: AccountId) -> Option<&str> {
        let mut others = self.accounts.iter().filter(|a| a.id != other_than);
        let named = others.find(|account| {
            let number = account.phone_number.as_deref();
            number.is_some_and(|number| text.contains(number))
        });
        named.map(|account| account.label.as_str())
    }

    pub fn code(&self, id: AccountId) -> Option<&Code> {
        self.codes.get(id)
    }

    pub fn pair_code(&self, id: AccountId) -> Option<&Code> {
        self.pair_codes.get(id)
    }

    pub fn passkey(&self, id: AccountId) -> Option<&Passkey> {
        self.passkeys.get(id)
    }

    /// How far the history is that the phone sends, as far as it was told.
    pub fn history(&self, id: AccountId) -> Option<HistoryProgress> {
        self.histories.get(id).copied()
    }

    pub fn progress(&self, message: MessageId) -> Option<&Progress> {
        // An answer may arrive after the event that is newer than it.
        self.progress
            .iter()
            .filter(|progress| progress.message == message)
            .max_by_key(|progress| progress.status.rank())
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
        // In no ledger: its number is that of another event.
        if let Some(Event::HistoryProgress { progress, .. }) = event {
            self.histories.set(id, progress);
            return Knowledge::Complete;
        }
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
                    self.put_code(
                        id,
                        Code {
                            text: qr,
                            expires_at,
                        },
                    );
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
                // Queued again: what it was before counts no more.
                if status == MessageStatus::Queued {
                    self.progress.retain(|known| known.message != message_id);
                }
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
                self.codes.set(
                    id,
                    Code {
                        text: qr,
                        expires_at,
                    },
                );
                return Knowledge::Complete;
            }
            Event::PairCode {
                code: Some(code),
                expires_at,
                ..
            } => {
                self.pair_codes.set(
                    id,
                    Code {
                        text: code,
                        expires_at,
                    },
                );
                return Knowledge::Complete;
            }
            Event::Passkey {
                stage,
                options,
                code,
                ..
            } => {
                if let Some(asked) = Passkey::asked(stage, options, code) {
                    self.passkeys.set(id, asked);
                }
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
                self.forget_what_is_over(id, status, reason);
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
            Event::Warning { warning, .. } => account.warning = warning,
            Event::AccountRenamed { label } => account.label = label,
            Event::QueuePaused { at, .. } => account.queue_paused_at = Some(at),
            Event::QueueResumed { .. } => account.queue_paused_at = None,
            Event::ReachOutTimelock { timelock } => account.reach_out_timelock = timelock,
            // Said again, in more words, by the change of status beside it.
            Event::Disconnected { .. } | Event::Error { .. } => {}
            Event::Qr { .. }
            | Event::PairCode { .. }
            | Event::Passkey { .. }
            | Event::MessageStatus { .. }
            | Event::MessageReceived(_)
            | Event::MessageReaction { .. }
            | Event::MessageEdited { .. }
            | Event::MessageDeleted { .. }
            | Event::MessageVote { .. }
            | Event::MessageWaiting(_)
            | Event::CallMissed(_)
            | Event::GroupChanged(_)
            | Event::MessageMedia { .. }
            | Event::ConversationPicture { .. }
            | Event::ConversationMerged { .. }
            | Event::HistoryProgress { .. }
            | Event::ConversationChanged { .. }
            | Event::BulkStatus { .. }
            | Event::BulkProgress { .. }
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
        let accounts = self.accounts.iter();
        let now: Vec<_> = accounts.map(|a| (a.id, a.status, a.reason)).collect();
        for (id, status, reason) in now {
            self.forget_what_is_over(id, status, reason);
        }
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

    pub fn put_code(&mut self, id: AccountId, code: Code) {
        if self.is_waiting(id) {
            self.codes.set(id, code);
        }
    }

    /// A pairing code as the server just answered it. Its event may be on its
    /// way still.
    pub fn put_pair_code(&mut self, id: AccountId, code: Code) {
        self.pair_codes.set(id, code);
    }

    pub fn put_passkey(&mut self, id: AccountId, passkey: Passkey) {
        if self.is_waiting(id) {
            self.passkeys.set(id, passkey);
        }
    }

    fn is_waiting(&self, id: AccountId) -> bool {
        self.account(id)
            .is_some_and(|account| account.status == Status::Qr)
    }

    /// Codes are for one attempt to link.
    fn forget_what_is_over(&mut self, id: AccountId, status: Status, reason: Option<Reason>) {
        if status != Status::Qr {
            self.codes.forget(id);
            self.pair_codes.forget(id);
        }
        if status != Status::Qr || reason != Some(Reason::PasskeyRequired) {
            self.passkeys.forget(id);
        }
    }

    pub fn forget(&mut self, id: AccountId) {
        self.accounts.retain(|account| account.id != id);
        self.codes.forget(id);
        self.pair_codes.forget(id);
        self.passkeys.forget(id);
        self.heard.retain(|(account, _)| *account != id);
        self.changed.retain(|account| *account != id);
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
