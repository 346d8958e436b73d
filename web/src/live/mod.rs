//! What the page knows, kept up to date through the socket.

pub mod socket;
pub mod state;

use crate::{
    api::{self, Problem},
    data::PageData,
    i18n::{Texts, texts},
    wire::{self, Heard},
};
use leptos::{prelude::*, task::spawn_local};
use state::{Code, Knowledge, Passkey, Progress, State};
use std::time::Duration;
use whahook_contract::{
    Timestamp,
    account::AccountView,
    event::command,
    ids::{AccountId, MessageId, SessionId},
    message::MessageStatus,
    receiving::HistoryProgress,
    session::{Reason, Status},
};

#[derive(Clone, Copy)]
pub struct Live {
    state: RwSignal<State>,
    /// Whether the socket is connected. True until known otherwise: a page that
    /// loads is not a page in trouble.
    pub online: RwSignal<bool>,
    /// The server's time, by the second; `None` until the page runs.
    pub now: RwSignal<Option<Timestamp>>,
    /// The same by the minute, for words that need no more.
    pub minute: Memo<Option<i64>>,
    running: Memo<bool>,
    /// What went wrong with a command that has no dialog of its own.
    pub notice: RwSignal<Option<String>>,
    /// Counts what is told of messages and bulks, and the connections to the server:
    /// what was told before one may have been missed.
    pub told: RwSignal<u32>,
    asking: StoredValue<Asking>,
    texts: &'static Texts,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Asking {
    No,
    Yes,
    /// Something happened meanwhile: ask again afterwards.
    Again,
}

/// Between a refusal by the server and the next try to connect.
const AFTER_REFUSAL: Duration = Duration::from_secs(3);

impl Live {
    /// Knows what the server rendered; hears more once the page runs.
    pub fn provide(data: &PageData) -> Self {
        let now = RwSignal::new(None::<Timestamp>);
        let live = Self {
            state: RwSignal::new(State::new(data.accounts.clone())),
            online: RwSignal::new(true),
            now,
            minute: Memo::new(move |_| now.get().map(|now| now.timestamp() / 60)),
            running: Memo::new(move |_| now.with(Option::is_some)),
            notice: RwSignal::new(None),
            told: RwSignal::new(0),
            asking: StoredValue::new(Asking::No),
            texts: texts(),
        };
        provide_context(live);
        let rendered_at = data.now;
        Effect::new(move |_| live.start(rendered_at));
        live
    }

    fn start(self, rendered_at: Timestamp) {
        let started = js_sys::Date::now();
        let tick = move || {
            #[allow(clippy::cast_possible_truncation)] // whole milliseconds
            let passed = chrono::TimeDelta::milliseconds((js_sys::Date::now() - started) as i64);
            self.now.set(Some(rendered_at + passed));
        };
        tick();
        if let Ok(ticking) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || ticking.clear());
        }
        socket::open(socket::Handlers {
            connected: Callback::new(move |()| {
                self.online.set(true);
                self.told.update(|told| *told += 1);
                self.resync();
            }),
            lost: Callback::new(move |()| self.online.set(false)),
            refused: Callback::new(move |()| self.refused()),
            event: Callback::new(move |heard| self.hear(heard)),
        });
    }

    /// The account as it is now; as it last was once it is removed.
    pub fn follow(self, account: AccountView) -> Memo<AccountView> {
        Memo::new(move |old: Option<&AccountView>| {
            let new = self.state.with(|state| state.account(account.id).cloned());
            new.or_else(|| old.cloned())
                .unwrap_or_else(|| account.clone())
        })
    }

    pub fn account(self, id: AccountId) -> Option<AccountView> {
        self.state.with(|state| state.account(id).cloned())
    }

    pub fn account_now(self, id: AccountId) -> Option<AccountView> {
        self.state
            .with_untracked(|state| state.account(id).cloned())
    }

    /// Whether the page acts yet.
    pub fn runs(self) -> bool {
        self.running.get()
    }

    pub fn ids(self) -> Memo<Vec<AccountId>> {
        Memo::new(move |_| {
            self.state
                .with(|state| state.accounts().iter().map(|account| account.id).collect())
        })
    }

    pub fn label(self, id: AccountId) -> Option<String> {
        self.state
            .with(|state| state.account(id).map(|account| account.label.clone()))
    }

    pub fn phone_number(self, id: AccountId) -> Option<String> {
        self.state
            .with(|state| state.account(id)?.phone_number.clone())
    }

    pub fn is_ready(self, id: AccountId) -> bool {
        let ready = |account: &AccountView| account.status == Status::Ready;
        self.state
            .with(|state| state.account(id).is_some_and(ready))
    }

    /// How many accounts are such.
    pub fn count(self, pick: fn(&AccountView) -> bool) -> usize {
        self.state.with(|state| {
            let accounts = state.accounts().iter();
            accounts.filter(|account| pick(account)).count()
        })
    }

    /// The accounts that are such, now.
    pub fn pick(self, pick: fn(&AccountView) -> bool) -> Vec<AccountId> {
        self.state.with_untracked(|state| {
            let accounts = state.accounts().iter();
            accounts.filter(|a| pick(a)).map(|a| a.id).collect()
        })
    }

    /// Which other account of the person has this one's number, in words.
    pub fn holder(self, account: &AccountView) -> Option<String> {
        let detail = account.detail.as_deref()?;
        if account.reason != Some(Reason::NumberInUse) {
            return None;
        }
        self.state.with(|state| {
            let label = state.named_in(detail, account.id)?;
            Some((self.texts.number_held_by)(label))
        })
    }

    pub fn code(self, id: AccountId) -> Memo<Option<Code>> {
        Memo::new(move |_| self.state.with(|state| state.code(id).cloned()))
    }

    pub fn pair_code(self, id: AccountId) -> Memo<Option<Code>> {
        Memo::new(move |_| self.state.with(|state| state.pair_code(id).cloned()))
    }

    /// The question to a passkey, as its JSON; empty where none is asked.
    pub fn passkey_options(self, id: AccountId) -> Signal<String> {
        Signal::derive(move || {
            self.state.with(|state| match state.passkey(id) {
                Some(Passkey::Assertion { options }) => options.clone(),
                _ => String::new(),
            })
        })
    }

    /// The code to compare with the phone's; empty where none is asked.
    pub fn passkey_code(self, id: AccountId) -> Signal<String> {
        Signal::derive(move || {
            self.state.with(|state| match state.passkey(id) {
                Some(Passkey::Confirmation { code }) => code.clone(),
                _ => String::new(),
            })
        })
    }

    pub fn put_pair_code(self, id: AccountId, code: Code) {
        self.state.update(|state| state.put_pair_code(id, code));
    }

    pub fn history(self, id: AccountId) -> Option<HistoryProgress> {
        self.state.with(|state| state.history(id))
    }

    pub fn progress(self, message: MessageId) -> Option<Progress> {
        self.state.with(|state| state.progress(message).cloned())
    }

    pub fn note(self, message: MessageId, status: MessageStatus) {
        let progress = Progress {
            message,
            status,
            detail: None,
        };
        self.state.update(|state| state.note_progress(progress));
    }

    pub fn label_is_taken(self, label: &str) -> bool {
        self.state
            .with_untracked(|state| state.accounts().iter().any(|a| a.label == label))
    }

    pub fn put(self, account: AccountView) {
        self.state.update(|state| state.put(account));
    }

    pub fn forget(self, id: AccountId) {
        self.state.update(|state| state.forget(id));
    }

    /// Starts linking, or connects again.
    pub async fn start_session(self, account_id: AccountId) -> Result<(), Problem> {
        let id = account_id.to_string();
        socket::command(command::CREATE, &wire::object(&[("accountId", &id)])).await
    }

    /// Unlinks at WhatsApp and deletes the session's data.
    pub async fn end_session(self, session_id: SessionId) -> Result<(), Problem> {
        let id = session_id.to_string();
        socket::command(command::DESTROY, &wire::object(&[("sessionId", &id)])).await
    }

    pub fn report(self, problem: &Problem) {
        self.notice.set(Some(problem.words(self.texts)));
    }

    /// The code now shown elsewhere, for a dialog that opens in the middle.
    pub fn fetch_code(self, id: AccountId) {
        spawn_local(async move {
            // Without one yet there is nothing to show; it will be pushed.
            if let Ok(code) = api::qr(id).await {
                self.state.update(|state| state.put_code(id, code));
            }
        });
    }

    /// What is asked of a passkey now, for a page that opens in the middle.
    fn fetch_passkey(self, id: AccountId) {
        spawn_local(async move {
            if let Ok(passkey) = api::passkey(id).await {
                self.state.update(|state| state.put_passkey(id, passkey));
            }
        });
    }

    /// The message's status, in case its events were missed.
    pub fn fetch_progress(self, message: MessageId) {
        spawn_local(async move {
            if let Ok((message, status)) = api::message(message).await {
                self.note(message, status);
            }
        });
    }

    fn hear(self, heard: Heard) {
        if heard.of_sending {
            self.told.update(|told| *told += 1);
        }
        let mut knowledge = Knowledge::Complete;
        self.state.update(|state| {
            knowledge = state.apply(heard.account, heard.seq, heard.event);
        });
        if knowledge == Knowledge::Stale {
            self.resync();
        }
    }

    /// Asks the server for everything, once at a time.
    fn resync(self) {
        if self.asking.get_value() != Asking::No {
            self.asking.set_value(Asking::Again);
            return;
        }
        self.asking.set_value(Asking::Yes);
        spawn_local(async move {
            loop {
                self.state.update_untracked(State::begin_question);
                let Ok(accounts) = api::accounts().await else {
                    // Out of reach: the next connection asks again.
                    self.asking.set_value(Asking::No);
                    return;
                };
                let mut knowledge = Knowledge::Complete;
                self.state
                    .update(|state| knowledge = state.take_answer(accounts));
                self.fetch_missing_codes();
                if knowledge == Knowledge::Complete && self.asking.get_value() == Asking::Yes {
                    self.asking.set_value(Asking::No);
                    return;
                }
                self.asking.set_value(Asking::Yes);
            }
        });
    }

    fn fetch_missing_codes(self) {
        let waiting = self.pick(|account| account.status == Status::Qr);
        for id in waiting {
            let (code, passkey, asks) = self.state.with_untracked(|state| {
                let reason = state.account(id).and_then(|account| account.reason);
                (
                    state.code(id).is_some(),
                    state.passkey(id).is_some(),
                    reason == Some(Reason::PasskeyRequired),
                )
            });
            if asks && !passkey {
                self.fetch_passkey(id);
            } else if !asks && !code {
                self.fetch_code(id);
            }
        }
    }

    fn refused(self) {
        spawn_local(api::check_sign_in());
        set_timeout(socket::connect_again, AFTER_REFUSAL);
    }
}
