use super::{
    card::StatePill,
    linking::Linking,
    new_account,
    rename::LabelField,
    scan::Code,
    shown_number,
    situation::{Act, Stage, wants_phone},
    words::texts,
};
use crate::{
    components::{callout::Alert, dialog::Dialog, icon::Icon},
    live::Live,
};
use leptos::{either::EitherOf4, prelude::*, task::spawn_local};
use whahook_contract::{account::AccountView, ids::AccountId, session::Status};

/// As many codes as are asked of WhatsApp without being asked for one by one.
const AT_ONCE: usize = 12;

/// Codes of several accounts at once, each its own, for who has several phones
/// at hand.
#[component]
pub fn Several(on_close: Callback<()>) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let mut waiting = live.pick(wants_phone);
    waiting.truncate(AT_ONCE);
    let ids = RwSignal::new(waiting);
    let pending = RwSignal::new(false);
    let problem = RwSignal::new(None::<String>);
    let add = move || {
        if pending.get_untracked() {
            return;
        }
        pending.set(true);
        problem.set(None);
        spawn_local(async move {
            match new_account(live, texts).await {
                Ok(id) => {
                    ids.try_update(|ids| ids.push(id));
                }
                Err(trouble) => {
                    problem.try_set(Some(trouble.words(texts)));
                }
            }
            pending.try_set(false);
        });
    };
    if ids.with_untracked(Vec::is_empty) {
        add();
    }
    let busy = Signal::derive(move || pending.get().then_some("true"));
    view! {
        <Dialog class="board" labelled_by="several-title" on_close=on_close>
            <div class="dialog-body">
                <h2 id="several-title" tabindex="-1" autofocus>
                    {texts.several}
                </h2>
                <p class="lead">{texts.several_lead}</p>
                <Alert words=problem.into() />
                <ul class="tiles">
                    // Not keyed: a list that only grows, and whose tiles know
                    // nothing but what the account says.
                    {move || {
                        ids.get()
                            .into_iter()
                            .filter_map(|id| live.account_now(id))
                            .map(|account| view! { <Tile account=account /> })
                            .collect::<Vec<_>>()
                    }}
                    <li class="tile add">
                        <button
                            type="button"
                            class="button"
                            aria-busy=busy
                            on:click=move |_| add()
                        >
                            <Icon icon=Icon::Plus />
                            {texts.add_another}
                        </button>
                    </li>
                </ul>
            </div>
        </Dialog>
    }
}

#[component]
fn Tile(account: AccountView) -> impl IntoView {
    let texts = texts();
    let id: AccountId = account.id;
    // What was linked before stays as it is until somebody asks for its code.
    let scan = account.phone_number.is_none() || account.status == Status::Qr;
    let live = expect_context::<Live>();
    let account = live.follow(account);
    let linking = Linking::new(account, scan);
    let stage = linking.stage();
    let number = Signal::derive(move || account.with(|account| shown_number(account, texts)));
    let why = Signal::derive(move || {
        account
            .with(|account| account.reason)
            .map_or("", |reason| (texts.reason)(reason).why)
            .to_owned()
            + &account
                .with(|a| live.holder(a))
                .map_or_else(String::new, |held| format!(" {held}"))
    });
    view! {
        <li class="tile">
            <LabelField account=account />
            <StatePill account=account />
            {move || match stage.get() {
                Stage::Scan => EitherOf4::A(view! { <Code id=id with_phones=false /> }),
                Stage::Connecting => {
                    EitherOf4::B(
                        view! {
                            <div class="tile-middle">
                                <span class="spinner large" aria-hidden="true"></span>
                            </div>
                        },
                    )
                }
                Stage::Ready => {
                    EitherOf4::C(
                        view! {
                            <div class="tile-middle">
                                <span class="seal good" aria-hidden="true">
                                    <Icon icon=Icon::Check />
                                </span>
                                <p class="number">{number}</p>
                            </div>
                        },
                    )
                }
                Stage::Trouble | Stage::Passkey => {
                    EitherOf4::D(
                        view! {
                            <div class="tile-middle">
                                <p class="why">{why}</p>
                                {move || {
                                    account
                                        .with(Act::in_trouble)
                                        .filter(|act| *act != Act::Passkey)
                                        .map(|act| {
                                            view! {
                                                <button
                                                    type="button"
                                                    class="button small primary"
                                                    on:click=move |_| linking.again()
                                                >
                                                    {act.words(texts)}
                                                </button>
                                            }
                                        })
                                }}
                            </div>
                        },
                    )
                }
            }}
            <Alert words=linking.problem.into() />
        </li>
    }
}
