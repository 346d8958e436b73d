use super::{
    Dialogs, Open,
    confirm::Danger,
    shown_number,
    situation::{Act, Tone, is_linked, needs_scan},
    uptime::Strip,
    words::{Texts, texts},
};
use crate::{
    components::{
        avatar::Avatar,
        icon::Icon,
        instant::{Day, Instant},
        menu::{Menu, MenuItem},
    },
    format,
    i18n::locale,
    live::Live,
};
use leptos::{prelude::*, task::spawn_local};
use whahook_contract::{
    account::AccountView,
    ids::AccountId,
    session::{Status, Warning},
};

#[component]
pub fn Card(account: AccountView) -> impl IntoView {
    let texts = texts();
    let id = account.id;
    let account = expect_context::<Live>().follow(account);
    let label = Signal::derive(move || account.with(|account| account.label.clone()));
    let title = format!("account-{id}");
    let title_id = title.clone();
    let class = Signal::derive(move || {
        let tone = account.with(|account| Tone::of(account.status, account.reason));
        format!("card {}", tone.class())
    });
    let number = Signal::derive(move || account.with(|account| shown_number(account, texts)));
    view! {
        <li class=class aria-labelledby=title>
            <Avatar name=label id=id.0.as_u128() />
            <div class="who">
                <h2 id=title_id>{label}</h2>
                <p class="number">{number}</p>
            </div>
            <State account=account />
            <Strip account=account />
            <div class="acts">
                <NextAct account=account />
                <More id=id account=account label=label />
            </div>
            <Warned account=account />
        </li>
    }
}

/// The state in words, why, and since when.
#[component]
fn State(account: Memo<AccountView>) -> impl IntoView {
    let texts = texts();
    let since = Signal::derive(move || account.with(|account| account.since));
    let live = expect_context::<Live>();
    let why = Signal::derive(move || {
        account.with(|account| {
            let held = live.holder(account).unwrap_or_default();
            let history = live.history(account.id);
            let history = history.map(|of| (texts.history)(of.percent, of.messages));
            let history = history.unwrap_or_default();
            format!("{} {held} {history}", explained(account, texts))
                .trim()
                .to_owned()
        })
    });
    let next_try = next_try(account);
    view! {
        <div class="state">
            <StatePill account=account />
            <p class="why" role="status">
                {why}
            </p>
            <p class="since">
                {texts.since} " " <Instant at=since /> <span class="next-try">{next_try}</span>
            </p>
        </div>
    }
}

/// Empty where the state says it all. What heals by itself is told in short.
fn explained(account: &AccountView, texts: &Texts) -> String {
    let Some(reason) = account.reason else {
        return String::new();
    };
    let explained = (texts.reason)(reason);
    match (account.status, Act::of(account)) {
        (Status::Ready, _) | (Status::Qr, Act::ShowQr) => String::new(),
        (Status::LoggedOut | Status::Error, _) | (_, Act::UseHere | Act::Passkey) => {
            format!("{} {}", explained.why, explained.advice)
        }
        _ => explained.why.to_owned(),
    }
}

/// Something to do while everything still works.
#[component]
fn Warned(account: Memo<AccountView>) -> impl IntoView {
    let texts = texts();
    view! {
        {move || {
            account
                .with(|account| account.warning)
                .map(|Warning { since, until, .. }| {
                    view! {
                        <p class="callout waiting">
                            <Icon icon=Icon::Phone />
                            <span>
                                {texts.phone_not_seen} " " <b>
                                    <Day at=since />
                                </b> ". " {texts.phone_unlinks} " " <b>
                                    <Day at=until />
                                </b> ". " {texts.phone_open}
                            </span>
                        </p>
                    }
                })
        }}
    }
}

#[component]
pub fn StatePill(account: Memo<AccountView>) -> impl IntoView {
    let texts = texts();
    let class = Signal::derive(move || {
        let tone = account.with(|account| Tone::of(account.status, account.reason));
        format!("pill {}", tone.class())
    });
    let words = Signal::derive(move || {
        account
            .with(|account| (texts.headline)(account.status, account.reason))
            .to_owned()
    });
    view! {
        <p class=class>
            <i aria-hidden="true"></i>
            {words}
        </p>
    }
}

/// Seconds up to which a wait is told in seconds.
const SOON_S: i64 = 90;

/// When the next attempt is made by itself.
pub fn next_try(account: Memo<AccountView>) -> Signal<String> {
    let (texts, locale) = (texts(), locale());
    let now = expect_context::<Live>().now;
    Signal::derive(move || {
        let next = account.with(|account| account.next_attempt_at);
        let (Some(next), Some(now)) = (next, now.get()) else {
            return String::new();
        };
        let words = match (next - now).num_seconds() {
            seconds if seconds > SOON_S => (texts.next_try_at)(&format::local(next, now, locale)),
            seconds if seconds > 0 => (texts.next_try_in)(seconds),
            _ => texts.next_try_now.to_owned(),
        };
        format!(" · {words}")
    })
}

/// One button: what a person would want to do next.
#[component]
fn NextAct(account: Memo<AccountView>) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let dialogs = expect_context::<Dialogs>();
    let words = Signal::derive(move || account.with(Act::of).words(texts).to_owned());
    let name = Signal::derive(move || {
        account.with(|account| (texts.act_for)(&words.get(), &account.label))
    });
    let class = Signal::derive(move || {
        let urgent = account.with(|account| {
            needs_scan(account) || matches!(Act::of(account), Act::UseHere | Act::Passkey)
        });
        if urgent {
            "button small primary"
        } else {
            "button small"
        }
        .to_owned()
    });
    let disabled = Signal::derive(move || !live.runs());
    let run = move |_| {
        let id = account.with_untracked(|account| account.id);
        match account.with_untracked(Act::of) {
            Act::ShowQr | Act::LinkAgain | Act::Passkey => {
                dialogs.open(Open::Account { id, scan: true });
            }
            Act::Open => dialogs.open(Open::Account { id, scan: false }),
            Act::UseHere | Act::Connect | Act::TryNow => {
                live.notice.set(None);
                spawn_local(async move {
                    if let Err(problem) = live.start_session(id).await {
                        live.report(&problem);
                    }
                });
            }
        }
    };
    view! {
        <button type="button" class=class disabled=disabled aria-label=name on:click=run>
            {words}
        </button>
    }
}

#[component]
fn More(id: AccountId, account: Memo<AccountView>, label: Signal<String>) -> impl IntoView {
    let texts = texts();
    let dialogs = expect_context::<Dialogs>();
    let linked = Memo::new(move |_| account.with(is_linked));
    let name = Signal::derive(move || label.with(|label| Some((texts.more_for)(label))));
    let open = move |dialog: Open| Callback::new(move |()| dialogs.open(dialog));
    view! {
        <Menu class="menu" name=name face=view! { <Icon icon=Icon::More /> }>
            <MenuItem class="menu-item" label=texts.activity on_pick=open(Open::Activity(id)) />
            <MenuItem class="menu-item" label=texts.rename on_pick=open(Open::Rename(id)) />
            {move || {
                linked
                    .get()
                    .then(|| {
                        view! {
                            <MenuItem
                                class="menu-item"
                                label=texts.unlink
                                on_pick=open(Open::Confirm(Danger::Unlink, id))
                            />
                        }
                    })
            }}
            <MenuItem
                class="menu-item danger"
                label=texts.remove
                on_pick=open(Open::Confirm(Danger::Remove, id))
            />
        </Menu>
    }
}
