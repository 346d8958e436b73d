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
    i18n::texts,
    live::Live,
};
use leptos::{prelude::*, task::spawn_local};
use whahook_contract::{account::AccountView, ids::AccountId, session::Status};

#[component]
pub fn Card(account: AccountView) -> impl IntoView {
    let id = account.id;
    let account = expect_context::<Live>().follow(account);
    let label = Signal::derive(move || account.with(|account| account.label.clone()));
    let title = format!("account-{id}");
    let title_id = title.clone();
    let tone = move || Tone::of(account.with(|account| account.status));
    view! {
        <li class=move || format!("card {}", tone().class()) aria-labelledby=title>
            <Avatar name=label id=id.0.as_u128() />
            <div class="who">
                <h2 id=title_id>{label}</h2>
                <p class="number">{move || account.with(shown_number)}</p>
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
    let status = Memo::new(move |_| account.with(|account| account.status));
    let reason = Memo::new(move |_| account.with(|account| account.reason));
    let since = Signal::derive(move || account.with(|account| account.since));
    let explained = move || {
        let explained = (texts.reason)(reason.get()?);
        match status.get() {
            Status::Ready | Status::Qr => None,
            Status::LoggedOut | Status::Error => {
                Some(format!("{} {}", explained.why, explained.advice))
            }
            _ => Some(explained.why.to_owned()),
        }
    };
    view! {
        <div class="state">
            <StatePill account=account />
            {move || explained().map(|words| view! { <p class="why">{words}</p> })}
            <p class="since">{texts.since} " " <Instant at=since /> <NextTry account=account /></p>
        </div>
    }
}

#[component]
pub fn StatePill(account: Memo<AccountView>) -> impl IntoView {
    let texts = texts();
    view! {
        <p class=move || {
            format!("pill {}", Tone::of(account.with(|account| account.status)).class())
        }>
            <i aria-hidden="true"></i>
            {move || account.with(|account| (texts.headline)(account.status, account.reason))}
        </p>
    }
}

/// Counts down to the next attempt that is made by itself.
#[component]
pub fn NextTry(account: Memo<AccountView>) -> impl IntoView {
    let texts = texts();
    let now = expect_context::<Live>().now;
    let next = Memo::new(move |_| account.with(|account| account.next_attempt_at));
    move || {
        let left = (next.get()? - now.get()?).num_seconds();
        let words = if left > 0 {
            (texts.next_try_in)(left)
        } else {
            texts.next_try_now.to_owned()
        };
        Some(view! { <span class="next-try">" · " {words}</span> })
    }
}

/// One button: what a person would want to do next.
#[component]
fn NextAct(account: Memo<AccountView>) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let dialogs = expect_context::<Dialogs>();
    let act = Memo::new(move |_| account.with(Act::of));
    let words = move || match act.get() {
        Act::ShowQr => texts.show_qr,
        Act::LinkAgain => texts.link_again,
        Act::Reconnect => texts.reconnect,
        Act::RetryNow => texts.retry_now,
        Act::Open => texts.open,
    };
    let run = move |_| {
        let id = account.with_untracked(|account| account.id);
        match act.get_untracked() {
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
        <button
            type="button"
            class="button small"
            class:primary=move || account.with(needs_scan)
            disabled=move || !live.runs()
            aria-label=move || {
                account.with(|account| (texts.act_for)(words(), &account.label))
            }
            on:click=run
        >
            {words}
        </button>
    }
}

#[component]
fn More(id: AccountId, account: Memo<AccountView>, label: Signal<String>) -> impl IntoView {
    let texts = texts();
    let dialogs = expect_context::<Dialogs>();
    let linked = Memo::new(move |_| account.with(is_linked));
    view! {
        <Menu
            name=Signal::derive(move || label.with(|label| (texts.more_for)(label)))
            face=|| view! { <Icon icon=Icon::More /> }
        >
            <MenuItem
                label=texts.rename
                on_pick=Callback::new(move |()| dialogs.open(Open::Rename(id)))
            />
            <Show when=move || linked.get()>
                <MenuItem
                    label=texts.unlink
                    on_pick=Callback::new(move |()| {
                        dialogs.open(Open::Confirm(Danger::Unlink, id));
                    })
                />
            </Show>
            <MenuItem
                class="danger"
                label=texts.remove
                on_pick=Callback::new(move |()| dialogs.open(Open::Confirm(Danger::Remove, id)))
            />
        </Menu>
    }
}
