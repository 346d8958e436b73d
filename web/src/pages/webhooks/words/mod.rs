//! The words of this page.

mod en;
mod es;

use crate::i18n::{self, Words, locale};
use std::ops::Deref;
use whahook_contract::webhook::{DeliveryStatus, WebhookState};

pub static TEXTS: Words<Texts> = Words {
    en: &en::TEXTS,
    es: &es::TEXTS,
};

pub fn texts() -> &'static Texts {
    locale().of(&TEXTS)
}

pub struct Texts {
    pub shared: &'static i18n::Texts,

    pub lead: &'static str,
    pub add: &'static str,
    pub empty: &'static str,
    pub empty_lead: &'static str,

    pub state: fn(WebhookState) -> &'static str,
    pub failing: &'static str,
    pub dead: &'static str,
    pub since: &'static str,
    pub events: &'static str,
    pub everything: &'static str,
    pub connections: &'static str,
    pub all_connections: &'static str,
    pub removed_connection: &'static str,
    pub waiting: &'static str,
    pub nothing: &'static str,
    pub many: &'static str,
    pub last_arrived: &'static str,
    pub never_arrived: &'static str,
    pub besides: &'static str,
    pub answers_sent: &'static str,
    pub two_secrets: &'static str,

    pub more_of: fn(&str) -> String,
    pub edit: &'static str,
    pub send_again: &'static str,
    pub new_secret: &'static str,
    pub turn_on: &'static str,
    pub turn_off: &'static str,
    pub remove: &'static str,
    pub remove_title: fn(&str) -> String,
    pub remove_lead: &'static str,
    pub keep: &'static str,
    pub done: &'static str,

    pub edit_title: &'static str,
    pub url: &'static str,
    pub url_hint: &'static str,
    pub url_needed: &'static str,
    pub label: &'static str,
    pub label_hint: &'static str,
    pub which_events: &'static str,
    pub everything_hint: &'static str,
    pub chosen_events: &'static str,
    pub event_needed: &'static str,
    /// What happens, in words.
    pub event: fn(&str) -> &'static str,
    pub which_connections: &'static str,
    pub all_connections_hint: &'static str,
    pub chosen_connections: &'static str,
    pub connection_needed: &'static str,
    pub replies: &'static str,
    pub replies_hint: &'static str,
    pub headers_more: &'static str,
    pub headers: &'static str,
    pub headers_hint: &'static str,
    pub headers_kept: fn(&str) -> String,
    pub no_headers: &'static str,
    pub header_wrong: fn(&str) -> String,

    pub made_title: &'static str,
    pub made_warning: &'static str,
    pub the_secret: &'static str,
    pub copy_secret: &'static str,
    pub made_next: &'static str,
    pub replace_title: fn(&str) -> String,
    pub replace_lead: &'static str,
    pub overlap: &'static str,
    /// A day, an hour, a week, not at all.
    pub overlaps: [&'static str; 4],
    pub replace: &'static str,
    pub replaced_title: &'static str,
    pub old_until: &'static str,

    pub deliveries: &'static str,
    pub status_label: &'static str,
    pub any_status: &'static str,
    pub status: fn(DeliveryStatus) -> &'static str,
    pub test: &'static str,
    pub loading: &'static str,
    pub none_yet: &'static str,
    pub older: &'static str,
    pub answered: fn(i64) -> String,
    pub no_answer: &'static str,
    /// Of milliseconds.
    pub took: fn(i64) -> String,
    pub attempts: &'static str,
    pub last_attempt: &'static str,
    pub next_attempt: &'static str,
    pub waits_its_turn: &'static str,
    pub reply: &'static str,
    pub reply_accepted: &'static str,
    pub reply_refused: &'static str,
    pub problem_title: &'static str,
    pub answer: &'static str,
    pub request: &'static str,
    pub event_gone: &'static str,

    pub again_title: fn(&str) -> String,
    pub what_again: &'static str,
    pub given_up: &'static str,
    pub given_up_hint: &'static str,
    pub since_time: &'static str,
    pub since_time_hint: &'static str,
    pub time: &'static str,
    pub time_needed: &'static str,
    pub connection: &'static str,
    pub all_it_has: &'static str,
    pub same_ids: &'static str,
    pub send_again_act: &'static str,
    pub replayed: fn(i64) -> String,
    pub replayed_lead: &'static str,

    pub verify_title: &'static str,
    pub verify_lead: &'static str,
    pub language_of: &'static str,
    pub copy_snippet: &'static str,

    /// Why the API refused, by its code.
    pub refused: fn(&str) -> Option<&'static str>,
}

impl Deref for Texts {
    type Target = i18n::Texts;

    fn deref(&self) -> &i18n::Texts {
        self.shared
    }
}
