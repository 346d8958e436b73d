//! The words of this page.

pub mod en;
pub mod es;

use crate::{
    api::Problem,
    components::form::Wrong,
    i18n::{self, Words, locale},
};
use std::ops::Deref;
use whahook_contract::{
    bulk::{BulkProgress, BulkStatus},
    limits::LimitName,
    message::{ContentType, MessageStatus, Priority, WaitsFor},
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

/// The same at its field. A file that is too large names none.
pub fn wrong(problem: &Problem) -> Wrong {
    let words = of(problem);
    match problem.code() {
        Some("media_too_large" | "media_quota_exceeded") => Wrong::of("file", &words),
        Some("invalid_input") if problem.field() == Some("to") => Wrong::of("to", texts().to_wrong),
        _ => Wrong::read(problem, &words),
    }
}

pub struct Texts {
    pub shared: &'static i18n::Texts,

    pub lead: &'static str,
    pub loading: &'static str,
    pub try_again: &'static str,
    pub older: &'static str,
    pub empty: &'static str,
    pub empty_lead: &'static str,
    pub none_found: &'static str,
    pub none_found_lead: &'static str,

    pub filters: &'static str,
    pub account: &'static str,
    pub all_accounts: &'static str,
    pub status_label: &'static str,
    pub any_status: &'static str,
    pub chat: &'static str,
    pub text: &'static str,
    pub from: &'static str,
    pub until: &'static str,
    pub show_all: &'static str,

    pub status: fn(MessageStatus) -> &'static str,
    /// A step of the timeline.
    pub step: fn(MessageStatus) -> &'static str,
    pub kind: fn(ContentType) -> &'static str,
    /// Why a message waits, and until when.
    pub waits: fn(WaitsFor, Option<&str>) -> String,
    /// Arrived: also on the phone itself, and on how many devices.
    pub arrived: fn(bool, usize) -> String,
    pub arrived_in_group: &'static str,
    /// How many of a group have it, and how many of those opened it.
    pub members: fn(usize, usize) -> String,
    /// What has yet to happen to a message that waits for nothing of ours.
    pub next: fn(MessageStatus) -> Option<&'static str>,
    /// What a detail of the timeline means, and what to do about it.
    pub detail: fn(&str) -> Option<&'static str>,

    pub one_message: &'static str,
    pub timeline: &'static str,
    pub whatsapp_id: &'static str,
    pub copy: &'static str,
    pub cancel_message: &'static str,
    pub retry: &'static str,
    pub of_message_to: fn(&str) -> String,
    pub answer: &'static str,

    pub compose: &'static str,
    pub answer_title: &'static str,
    pub answers: &'static str,
    pub to_needed: &'static str,
    pub to_wrong: &'static str,
    pub text_needed: &'static str,
    pub to_hint: &'static str,
    pub type_label: &'static str,
    pub type_hint: &'static str,
    pub text_hint: &'static str,
    pub latitude: &'static str,
    pub longitude: &'static str,
    pub place: &'static str,
    pub contact_name: &'static str,
    pub contact_number: &'static str,
    pub question: &'static str,
    pub options: &'static str,
    pub options_hint: &'static str,
    pub multiple: &'static str,
    pub file: &'static str,
    pub file_hint: &'static str,
    pub remove_file: &'static str,
    pub url: &'static str,
    pub caption: &'static str,
    pub when_and_how: &'static str,
    pub send_at: &'static str,
    pub expires_at: &'static str,
    pub priority_label: &'static str,
    pub priority: fn(Priority) -> &'static str,
    pub uploading: &'static str,
    pub uploaded: fn(u32) -> String,
    pub send: &'static str,
    pub offline: fn(&str) -> String,

    pub bulk: &'static str,
    pub bulk_lead: &'static str,
    pub recipients: &'static str,
    pub recipients_hint: &'static str,
    pub file_needed: &'static str,
    pub rows_wrong: &'static str,
    pub preview: &'static str,
    pub start_bulk: &'static str,
    pub line: &'static str,
    pub column: &'static str,
    pub mistake: &'static str,
    pub bulks: &'static str,
    pub bulk_status: fn(BulkStatus) -> &'static str,
    pub bulk_of: fn(i64, i64) -> String,
    pub bulk_progress: &'static str,
    pub bulk_counts: fn(&BulkProgress) -> String,
    pub ends_at: fn(&str) -> String,
    pub cancel_bulk: &'static str,
    pub result: &'static str,

    pub limits: &'static str,
    pub limit: fn(LimitName) -> &'static str,
    pub unlimited: fn(i64) -> String,
    pub frees_at: fn(&str) -> String,
    pub queue_paused: &'static str,
    pub timelocked: fn(&str) -> String,
    pub pause: &'static str,
    pub resume: &'static str,

    pub settings: &'static str,
    pub settings_title: fn(&str) -> String,
    pub limited: &'static str,
    pub limited_hint: &'static str,
    pub per_minute: &'static str,
    pub chat_per_hour: &'static str,
    pub chat_per_day: &'static str,
    pub unless_set: &'static str,
    pub number_from_to: fn(u32, u32) -> String,
    pub human_pacing: &'static str,
    pub human_pacing_hint: &'static str,
    pub duplicate_window: &'static str,
    pub duplicate_window_hint: &'static str,

    /// A refusal that only this page meets.
    pub refused: fn(&str) -> Option<&'static str>,
}

impl Deref for Texts {
    type Target = i18n::Texts;

    fn deref(&self) -> &i18n::Texts {
        self.shared
    }
}
