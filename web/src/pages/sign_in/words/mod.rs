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

    pub sign_in_lead: &'static str,
    pub email: &'static str,
    pub password: &'static str,
    pub password_hint: &'static str,
    pub name: &'static str,
    pub create_first_account: &'static str,
    pub create_first_lead: &'static str,
    pub create_account_lead: &'static str,
    pub no_account_yet: &'static str,
    pub have_account: &'static str,
    pub signup_closed: &'static str,
    pub signup_closed_lead: &'static str,
    pub pitch: &'static str,
    pub pitch_points: [&'static str; 3],
}

impl Deref for Texts {
    type Target = i18n::Texts;

    fn deref(&self) -> &i18n::Texts {
        self.shared
    }
}
