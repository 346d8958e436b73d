//! The words that pages share, in every language they speak.
//!
//! A language is one value of [`Texts`]: a missing text, state or reason does
//! not compile.

mod en;
mod es;

use crate::data::{PageData, choices};
use leptos::prelude::use_context;
use serde::Serialize;

choices! {
    /// The language's tag is its code.
    Locale {
        En = "en",
        Es = "es",
    }
}

impl Locale {
    /// The language in its own words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Es => "Español",
        }
    }

    /// The first language of an `Accept-Language` header that the page speaks,
    /// by weight; English otherwise.
    pub fn negotiate(accept_language: &str) -> Self {
        let mut best = (0.0_f32, Self::En);
        for range in accept_language.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let tag = parts.next().unwrap_or_default();
            let primary = tag.split('-').next().unwrap_or_default();
            let weight = parts
                .find_map(|parameter| parameter.strip_prefix("q="))
                .map_or(1.0, |q| q.parse().unwrap_or(0.0));
            if let Some(locale) = Self::from_code(&primary.to_ascii_lowercase())
                && weight > best.0
            {
                best = (weight, locale);
            }
        }
        best.1
    }

    /// The words in this language.
    pub const fn of<T>(self, words: &Words<T>) -> &'static T {
        match self {
            Self::En => words.en,
            Self::Es => words.es,
        }
    }

    pub const fn texts(self) -> &'static Texts {
        self.of(&TEXTS)
    }
}

/// The same words in every language. A page keeps its own beside it, so that no
/// other page loads them.
pub struct Words<T: 'static> {
    pub en: &'static T,
    pub es: &'static T,
}

static TEXTS: Words<Texts> = Words {
    en: &en::TEXTS,
    es: &es::TEXTS,
};

/// The words that pages share, in the language that the page is shown in.
pub fn texts() -> &'static Texts {
    locale().texts()
}

pub fn locale() -> Locale {
    use_context::<PageData>().map_or(Locale::En, |data| data.locale)
}

pub struct Texts {
    pub months: [&'static str; 12],
    pub needs_javascript: &'static str,
    pub close: &'static str,
    pub cancel: &'static str,
    pub save: &'static str,
    pub dismiss: &'static str,
    pub skip_to_content: &'static str,
    pub main_navigation: &'static str,
    pub you: &'static str,
    pub language: &'static str,
    pub theme: &'static str,
    pub theme_auto: &'static str,
    pub theme_light: &'static str,
    pub theme_dark: &'static str,
    pub sign_out: &'static str,
    pub socket_lost: &'static str,

    pub sign_in: &'static str,
    pub create_account: &'static str,

    pub not_found: &'static str,
    pub not_found_lead: &'static str,
    pub to_connections: &'static str,

    pub connections: &'static str,
    pub inbox: &'static str,
    pub messages: &'static str,
    pub api_keys: &'static str,
    pub webhooks: &'static str,
    pub receiving: &'static str,
    pub waiting_for_you: fn(usize) -> String,

    pub qr_alt: &'static str,
    pub copied: &'static str,

    pub number_held_by: fn(&str) -> String,
    pub email_alerts: &'static str,
    pub email_alerts_hint: &'static str,
    pub limit_reached: fn(i64, bool) -> String,

    /// An error of the API by its code; the server's own words otherwise.
    pub problem: fn(&str) -> Option<&'static str>,
    pub server_unreachable: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_follows_the_weights_of_the_header() {
        for (header, locale) in [
            ("", Locale::En),
            ("es", Locale::Es),
            ("es-EC,es;q=0.9,en;q=0.8", Locale::Es),
            ("de, en;q=0.5, es;q=0.7", Locale::Es),
            ("EN-us, es;q=0.9", Locale::En),
            ("fr", Locale::En),
            ("es;q=nonsense, en;q=0.1", Locale::En),
        ] {
            assert_eq!(Locale::negotiate(header), locale, "{header}");
        }
    }
}
