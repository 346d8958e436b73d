use super::{
    Dialogs, Open,
    confirm::Danger,
    shown_number,
    situation::{Act, Tone, is_linked, needs_scan},
};
use crate::{
    components::{
        avatar::Avatar,
        icon::Icon,
        instant::Instant,
        menu::{Menu, MenuItem},
    },
    i18n::{Texts, texts},
    live::Live,
};
use leptos::{prelude::*, task::spawn_local};
use whahook_contract::{account::AccountView, ids::AccountId, session::Status};

#[component]
pub fn Card(account: AccountView) -> impl IntoView {
    let texts = texts();
    let id = account.id;
    let account = expect_context::<Live>().follow(account);
    let label = Signal::derive(move || account.with(|account| account.label.clone()));
    let title = format!("account-{id}");
    let title_id = title.clone();
    let class = Signal::derive(move || {
        let tone = Tone::of(account.with(|account| account.status));
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
            <div class="acts">
                <NextAct account=account />
                <More id=id account=account label=label />
            </div>
        </li>
    }
}

/// The state in words, why, and since when.
#[component]
fn State(account: Memo<AccountView>) -> impl IntoView {
    let texts = texts();
    let since = Signal::derive(move || account.with(|account| account.since));
    let why = Signal::derive(move || account.with(|account| explained(account, texts)));
    let next_try = next_try(account);
    view! {
        <div class="state">
            <StatePill account=account />
            <p class="why">{why}</p>
            <p class="since">
                {texts.since} " " <Instant at=since /> <span class="next-try">{next_try}</span>
            </p>
        </div>
    }
}

/// Empty where the state says it all.
fn explained(account: &AccountView, texts: &Texts) -> String {
    let Some(explained) = account.reason.map(texts.reason) else {
        return String::new();
    };
    match account.status {
        Status::Ready | Status::Qr => String::new(),
        Status::LoggedOut | Status::Error => format!("{} {}", explained.why, explained.advice),
        _ => explained.why.to_owned(),
    }
}

#[component]
pub fn StatePill(account: Memo<AccountView>) -> impl IntoView {
    let texts = texts();
    let class = Signal::derive(move || {
        let tone = Tone::of(account.with(|account| account.status));
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

/// Counts down to the next attempt that is made by itself.
pub fn next_try(account: Memo<AccountView>) -> Signal<String> {
    let texts = texts();
    let now = expect_context::<Live>().now;
    Signal::derive(move || {
        let next = account.with(|account| account.next_attempt_at);
        let left = next.and_then(|next| Some((next - now.get()?).num_seconds()));
        match left {
            None => String::new(),
            Some(seconds) if seconds > 0 => format!(" · {}", (texts.next_try_in)(seconds)),
            Some(_) => format!(" · {}", texts.next_try_now),
        }
    })
}

/// One button: what a person would want to do next.
#[component]
fn NextAct(account: Memo<AccountView>) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let dialogs = expect_context::<Dialogs>();
    let words = Signal::derive(move || {
        match account.with(Act::of) {
            Act::ShowQr => texts.show_qr,
            Act::LinkAgain => texts.link_again,
            Act::Reconnect => texts.reconnect,
            Act::RetryNow => texts.retry_now,
            Act::Open => texts.open,
        }
        .to_owned()
    });
    let name = Signal::derive(move || {
        account.with(|account| (texts.act_for)(&words.get(), &account.label))
    });
    let class = Signal::derive(move || {
        let urgent = account.with(needs_scan);
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
            Act::ShowQr | Act::LinkAgain => dialogs.open(Open::Account { id, scan: true }),
            Act::Open => dialogs.open(Open::Account { id, scan: false }),
            Act::Reconnect | Act::RetryNow => {
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
