//! The words of this page.

mod en;
mod es;

use crate::i18n::{self, Words, locale};
use std::ops::Deref;

static TEXTS: Words<Texts> = Words {
    en: &en::TEXTS,
    es: &es::TEXTS,
};

pub fn texts() -> &'static Texts {
    locale().of(&TEXTS)
}

pub struct Texts {
    pub shared: &'static i18n::Texts,

    pub title_of: fn(&str) -> String,
    pub history: &'static str,
    pub history_lead: &'static str,
    pub days: &'static str,
    pub days_hint: &'static str,
    pub per_chat: &'static str,
    /// How far it is in percent, if more comes, and how many messages there are.
    pub progress: fn(Option<u32>, i64) -> String,
    pub none_yet: &'static str,
    pub files: &'static str,
    pub which_files: &'static str,
    pub files_all: &'static str,
    pub files_on_demand: &'static str,
    pub files_none: &'static str,
    pub largest: &'static str,
    pub statuses: &'static str,
    pub statuses_hint: &'static str,
    pub unless_set: &'static str,
    pub number_from_to: fn(u32, u32) -> String,
    pub saved: &'static str,
}

impl Deref for Texts {
    type Target = i18n::Texts;

    fn deref(&self) -> &i18n::Texts {
        self.shared
    }
}
