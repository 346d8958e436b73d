use crate::{
    data::{PageData, Theme},
    format,
    i18n::{Locale, Texts, texts},
};
use leptos::prelude::*;

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
