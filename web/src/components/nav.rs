use super::{
    avatar::Avatar,
    icon::{Icon, LOGO},
    menu::Menu,
    preferences::Preferences,
};
use crate::{
    api,
    data::{Page, PageData},
    i18n::texts,
    live::{Live, state::needs_person},
};
use leptos::{prelude::*, task::spawn_local};
use whahook_contract::{auth::UserView, settings::SettingsView};

#[component]
pub fn Nav(me: UserView) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let in_need = Signal::derive(move || live.count(needs_person));
    view! {
        <nav class="nav" aria-label=texts.main_navigation>
            <a class="brand" href=Page::Connections.path() inner_html=format!("{LOGO}WhaHook")></a>
            <Link page=Page::Inbox icon=Icon::Chat />
            <Link page=Page::Connections icon=Icon::Link waiting=in_need />
            <Link page=Page::Messages icon=Icon::Send />
            <Link page=Page::ApiKeys icon=Icon::Key />
            <Link page=Page::Webhooks icon=Icon::Hook />
            <span class="grow"></span>
            <Profile me=me />
        </nav>
    }
}

#[component]
fn Link(
    page: Page,
    icon: Icon,
    /// How many things there wait for the person.
    #[prop(default = Signal::stored(0))]
    waiting: Signal<usize>,
) -> impl IntoView {
    let texts = texts();
    let here = expect_context::<PageData>().page == page;
    view! {
        <a class="nav-link" href=page.path() aria-current=here.then_some("page")>
            <Icon icon=icon />
            {page.title(texts)}
            {move || {
                (waiting.get() > 0)
                    .then(|| {
                        view! {
                            <span class="badge" aria-label=(texts.waiting_for_you)(waiting.get())>
                                {waiting.get()}
                            </span>
                        }
                    })
            }}
        </a>
    }
}

#[component]
fn Profile(me: UserView) -> impl IntoView {
    let texts = texts();
    let id = me.id.0.as_u128();
    let live = expect_context::<Live>();
    let sign_out = move |_| {
        spawn_local(async move {
            match api::logout().await {
                Ok(()) => {
                    // Navigation only fails for addresses that do not parse.
                    let _ = window().location().assign("/login");
                }
                Err(problem) => live.report(&problem),
            }
        });
    };
    let name = Signal::stored(me.name.clone());
    let face = view! {
        <Avatar name=name id=id />
        <span class="who">
            <b>{me.name.clone()}</b>
            <small>{me.email}</small>
        </span>
        <span class="profile-short">{texts.you}</span>
    };
    view! {
        <Menu
            class="menu profile"
            name=Signal::stored(None)
            face=face
        >
            <EmailAlerts />
            <Preferences />
            <button type="button" class="menu-item" on:click=sign_out>
                <Icon icon=Icon::SignOut />
                {texts.sign_out}
            </button>
        </Menu>
    }
}

/// Whether an e-mail says that a connection is down. Not there where the server
/// cannot send any.
#[component]
fn EmailAlerts() -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let available = RwSignal::new(false);
    let on = RwSignal::new(false);
    let show = move |settings: SettingsView| {
        on.set(settings.email_alerts);
        available.set(settings.email_available);
    };
    Effect::new(move |asked: Option<bool>| {
        let runs = live.runs();
        if runs && asked != Some(true) {
            spawn_local(async move {
                // Without an answer there is nothing to switch.
                if let Ok(settings) = api::settings().await {
                    show(settings);
                }
            });
        }
        runs
    });
    let change = move |_| {
        let wanted = !on.get_untracked();
        spawn_local(async move {
            match api::set_email_alerts(wanted).await {
                Ok(settings) => show(settings),
                Err(problem) => live.report(&problem),
            }
        });
    };
    let checked = Signal::derive(move || if on.get() { "true" } else { "false" }.to_owned());
    view! {
        {move || {
            available
                .get()
                .then(|| {
                    view! {
                        <button
                            type="button"
                            role="switch"
                            class="menu-item switch"
                            aria-checked=checked
                            on:click=change
                        >
                            <span>
                                {texts.email_alerts} <small>{texts.email_alerts_hint}</small>
                            </span>
                            <i aria-hidden="true"></i>
                        </button>
                    }
                })
        }}
    }
}
