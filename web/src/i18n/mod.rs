//! Every word of the page, in every language it speaks.
//!
//! A language is one value of [`Texts`]: a missing text, state or reason does
//! not compile.

mod en;
mod es;

use crate::data::{PageData, choices};
use leptos::prelude::use_context;
use serde::Serialize;
use whahook_contract::{
    activity::Origin,
    message::MessageStatus,
    session::{Reason, Status},
};

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

    pub const fn texts(self) -> &'static Texts {
        match self {
            Self::En => &en::TEXTS,
            Self::Es => &es::TEXTS,
        }
    }
}

/// The texts of the language that the page is shown in.
pub fn texts() -> &'static Texts {
    locale().texts()
}

pub fn locale() -> Locale {
    use_context::<PageData>().map_or(Locale::En, |data| data.locale)
}

/// Why, and what to do about it.
#[derive(Clone, Copy)]
pub struct Explained {
    pub why: &'static str,
    pub advice: &'static str,
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
    pub sign_in_lead: &'static str,
    pub email: &'static str,
    pub password: &'static str,
    pub password_hint: &'static str,
    pub name: &'static str,
    pub create_account: &'static str,
    pub create_first_account: &'static str,
    pub create_first_lead: &'static str,
    pub create_account_lead: &'static str,
    pub no_account_yet: &'static str,
    pub have_account: &'static str,
    pub signup_closed: &'static str,
    pub signup_closed_lead: &'static str,
    pub pitch: &'static str,
    pub pitch_points: [&'static str; 3],

    pub not_found: &'static str,
    pub not_found_lead: &'static str,
    pub to_connections: &'static str,

    pub connections: &'static str,
    pub connections_lead: &'static str,
    pub connect: &'static str,
    pub n_of: fn(usize, usize) -> String,
    pub connected_now: &'static str,
    pub need_you: fn(usize) -> &'static str,
    pub waiting_for_you: fn(usize) -> String,
    pub empty: &'static str,
    pub empty_lead: &'static str,
    pub default_label: fn(usize) -> String,
    pub demo: &'static str,
    pub demo_lead: &'static str,
    pub demo_phones: &'static str,

    pub headline: fn(Status, Option<Reason>) -> &'static str,
    pub reason: fn(Reason) -> Explained,
    pub not_linked: &'static str,
    pub since: &'static str,
    pub next_try_in: fn(i64) -> String,
    pub next_try_now: &'static str,

    pub show_qr: &'static str,
    pub link_again: &'static str,
    pub try_now: &'static str,
    pub reconnect: &'static str,
    pub open: &'static str,
    pub rename: &'static str,
    pub unlink: &'static str,
    pub remove: &'static str,
    pub more_for: fn(&str) -> String,
    pub act_for: fn(&str, &str) -> String,

    pub label: &'static str,
    pub label_hint: &'static str,
    pub link_title: &'static str,
    pub link_lead: &'static str,
    pub step_open: &'static str,
    pub step_menu: &'static str,
    pub step_scan: &'static str,
    pub qr_alt: &'static str,
    pub qr_pending: &'static str,
    pub qr_new_in: fn(i64) -> String,
    pub qr_renewing: &'static str,
    pub qr_copy: &'static str,
    pub copied: &'static str,
    pub scanned: &'static str,
    pub scanned_lead: &'static str,
    pub linked: &'static str,
    pub linked_lead: &'static str,
    pub whatsapp_name: &'static str,
    pub number: &'static str,
    pub connected_since: &'static str,
    pub done: &'static str,

    pub test_send: &'static str,
    pub test_again: &'static str,
    pub test_lead: &'static str,
    pub test_text: &'static str,
    pub message_status: fn(MessageStatus) -> &'static str,

    pub rename_title: &'static str,
    pub unlink_title: fn(&str) -> String,
    pub unlink_lead: &'static str,
    pub remove_title: fn(&str) -> String,
    pub remove_lead: &'static str,
    pub keep: &'static str,

    pub ways_to_link: &'static str,
    pub way_qr: &'static str,
    pub way_number: &'static str,
    pub pair_lead: &'static str,
    pub step_number: &'static str,
    pub step_code: &'static str,
    pub phone_number: &'static str,
    pub phone_number_hint: &'static str,
    pub number_wrong: &'static str,
    pub get_code: &'static str,
    pub pair_left: fn(i64) -> String,
    pub pair_over: &'static str,
    pub other_number: &'static str,
    pub new_code: &'static str,
    pub pair_code_is: &'static str,
    pub copy_code: &'static str,
    pub passkey_title: &'static str,
    pub passkey_lead: &'static str,
    pub passkey_pending: &'static str,
    pub passkey_step_site: &'static str,
    pub passkey_copy_script: &'static str,
    pub passkey_copy_options: &'static str,
    pub passkey_step_approve: &'static str,
    pub passkey_step_paste: &'static str,
    pub passkey_send: &'static str,
    pub passkey_not_json: &'static str,
    pub passkey_prompt: &'static str,
    pub passkey_click: &'static str,
    pub passkey_compare: &'static str,
    pub passkey_same: &'static str,
    pub passkey_differs: &'static str,
    pub other_ways: &'static str,
    pub try_pair_code: &'static str,
    pub try_new_qr: &'static str,
    pub go_on: &'static str,
    pub use_here: &'static str,
    pub next_try_at: fn(&str) -> String,
    pub several: &'static str,
    pub several_lead: &'static str,
    pub add_another: &'static str,
    pub activity: &'static str,
    pub activity_of: fn(&str) -> String,
    pub load_more: &'static str,
    pub lasted: fn(&str) -> String,
    pub lasts: &'static str,
    pub by: fn(Origin, &str) -> String,
    pub was_linked: &'static str,
    pub was_created: fn(&str) -> String,
    pub was_renamed: fn(&str) -> String,
    pub day_good: fn(&str) -> String,
    pub day_down: fn(&str, &str) -> String,
    pub day_unlinked: fn(&str) -> String,
    pub uptime_words: fn(&str) -> String,
    pub thirty_days: &'static str,
    pub uptime_of_all: &'static str,
    pub number_held_by: fn(&str) -> String,
    pub phone_not_seen: &'static str,
    pub phone_unlinks: &'static str,
    pub phone_open: &'static str,
    pub email_alerts: &'static str,
    pub email_alerts_hint: &'static str,
    pub limit_reached: fn(i64, bool) -> String,

    /// An error of the API by its code; the server's own words otherwise.
    pub problem: fn(&str) -> Option<&'static str>,
    pub server_unreachable: &'static str,
    pub label_required: &'static str,
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

    #[test]
    fn every_reason_is_explained_with_what_to_do_in_every_language() {
        for locale in Locale::ALL {
            for reason in Reason::ALL {
                let explained = (locale.texts().reason)(*reason);
                assert!(explained.why.ends_with('.'), "{locale:?} {reason}");
                assert!(explained.advice.ends_with('.'), "{locale:?} {reason}");
            }
        }
    }
}
