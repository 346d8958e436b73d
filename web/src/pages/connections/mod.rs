//! `/settings/connections`: the accounts of a person and what to do with them.

mod account_dialog;
mod card;
mod confirm;
mod rename;
mod scan;
mod situation;
mod test_message;

use crate::{
    api,
    components::{
        icon::Icon,
        nav::{Nav, needs_person},
        socket_bar::SocketBar,
    },
    data::PageData,
    format,
    i18n::{Texts, texts},
    live::Live,
};
use account_dialog::AccountDialog;
use card::Card;
use confirm::{Confirm, Danger};
use leptos::{
    either::{Either, EitherOf3},
    prelude::*,
    task::spawn_local,
};
use rename::Rename;
use whahook_contract::{account::AccountView, ids::AccountId, session::Status};

/// The dialog that is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Account { id: AccountId, scan: bool },
    Rename(AccountId),
    Confirm(Danger, AccountId),
}

/// Opens dialogs, one at a time.
#[derive(Clone, Copy)]
struct Dialogs(RwSignal<Option<Open>>);

impl Dialogs {
    fn open(self, dialog: Open) {
        self.0.set(Some(dialog));
    }
}

#[component]
pub fn Connections() -> impl IntoView {
    let data = expect_context::<PageData>();
    // The server leads everybody else to the sign-in page.
    data.me.clone().map(|me| {
        let texts = texts();
        let live = Live::provide(&data);
        let dialogs = Dialogs(RwSignal::new(None));
        provide_context(dialogs);
        let any = Memo::new(move |_| live.count(|_| true) > 0);
        view! {
            <SocketBar />
            <div class="app">
                <Nav me=me />
                <main id="content" tabindex="-1">
                    <header class="page-head">
                        <div>
                            <h1>{texts.connections}</h1>
                            <p class="lead">{texts.connections_lead}</p>
                        </div>
                        <ConnectButton />
                    </header>
                    {data.simulator_url.map(|url| view! { <DemoBanner url=url /> })}
                    <Notice />
                    {move || if any.get() { Either::Left(List()) } else { Either::Right(Empty()) }}
                </main>
            </div>
            {move || {
                let open = dialogs.0.get()?;
                let on_close = Callback::new(move |()| dialogs.0.set(None));
                dialog(open, live, on_close)
            }}
        }
    })
}

fn dialog(open: Open, live: Live, on_close: Callback<()>) -> Option<impl IntoView> {
    let (Open::Account { id, .. } | Open::Rename(id) | Open::Confirm(_, id)) = open;
    let account = live.account_now(id)?;
    Some(match open {
        Open::Account { scan, .. } => {
            EitherOf3::A(view! { <AccountDialog account=account scan=scan on_close=on_close /> })
        }
        Open::Rename(_) => EitherOf3::B(view! { <Rename account=account on_close=on_close /> }),
        Open::Confirm(danger, _) => {
            EitherOf3::C(view! { <Confirm account=account danger=danger on_close=on_close /> })
        }
    })
}

#[component]
fn List() -> impl IntoView {
    let live = expect_context::<Live>();
    let ids = live.ids();
    view! {
        <Summary />
        <ul class="cards">
            <For
                each=move || ids.get()
                key=|id| *id
                children=move |id| {
                    live.account_now(id).map(|account| view! { <Card account=account /> })
                }
            />
        </ul>
    }
}

/// Makes an account and shows its QR at once.
#[component]
fn ConnectButton() -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let dialogs = expect_context::<Dialogs>();
    let pending = RwSignal::new(false);
    let connect = move |_| {
        pending.set(true);
        live.notice.set(None);
        let label = (1..)
            .map(texts.default_label)
            .find(|label| !live.label_is_taken(label))
            .unwrap_or_default();
        spawn_local(async move {
            match api::create_account(&label).await {
                Ok(account) => {
                    let id = account.id;
                    live.put(account);
                    dialogs.open(Open::Account { id, scan: true });
                }
                Err(problem) => live.report(&problem),
            }
            pending.set(false);
        });
    };
    let disabled = Signal::derive(move || !live.runs());
    let busy = Signal::derive(move || pending.get().then_some("true"));
    view! {
        <button
            id=CONNECT_BUTTON
            type="button"
            class="button primary"
            disabled=disabled
            aria-busy=busy
            on:click=move |event| {
                if !pending.get_untracked() {
                    connect(event);
                }
            }
        >
            <Icon icon=Icon::Plus />
            {texts.connect}
        </button>
    }
}

const CONNECT_BUTTON: &str = "connect";

#[component]
fn Summary() -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let connected = Signal::derive(move || {
        let connected = live.count(|status| status == Status::Ready);
        (texts.n_of)(connected, live.count(|_| true))
    });
    let in_need = Signal::derive(move || live.count(needs_person).to_string());
    let need_you = Signal::derive(move || (texts.need_you)(live.count(needs_person)).to_owned());
    let class = Signal::derive(move || {
        let alert = live.count(needs_person) > 0;
        if alert { "alert" } else { "" }.to_owned()
    });
    view! {
        <dl class="stats">
            <div>
                <dt>{texts.connected_now}</dt>
                <dd>{connected}</dd>
            </div>
            <div class=class>
                <dt>{need_you}</dt>
                <dd>{in_need}</dd>
            </div>
        </dl>
    }
}

#[component]
fn Empty() -> impl IntoView {
    let texts = texts();
    view! {
        <section class="empty">
            <span class="empty-art" aria-hidden="true">
                <Icon icon=Icon::Phone />
            </span>
            <h2>{texts.empty}</h2>
            <p>{texts.empty_lead}</p>
        </section>
    }
}

#[component]
fn DemoBanner(url: String) -> impl IntoView {
    let texts = texts();
    view! {
        <p class="callout info">
            <span>
                <b>{texts.demo}</b>
                " "
                {texts.demo_lead}
            </span>
            <a class="button small" rel="noopener" target="_blank" href=url>
                <Icon icon=Icon::Phone />
                {texts.demo_phones}
            </a>
        </p>
    }
}

#[component]
fn Notice() -> impl IntoView {
    let texts = texts();
    let notice = expect_context::<Live>().notice;
    view! {
        <div role="alert">
            {move || {
                notice
                    .get()
                    .map(|words| {
                        view! {
                            <p class="callout bad">
                                <Icon icon=Icon::Alert />
                                <span>{words}</span>
                                <button
                                    type="button"
                                    class="button ghost square"
                                    aria-label=texts.dismiss
                                    on:click=move |_| notice.set(None)
                                >
                                    <Icon icon=Icon::Close />
                                </button>
                            </p>
                        }
                    })
            }}
        </div>
    }
}

/// The number as people read it, or that there is none yet.
fn shown_number(account: &AccountView, texts: &Texts) -> String {
    account
        .phone_number
        .as_deref()
        .map_or_else(|| texts.not_linked.to_owned(), format::phone)
}
