//! The words of this page.

mod en;
mod es;

use crate::{
    api::Problem,
    i18n::{self, Words, locale},
};
use std::ops::Deref;
use whahook_contract::{
    message::{ContentType, MessageStatus, WaitsFor},
    received::MediaReason,
};

pub static TEXTS: Words<Texts> = Words {
    en: &en::TEXTS,
    es: &es::TEXTS,
};

pub fn texts() -> &'static Texts {
    locale().of(&TEXTS)
}

/// What did not work, in words.
pub fn of(problem: &Problem) -> String {
    let texts = texts();
    let known = problem.code().and_then(texts.refused);
    known.map_or_else(|| problem.words(texts), str::to_owned)
}

pub struct Texts {
    pub shared: &'static i18n::Texts,

    pub conversations: &'static str,
    pub search: &'static str,
    pub searches: &'static str,
    pub which: &'static str,
    pub all: &'static str,
    pub unread: &'static str,
    pub archived: &'static str,
    pub account: &'static str,
    pub all_accounts: &'static str,
    pub label: &'static str,
    pub all_labels: &'static str,
    pub loading: &'static str,
    pub empty: &'static str,
    pub empty_lead: &'static str,
    pub none_found: &'static str,
    pub found_names: &'static str,
    pub found_messages: &'static str,
    pub unread_count: fn(i64) -> String,

    pub choose: &'static str,
    pub choose_lead: &'static str,
    pub keys: &'static [(&'static str, &'static str)],
    pub thread: fn(&str) -> String,
    pub back: &'static str,
    pub acts: &'static str,
    pub group: &'static str,
    pub statuses: &'static str,
    pub about: &'static str,
    pub mark_unread: &'static str,
    pub archive: &'static str,
    pub unarchive: &'static str,
    pub export_text: &'static str,
    pub export_csv: &'static str,
    pub export_json: &'static str,
    pub labels: &'static str,
    pub labels_hint: &'static str,
    pub note: &'static str,
    pub note_hint: &'static str,

    pub today: &'static str,
    pub yesterday: &'static str,
    pub edited: &'static str,
    pub deleted: &'static str,
    pub waiting: &'static str,
    pub unsupported: &'static str,
    pub not_here: &'static str,
    pub fetching: &'static str,
    pub fetch: &'static str,
    pub not_fetched: fn(MediaReason) -> &'static str,
    pub only_once: &'static str,
    pub missed_call: fn(bool) -> &'static str,
    /// What, by whom, the new words, and whom it is about.
    pub group_change: fn(&str, &str, &str, &str) -> String,
    pub view_once: &'static str,
    pub votes: fn(usize) -> String,
    pub map: &'static str,
    pub reply: &'static str,
    pub reply_to: fn(&str) -> String,
    pub original: &'static str,
    pub cancel_message: &'static str,
    pub retry: &'static str,
    pub status: fn(MessageStatus) -> &'static str,
    pub kind: fn(ContentType) -> &'static str,
    pub waits: fn(WaitsFor, Option<&str>) -> String,
    pub detail: fn(&str) -> Option<&'static str>,
    pub newest: &'static str,
    pub beginning: &'static str,

    pub write: &'static str,
    pub write_hint: &'static str,
    pub send: &'static str,
    pub attach: &'static str,
    pub remove_file: &'static str,
    pub remove_quote: &'static str,
    pub offline: fn(&str) -> String,
    pub uploaded: fn(u32) -> String,

    /// A refusal that only this page meets.
    pub refused: fn(&str) -> Option<&'static str>,
}

impl Deref for Texts {
    type Target = i18n::Texts;

    fn deref(&self) -> &i18n::Texts {
        self.shared
    }
}
