//! The words of this page.

mod en;
mod es;

use crate::i18n::{self, Words, locale};
use std::ops::Deref;
use whahook_contract::{
    activity::Origin,
    message::MessageStatus,
    session::{Reason, Status},
};

static TEXTS: Words<Texts> = Words {
    en: &en::TEXTS,
    es: &es::TEXTS,
};

pub fn texts() -> &'static Texts {
    locale().of(&TEXTS)
}

/// Why, and what to do about it.
#[derive(Clone, Copy)]
pub struct Explained {
    pub why: &'static str,
    pub advice: &'static str,
}

pub struct Texts {
    pub shared: &'static i18n::Texts,

    pub connections_lead: &'static str,
    pub connect: &'static str,
    pub n_of: fn(usize, usize) -> String,
    pub connected_now: &'static str,
    pub need_you: fn(usize) -> &'static str,
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
    pub qr_pending: &'static str,
    pub qr_new_in: fn(i64) -> String,
    pub qr_renewing: &'static str,
    pub qr_copy: &'static str,
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
    pub phone_not_seen: &'static str,
    pub phone_unlinks: &'static str,
    pub phone_open: &'static str,

    pub history: fn(u32, i64) -> String,
    pub what_it_receives: &'static str,

    pub label_required: &'static str,
}

impl Deref for Texts {
    type Target = i18n::Texts;

    fn deref(&self) -> &i18n::Texts {
        self.shared
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Locale;

    #[test]
    fn every_reason_is_explained_with_what_to_do_in_every_language() {
        for locale in Locale::ALL {
            for reason in Reason::ALL {
                let explained = (locale.of(&TEXTS).reason)(*reason);
                assert!(explained.why.ends_with('.'), "{locale:?} {reason}");
                assert!(explained.advice.ends_with('.'), "{locale:?} {reason}");
            }
        }
    }
}
