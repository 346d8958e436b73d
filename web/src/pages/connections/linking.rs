use super::{
    situation::{Stage, needs_scan},
    words::{Texts, texts},
};
use crate::{components::presence::Presence, live::Live};
use leptos::{prelude::*, task::spawn_local};
use whahook_contract::{
    account::AccountView,
    session::{Reason, Status},
};

/// How often the server is told that somebody still looks at the codes.
const LOOK_EVERY_S: i64 = 60;

/// Starts sessions for a person who looks: as long as there is one, codes never
/// run out.
#[derive(Clone, Copy)]
pub struct Linking {
    live: Live,
    presence: Presence,
    account: Memo<AccountView>,
    /// The person waits for a code.
    scanning: RwSignal<bool>,
    pub problem: RwSignal<Option<String>>,
    texts: &'static Texts,
}

impl Linking {
    /// With `scan`, linking starts unless something runs already.
    pub fn new(account: Memo<AccountView>, scan: bool) -> Self {
        let linking = Self {
            live: expect_context(),
            presence: expect_context(),
            account,
            scanning: RwSignal::new(scan),
            problem: RwSignal::new(None),
            texts: texts(),
        };
        linking.presence.touch();
        if scan && account.with_untracked(is_idle) {
            linking.start();
        }
        linking.keep_looking();
        linking.follow_ends();
        linking
    }

    /// Says so to the server while the code is on the screen of somebody.
    fn keep_looking(self) {
        let turn = Memo::new(move |_| {
            self.live
                .now
                .get()
                .map(|now| now.timestamp() / LOOK_EVERY_S)
        });
        Effect::new(move |before: Option<Option<i64>>| {
            let turn = turn.get();
            let shows = self.account.with_untracked(|a| a.status == Status::Qr);
            if before.is_some_and(|before| before != turn) && shows && self.presence.looks() {
                let id = self.account.with_untracked(|account| account.id);
                spawn_local(async move {
                    // A look that is lost is followed by another.
                    let _ = self.live.start_session(id).await;
                });
            }
            turn
        });
    }

    /// An end while the person waits: another code if they are there, and what
    /// happened in words if not.
    fn follow_ends(self) {
        let ended = Memo::new(move |_| {
            self.account.with(|account| {
                let since = account.since.timestamp_millis();
                is_idle(account).then_some(since)
            })
        });
        Effect::new(move |before: Option<Option<i64>>| {
            let now = ended.get();
            let news = before.is_some_and(|before| before != now);
            if now.is_some() && news && self.scanning.get_untracked() {
                let ran_out = self
                    .account
                    .with_untracked(|a| a.reason == Some(Reason::QrTimeout));
                if ran_out && self.presence.looks() {
                    self.start();
                } else {
                    self.scanning.set(false);
                }
            }
            now
        });
    }

    pub fn stage(self) -> Memo<Stage> {
        Memo::new(move |_| {
            let scanning = self.scanning.get();
            self.account.with(|account| Stage::of(account, scanning))
        })
    }

    pub fn again(self) {
        self.presence.touch();
        self.scanning.set(self.account.with_untracked(needs_scan));
        self.start();
    }

    fn start(self) {
        self.problem.set(None);
        let id = self.account.with_untracked(|account| account.id);
        spawn_local(async move {
            if let Err(problem) = self.live.start_session(id).await {
                self.scanning.set(false);
                self.problem.set(Some(problem.words(self.texts)));
            }
        });
    }
}

const fn is_idle(account: &AccountView) -> bool {
    matches!(
        account.status,
        Status::Disconnected | Status::LoggedOut | Status::Error
    )
}
