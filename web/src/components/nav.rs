use super::{
    avatar::Avatar,
    icon::{Icon, Logo},
    menu::Menu,
};
use crate::{
    api,
    data::{PageData, Theme},
    format,
    i18n::{Locale, Texts, texts},
    live::Live,
};
use leptos::{prelude::*, task::spawn_local};
use whahook_contract::{auth::UserView, session::Status};

pub const CONNECTIONS: &str = "/settings/connections";

#[component]
pub fn Nav(me: UserView) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let in_need = Signal::derive(move || live.count(needs_person));
    view! {
        <nav class="nav" aria-label=texts.main_navigation>
            <a class="brand" href=CONNECTIONS>
                <Logo />
                "WhaHook"
            </a>
            <a class="nav-link" href=CONNECTIONS aria-current="page">
                <Icon icon=Icon::Link />
                {texts.connections}
                {move || {
                    (in_need.get() > 0)
                        .then(|| {
                            view! {
                                <span class="badge" aria-label=(texts.waiting_for_you)(in_need.get())>
                                    {in_need.get()}
                                </span>
                            }
                        })
                }}
            </a>
            <span class="grow"></span>
            <Profile me=me />
        </nav>
    }
}

/// Only a person can mend these.
pub const fn needs_person(status: Status) -> bool {
    matches!(status, Status::LoggedOut | Status::Error)
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
            <Preferences />
            <button type="button" class="menu-item" on:click=sign_out>
                <Icon icon=Icon::SignOut />
                {texts.sign_out}
            </button>
        </Menu>
    }
}

/// Links, so that they work without JavaScript: the server keeps the choice in
/// a cookie and leads back.
#[component]
pub fn Preferences() -> impl IntoView {
    let texts = texts();
    let data = expect_context::<PageData>();
    let (locale, theme) = (data.locale, data.theme);
    // Only signing in leads somewhere else.
    let next = match data.me {
        Some(_) => String::new(),
        None => format!("&next={}", format::in_query(&data.next)),
    };
    view! {
        <fieldset class="choices">
            <legend>{texts.language}</legend>
            {Locale::ALL
                .iter()
                .map(|choice| {
                    view! {
                        <a
                            href=format!("?lang={}{next}", choice.code())
                            lang=choice.code()
                            hreflang=choice.code()
                            aria-current=(*choice == locale).then_some("true")
                        >
                            {choice.name()}
                        </a>
                    }
                })
                .collect_view()}
        </fieldset>
        <fieldset class="choices">
            <legend>{texts.theme}</legend>
            {Theme::ALL
                .iter()
                .map(|choice| {
                    view! {
                        <a
                            href=format!("?theme={}{next}", choice.code())
                            aria-current=(*choice == theme).then_some("true")
                        >
                            {theme_name(*choice, texts)}
                        </a>
                    }
                })
                .collect_view()}
        </fieldset>
    }
}

const fn theme_name(theme: Theme, texts: &Texts) -> &'static str {
    match theme {
        Theme::Auto => texts.theme_auto,
        Theme::Light => texts.theme_light,
        Theme::Dark => texts.theme_dark,
    }
}
