use super::{
    card::{StatePill, next_try},
    rename::LabelField,
    scan::{Code, Steps},
    shown_number,
    situation::{Stage, needs_scan},
    test_message::TestMessage,
};
use crate::{
    components::{
        callout::Alert,
        dialog::{Closer, Dialog},
        icon::Icon,
        instant::Instant,
    },
    i18n::{Texts, texts},
    live::Live,
};
use leptos::{either::EitherOf4, ev, prelude::*, task::spawn_local};
use whahook_contract::{
    account::AccountView,
    session::{Reason, Status},
};

/// Everything about one account: its QR, its success, its trouble.
#[component]
pub fn AccountDialog(
    account: AccountView,
    /// The person came to scan: start linking if nothing runs.
    scan: bool,
    on_close: Callback<()>,
) -> impl IntoView {
    let texts = texts();
    let id = account.id;
    let account = expect_context::<Live>().follow(account);
    let linking = Linking::new(account, scan);
    let stage = linking.stage();
    let heading = Signal::derive(move || {
        match stage.get() {
            Stage::Scan => texts.link_title,
            Stage::Connecting => texts.scanned,
            Stage::Ready => texts.linked,
            Stage::Trouble => {
                account.with(|account| (texts.headline)(account.status, account.reason))
            }
        }
        .to_owned()
    });
    view! {
        <Dialog class="wide" labelled_by="account-title" on_close=on_close>
            <div class="dialog-columns">
                <div class="dialog-body">
                    <LabelField account=account />
                    // Takes the focus, so that a screen reader starts at the top
                    // and a phone does not open its keyboard.
                    <h2 id="account-title" tabindex="-1" autofocus>
                        {heading}
                    </h2>
                    {move || match stage.get() {
                        Stage::Scan => EitherOf4::A(view! { <Steps /> }),
                        Stage::Connecting => {
                            EitherOf4::B(view! { <p class="lead">{texts.scanned_lead}</p> })
                        }
                        Stage::Ready => EitherOf4::C(view! { <Ready account=account /> }),
                        Stage::Trouble => {
                            EitherOf4::D(view! { <Trouble account=account linking=linking /> })
                        }
                    }}
                    <Alert words=linking.problem.into() />
                </div>
                <div class="dialog-side">
                    {move || match stage.get() {
                        Stage::Scan => EitherOf4::A(view! { <Code id=id /> }),
                        Stage::Connecting => {
                            EitherOf4::B(
                                view! { <span class="spinner large" aria-hidden="true"></span> },
                            )
                        }
                        Stage::Ready => {
                            EitherOf4::C(view! { <Seal tone="seal good" icon=Icon::Check /> })
                        }
                        Stage::Trouble => {
                            EitherOf4::D(view! { <Seal tone="seal bad" icon=Icon::Alert /> })
                        }
                    }}
                </div>
            </div>
            <p class="visually-hidden" role="status">
                {heading}
            </p>
        </Dialog>
    }
}

#[component]
fn Seal(tone: &'static str, icon: Icon) -> impl IntoView {
    view! {
        <span class=tone aria-hidden="true">
            <Icon icon=icon />
        </span>
    }
}

#[component]
fn Ready(account: Memo<AccountView>) -> impl IntoView {
    let texts = texts();
    let dialog = expect_context::<Closer>();
    let since = Signal::derive(move || account.with(|account| account.since));
    let number = Signal::derive(move || account.with(|account| shown_number(account, texts)));
    let name = Signal::derive(move || {
        account
            .with(|account| account.push_name.clone())
            .unwrap_or_else(|| "–".to_owned())
    });
    view! {
        <p class="lead">{texts.linked_lead}</p>
        <dl class="facts">
            <dt>{texts.number}</dt>
            <dd class="number">{number}</dd>
            <dt>{texts.whatsapp_name}</dt>
            <dd>{name}</dd>
            <dt>{texts.connected_since}</dt>
            <dd>
                <Instant at=since />
            </dd>
        </dl>
        <TestMessage account=account />
        <div class="dialog-acts">
            <button type="button" class="button" on:click=move |_| dialog.close()>
                {texts.done}
            </button>
        </div>
    }
}

/// What is wrong, and what to do.
#[component]
fn Trouble(account: Memo<AccountView>, linking: Linking) -> impl IntoView {
    let texts = texts();
    let since = Signal::derive(move || account.with(|account| account.since));
    let explained = move || account.with(|account| account.reason).map(texts.reason);
    let why = Signal::derive(move || explained().map_or("", |e| e.why).to_owned());
    let advice = Signal::derive(move || explained().map_or("", |e| e.advice).to_owned());
    let detail = Signal::derive(move || {
        account
            .with(|account| account.detail.clone())
            .unwrap_or_default()
    });
    let act = Signal::derive(move || {
        account
            .with(|account| match account.status {
                Status::LoggedOut => texts.link_again,
                Status::Disconnected if needs_scan(account) => texts.show_qr,
                Status::Disconnected => texts.reconnect,
                _ => texts.retry_now,
            })
            .to_owned()
    });
    let next_try = next_try(account);
    view! {
        <StatePill account=account />
        <p class="lead">{why}</p>
        <p>{advice}</p>
        <p class="hint" lang="en">
            {detail}
        </p>
        <p class="since">
            {texts.since} " " <Instant at=since /> <span class="next-try">{next_try}</span>
        </p>
        <div class="dialog-acts start">
            <button type="button" class="button primary" on:click=move |_| linking.again()>
                {act}
            </button>
        </div>
    }
}

/// Starts sessions for a person who looks: while the dialog is open and
/// visible, codes never run out.
#[derive(Clone, Copy)]
struct Linking {
    live: Live,
    account: Memo<AccountView>,
    /// The person waits for a code.
    scanning: RwSignal<bool>,
    problem: RwSignal<Option<String>>,
    texts: &'static Texts,
}

impl Linking {
    fn new(account: Memo<AccountView>, scan: bool) -> Self {
        let linking = Self {
            live: expect_context::<Live>(),
            account,
            scanning: RwSignal::new(scan),
            problem: RwSignal::new(None),
            texts: texts(),
        };
        let idle = account.with_untracked(|account| {
            matches!(
                account.status,
                Status::Disconnected | Status::LoggedOut | Status::Error
            )
        });
        if scan && idle {
            linking.start();
        }
        let visible = page_is_visible();
        let ran_out = Memo::new(move |_| {
            account.with(|account| {
                (account.status == Status::Disconnected
                    && account.reason == Some(Reason::QrTimeout))
                .then_some(account.since)
            })
        });
        Effect::new(move |before: Option<Option<_>>| {
            let now = ran_out.get();
            let news = before.is_some_and(|before| before != now);
            if now.is_some() && news && linking.scanning.get() && visible.get() {
                linking.start();
                return now;
            }
            // Not acted upon: look again when the page is visible.
            if now.is_some() && news { None } else { now }
        });
        let failed = Memo::new(move |_| {
            account.with(|account| {
                matches!(account.status, Status::LoggedOut | Status::Error).then_some(account.since)
            })
        });
        // A session that fails while the person waits for its code shows why.
        Effect::new(move |before: Option<Option<_>>| {
            let now = failed.get();
            if now.is_some() && before.is_some_and(|before| before != now) {
                linking.scanning.set(false);
            }
            now
        });
        linking
    }

    fn stage(self) -> Memo<Stage> {
        Memo::new(move |_| {
            let scanning = self.scanning.get();
            self.account.with(|account| Stage::of(account, scanning))
        })
    }

    fn again(self) {
        self.scanning.set(self.account.with_untracked(needs_scan));
        self.start();
    }

    fn start(self) {
        self.problem.set(None);
        let id = self.account.with_untracked(|account| account.id);
        let texts = self.texts;
        spawn_local(async move {
            if let Err(problem) = self.live.start_session(id).await {
                self.scanning.set(false);
                self.problem.set(Some(problem.words(texts)));
            }
        });
    }
}

fn page_is_visible() -> RwSignal<bool> {
    let look = || document().visibility_state() == web_sys::VisibilityState::Visible;
    let visible = RwSignal::new(look());
    let listening = window_event_listener(
        ev::Custom::<ev::Event>::new("visibilitychange"),
        move |_| {
            visible.set(look());
        },
    );
    on_cleanup(move || listening.remove());
    visible
}
