//! `/settings/connections`: the accounts of a person and what to do with them.

mod account_dialog;
mod activity;
mod card;
mod confirm;
mod history;
mod linking;
mod pair_code;
mod passkey;
mod rename;
mod scan;
mod several;
mod situation;
mod test_message;
mod uptime;
mod words;

use crate::{
    api::{self, Problem},
    components::{
        dialog::{self, Mounted, mounted},
        frame::Frame,
        icon::Icon,
        notice::Notice,
        presence::Presence,
    },
    data::PageData,
    format,
    live::{Live, state::needs_person},
};
use account_dialog::AccountDialog;
use activity::ActivityDialog;
use card::Card;
use confirm::{Confirm, Danger};
use leptos::{either::Either, prelude::*, task::spawn_local};
use rename::Rename;
use several::Several;
use uptime::Uptimes;
use whahook_contract::{account::AccountView, ids::AccountId, session::Status};
use words::{Texts, texts};

/// The dialog that is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Account { id: AccountId, scan: bool },
    Several,
    Activity(AccountId),
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

    fn show(self, open: Open, live: Live) -> Option<Mounted> {
        let on_close = Callback::new(move |()| self.0.set(None));
        Some(match open {
            Open::Several => mounted(move || view! { <Several on_close=on_close /> }),
            Open::Account { id, scan } => {
                let account = live.account_now(id)?;
                mounted(move || {
                    view! { <AccountDialog account=account scan=scan on_close=on_close /> }
                })
            }
            Open::Activity(id) => {
                let account = live.account_now(id)?;
                mounted(move || view! { <ActivityDialog account=account on_close=on_close /> })
            }
            Open::Rename(id) => {
                let account = live.account_now(id)?;
                mounted(move || view! { <Rename account=account on_close=on_close /> })
            }
            Open::Confirm(danger, id) => {
                let account = live.account_now(id)?;
                mounted(move || {
                    view! { <Confirm account=account danger=danger on_close=on_close /> }
                })
            }
        })
    }
}

#[component]
pub fn Connections() -> impl IntoView {
    let data = expect_context::<PageData>();
    // The server leads everybody else to the sign-in page.
    data.me.clone().map(|me| {
        let texts = texts();
        let live = Live::provide(&data);
        Presence::provide(live);
        Uptimes::provide();
        let dialogs = Dialogs(RwSignal::new(None));
        provide_context(dialogs);
        dialog::keep_mounted(dialogs.0, move |open| dialogs.show(open, live));
        let any = Memo::new(move |_| live.count(|_| true) > 0);
        view! {
            <Frame me=me>
                <header class="page-head">
                    <div>
                        <h1>{texts.connections}</h1>
                        <p class="lead">{texts.connections_lead}</p>
                    </div>
                    <div class="page-acts">
                        <SeveralButton />
                        <ConnectButton />
                    </div>
                </header>
                {data.simulator_url.map(|url| view! { <DemoBanner url=url /> })}
                <Notice />
                {move || if any.get() { Either::Left(List()) } else { Either::Right(Empty()) }}
            </Frame>
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

/// Makes an account with the next free name.
async fn new_account(live: Live, texts: &Texts) -> Result<AccountId, Problem> {
    let label = (1..)
        .map(texts.default_label)
        .find(|label| !live.label_is_taken(label))
        .unwrap_or_default();
    let account = api::create_account(&label).await?;
    let id = account.id;
    live.put(account);
    Ok(id)
}

#[component]
fn SeveralButton() -> impl IntoView {
    let live = expect_context::<Live>();
    let dialogs = expect_context::<Dialogs>();
    let disabled = Signal::derive(move || !live.runs());
    view! {
        <button
            id="several"
            type="button"
            class="button"
            disabled=disabled
            on:click=move |_| dialogs.open(Open::Several)
        >
            <Icon icon=Icon::Grid />
            {texts().several}
        </button>
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
        spawn_local(async move {
            match new_account(live, texts).await {
                Ok(id) => dialogs.open(Open::Account { id, scan: true }),
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
    let uptimes = expect_context::<Uptimes>();
    let uptime = Signal::derive(move || {
        uptimes
            .share
            .with(|share| share.clone().unwrap_or_else(|| "–".to_owned()))
    });
    let connected = Signal::derive(move || {
        let connected = live.count(|account| account.status == Status::Ready);
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
            <div>
                <dt>{texts.uptime_of_all}</dt>
                <dd>{uptime}</dd>
            </div>
        </dl>
    }
}

#[component]
fn Empty() -> impl IntoView {
    let texts = texts();
    let words = format!(
        r#"<span class="empty-art" aria-hidden="true">{}</span><h2>{}</h2><p>{}</p>"#,
        Icon::Phone.markup(),
        texts.empty,
        texts.empty_lead,
    );
    view! { <section class="empty" inner_html=words></section> }
}

#[component]
fn DemoBanner(url: String) -> impl IntoView {
    let texts = texts();
    let words = format!(
        r#"<span><b>{}</b> {}</span><a class="button small" rel="noopener" target="_blank" href="{}">{}{}</a>"#,
        texts.demo,
        texts.demo_lead,
        format::escaped(&url),
        Icon::Phone.markup(),
        texts.demo_phones,
    );
    view! { <p class="callout info" inner_html=words></p> }
}

/// The number as people read it, or that there is none yet.
fn shown_number(account: &AccountView, texts: &Texts) -> String {
    account
        .phone_number
        .as_deref()
        .map_or_else(|| texts.not_linked.to_owned(), format::phone)
}
