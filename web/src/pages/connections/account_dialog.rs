use super::{
    card::{StatePill, next_try},
    linking::Linking,
    pair_code::{PairCode, PairSteps},
    passkey::PasskeySteps,
    rename::LabelField,
    scan::{Code, Steps},
    shown_number,
    situation::{Act, Stage},
    test_message::TestMessage,
    words::texts,
};
use crate::{
    api,
    components::{
        callout::Alert,
        dialog::{Closer, Dialog},
        icon::Icon,
        instant::Instant,
    },
    data::Page,
    live::Live,
};
use leptos::{
    either::{Either, EitherOf5},
    prelude::*,
    task::spawn_local,
};
use whahook_contract::{account::AccountView, ids::AccountId};

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
    let live = expect_context::<Live>();
    let account = live.follow(account);
    let linking = Linking::new(account, scan);
    let stage = linking.stage();
    // By its number instead of the QR.
    let by_number = RwSignal::new(false);
    let pair_code = live.pair_code(id);
    // Also for a code that was asked for elsewhere, before or after this opened.
    Effect::new(move |_| {
        // Setting it again would draw the form anew, without what was typed.
        if pair_code.with(Option::is_some) && !by_number.get_untracked() {
            by_number.set(true);
        }
    });
    let heading = Signal::derive(move || {
        match stage.get() {
            Stage::Scan => texts.link_title,
            Stage::Passkey => texts.passkey_title,
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
                        Stage::Scan => {
                            EitherOf5::A(
                                move || match by_number.get() {
                                    false => Either::Left(view! { <Steps /> }),
                                    true => Either::Right(view! { <PairSteps /> }),
                                },
                            )
                        }
                        Stage::Passkey => EitherOf5::B(view! { <PasskeySteps id=id /> }),
                        Stage::Connecting => {
                            EitherOf5::C(view! { <p class="lead">{texts.scanned_lead}</p> })
                        }
                        Stage::Ready => EitherOf5::D(view! { <Ready account=account /> }),
                        Stage::Trouble => {
                            EitherOf5::E(view! { <Trouble account=account linking=linking /> })
                        }
                    }}
                    <Alert words=linking.problem.into() />
                    <p class="hint">
                        <a href=receiving(id)>{texts.what_it_receives}</a>
                    </p>
                </div>
                <div class="dialog-side">
                    {move || match stage.get() {
                        Stage::Scan => EitherOf5::A(view! { <Link id=id by_number=by_number /> }),
                        Stage::Passkey => {
                            EitherOf5::B(view! { <OtherWays id=id linking=linking by_number=by_number /> })
                        }
                        Stage::Connecting => {
                            EitherOf5::C(
                                view! { <span class="spinner large" aria-hidden="true"></span> },
                            )
                        }
                        Stage::Ready => {
                            EitherOf5::D(view! { <Seal tone="seal good" icon=Icon::Check /> })
                        }
                        Stage::Trouble => {
                            EitherOf5::E(view! { <Seal tone="seal bad" icon=Icon::Alert /> })
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

/// Where what an account receives is chosen.
fn receiving(id: AccountId) -> String {
    format!("{}?account={id}", Page::Receiving.path())
}

/// A QR to scan, or a code to type.
#[component]
fn Link(id: AccountId, by_number: RwSignal<bool>) -> impl IntoView {
    let texts = texts();
    let choice = move |choice: bool, words: &'static str| {
        let pressed = Signal::derive(move || {
            let pressed = by_number.get() == choice;
            if pressed { "true" } else { "false" }.to_owned()
        });
        view! {
            <button
                type="button"
                aria-pressed=pressed
                on:click=move |_| {
                    if by_number.get_untracked() != choice {
                        by_number.set(choice);
                    }
                }
            >
                {words}
            </button>
        }
    };
    view! {
        <div class="segments" role="group" aria-label=texts.ways_to_link>
            {choice(false, texts.way_qr)}
            {choice(true, texts.way_number)}
        </div>
        {move || match by_number.get() {
            false => Either::Left(view! { <Code id=id /> }),
            true => Either::Right(view! { <PairCode id=id /> }),
        }}
    }
}

/// Who has no passkey at hand need not stop here.
#[component]
fn OtherWays(id: AccountId, linking: Linking, by_number: RwSignal<bool>) -> impl IntoView {
    let texts = texts();
    let again = move |chosen: bool| {
        spawn_local(async move {
            match api::restart(id).await {
                Ok(()) => {
                    by_number.try_set(chosen);
                }
                Err(problem) => {
                    linking.problem.try_set(Some(problem.words(texts)));
                }
            }
        });
    };
    view! {
        <Seal tone="seal waiting" icon=Icon::Key />
        <p class="hint">{texts.other_ways}</p>
        <button type="button" class="button wide" on:click=move |_| again(true)>
            {texts.try_pair_code}
        </button>
        <button type="button" class="button wide" on:click=move |_| again(false)>
            {texts.try_new_qr}
        </button>
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

/// What is wrong, what happens next, and what to do.
#[component]
fn Trouble(account: Memo<AccountView>, linking: Linking) -> impl IntoView {
    let texts = texts();
    let since = Signal::derive(move || account.with(|account| account.since));
    let explained = move || account.with(|account| account.reason).map(texts.reason);
    let why = Signal::derive(move || explained().map_or("", |e| e.why).to_owned());
    let advice = Signal::derive(move || explained().map_or("", |e| e.advice).to_owned());
    let live = expect_context::<Live>();
    let held = Signal::derive(move || account.with(|a| live.holder(a)).unwrap_or_default());
    let detail = Signal::derive(move || {
        let said = held.with(|held| !held.is_empty());
        account
            .with(|account| account.detail.clone().filter(|_| !said))
            .unwrap_or_default()
    });
    let next_try = next_try(account);
    view! {
        <StatePill account=account />
        <p class="lead">{why}</p>
        <p>{held}</p>
        <p>{advice}</p>
        <p class="hint" lang="en">
            {detail}
        </p>
        <p class="since">
            {texts.since} " " <Instant at=since /> <span class="next-try">{next_try}</span>
        </p>
        {move || {
            account
                .with(Act::in_trouble)
                .map(|act| {
                    view! {
                        <div class="dialog-acts start">
                            <button
                                type="button"
                                class="button primary"
                                on:click=move |_| linking.again()
                            >
                                {act.words(texts)}
                            </button>
                        </div>
                    }
                })
        }}
    }
}
