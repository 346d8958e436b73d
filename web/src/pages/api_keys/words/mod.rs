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

    pub lead: &'static str,
    pub create: &'static str,
    pub empty: &'static str,
    pub empty_lead: &'static str,
    pub your_keys: &'static str,

    pub active: &'static str,
    pub expires_soon: &'static str,
    pub expired: &'static str,
    pub scopes: &'static str,
    pub accounts: &'static str,
    pub all_accounts: &'static str,
    pub removed_account: &'static str,
    pub created: &'static str,
    pub last_used: &'static str,
    pub never_used: &'static str,
    pub expires: &'static str,
    pub never: &'static str,
    pub revoke: &'static str,
    pub revoke_of: fn(&str) -> String,
    pub revoke_title: fn(&str) -> String,
    pub revoke_lead: &'static str,
    pub keep: &'static str,

    pub create_title: &'static str,
    pub name: &'static str,
    pub name_hint: &'static str,
    pub name_needed: &'static str,
    pub default_name: fn(usize) -> String,
    pub may: &'static str,
    pub scope_read: &'static str,
    pub scope_read_hint: &'static str,
    pub scope_send: &'static str,
    pub scope_send_hint: &'static str,
    pub scope_admin: &'static str,
    pub scope_admin_hint: &'static str,
    pub scope_needed: &'static str,
    pub which_accounts: &'static str,
    pub all_accounts_hint: &'static str,
    pub chosen_accounts: &'static str,
    pub account_needed: &'static str,
    pub expiry: &'static str,
    pub in_days: fn(i64) -> String,
    pub on_date: &'static str,
    pub date: &'static str,
    pub date_needed: &'static str,

    pub made_title: fn(&str) -> String,
    pub made_warning: &'static str,
    pub copy_key: &'static str,
    pub the_key: &'static str,
    pub done: &'static str,

    pub try_title: &'static str,
    pub try_lead: &'static str,
    pub account: &'static str,
    pub no_account: &'static str,
    pub connect_first: &'static str,
    pub way: &'static str,
    pub send_with_curl: &'static str,
    pub look_with_curl: &'static str,
    pub follow_with_socket: &'static str,
    pub copy_snippet: &'static str,
    pub test_text: &'static str,
    pub api_docs: &'static str,
}

impl Deref for Texts {
    type Target = i18n::Texts;

    fn deref(&self) -> &i18n::Texts {
        self.shared
    }
}
