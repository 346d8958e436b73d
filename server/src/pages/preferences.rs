//! Language and colours: chosen by a link, kept in a cookie, so that it works
//! without JavaScript and the very first paint is right.

use crate::app::App;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use http::{HeaderMap, Uri, header::ACCEPT_LANGUAGE};
use url::form_urlencoded;
use whahook_contract::settings::Language;
use whahook_web::{data::Theme, i18n::Locale};

const LANG: &str = "lang";
const THEME: &str = "theme";
const LANG_COOKIE: &str = "whahook_lang";
const THEME_COOKIE: &str = "whahook_theme";

/// How a person wants to see pages.
pub struct Preferences {
    pub locale: Locale,
    pub theme: Theme,
}

impl Preferences {
    pub fn of(headers: &HeaderMap) -> Self {
        let cookies = CookieJar::from_headers(headers);
        let cookie = |name: &str| cookies.get(name).map(Cookie::value);
        let accepted = headers
            .get(ACCEPT_LANGUAGE)
            .and_then(|languages| languages.to_str().ok())
            .unwrap_or_default();
        Self {
            locale: cookie(LANG_COOKIE)
                .and_then(Locale::from_code)
                .unwrap_or_else(|| Locale::negotiate(accepted)),
            theme: cookie(THEME_COOKIE)
                .and_then(Theme::from_code)
                .unwrap_or(Theme::Auto),
        }
    }
}

/// The language that `?lang=` chooses.
pub fn chosen_language(uri: &Uri) -> Option<Locale> {
    form_urlencoded::parse(uri.query()?.as_bytes())
        .filter(|(name, _)| name == LANG)
        .find_map(|(_, value)| Locale::from_code(&value))
}

/// The same language in e-mails.
pub const fn language(locale: Locale) -> Language {
    match locale {
        Locale::En => Language::English,
        Locale::Es => Language::Spanish,
    }
}

/// Keeps what `?lang=` or `?theme=` chooses and leads back to the page without it.
pub fn keep(app: &App, uri: &Uri) -> Option<Response> {
    let query = uri.query()?;
    let mut chosen = Vec::new();
    let mut rest = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            LANG => chosen.extend(Locale::from_code(&value).map(|l| (LANG_COOKIE, l.code()))),
            THEME => chosen.extend(Theme::from_code(&value).map(|t| (THEME_COOKIE, t.code()))),
            _ => {
                rest.append_pair(&name, &value);
            }
        }
    }
    if chosen.is_empty() {
        return None;
    }
    let mut cookies = CookieJar::new();
    for (name, value) in chosen {
        let cookie = Cookie::build((name, value))
            .path("/")
            .same_site(SameSite::Lax)
            .secure(app.config.server.is_https())
            .permanent();
        cookies = cookies.add(cookie);
    }
    let rest = rest.finish();
    let back = if rest.is_empty() {
        uri.path().to_owned()
    } else {
        format!("{}?{rest}", uri.path())
    };
    Some((cookies, Redirect::to(&back)).into_response())
}
