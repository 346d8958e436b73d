use super::{
    avatar::Avatar,
    icon::{Icon, LOGO},
    menu::Menu,
};
use crate::{
    api,
    data::{PageData, Theme},
    format,
    i18n::{Locale, Texts, texts},
    live::Live,
    pages::connections::needs_person,
};
use leptos::{prelude::*, task::spawn_local};
use whahook_contract::{auth::UserView, settings::SettingsView};

pub const CONNECTIONS: &str = "/settings/connections";

#[component]
pub fn Nav(me: UserView) -> impl IntoView {
    let texts = texts();
    let live = expect_context::<Live>();
    let in_need = Signal::derive(move || live.count(needs_person));
    view! {
        <nav class="nav" aria-label=texts.main_navigation>
            <a class="brand" href=CONNECTIONS inner_html=format!("{LOGO}WhaHook")></a>
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
    let language = fieldset(
        texts.language,
        Locale::ALL.iter().map(|choice| Choice {
            parameter: "lang",
            code: choice.code(),
            name: choice.name(),
            // Read out as it is spoken there.
            lang: choice.code(),
            chosen: *choice == locale,
        }),
        &next,
    );
    let theme = fieldset(
        texts.theme,
        Theme::ALL.iter().map(|choice| Choice {
            parameter: "theme",
            code: choice.code(),
            name: theme_name(*choice, texts),
            lang: locale.code(),
            chosen: *choice == theme,
        }),
        &next,
    );
    view! { <div class="contents" inner_html=language + &theme></div> }
}

struct Choice {
    parameter: &'static str,
    code: &'static str,
    name: &'static str,
    lang: &'static str,
    chosen: bool,
}

fn fieldset(legend: &str, choices: impl Iterator<Item = Choice>, next: &str) -> String {
    let next = format::escaped(next);
    let links = choices.fold(String::new(), |all, choice| {
        let Choice {
            parameter,
            code,
            name,
            lang,
            chosen,
        } = choice;
        let current = if chosen {
            r#" aria-current="true""#
        } else {
            ""
        };
        format!(r#"{all}<a href="?{parameter}={code}{next}" lang="{lang}"{current}>{name}</a>"#)
    });
    format!(r#"<fieldset class="choices"><legend>{legend}</legend>{links}</fieldset>"#)
}

const fn theme_name(theme: Theme, texts: &Texts) -> &'static str {
    match theme {
        Theme::Auto => texts.theme_auto,
        Theme::Light => texts.theme_light,
        Theme::Dark => texts.theme_dark,
    }
}
