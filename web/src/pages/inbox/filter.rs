//! Which conversations the list has, as the page's address has it.

use crate::{data::choices, pages::messages::calls::written};
use serde::Serialize;
use web_sys::UrlSearchParams;
use whahook_contract::ids::ConversationId;

choices! {
    Show {
        All = "",
        Unread = "unread",
        Archived = "archived",
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Empty where nothing was chosen, as all of these.
    pub account: String,
    pub label: String,
    /// What is looked for in names and messages.
    pub text: String,
    pub show: Show,
}

impl Filter {
    pub const NONE: Self = Self {
        account: String::new(),
        label: String::new(),
        text: String::new(),
        show: Show::All,
    };

    pub fn read(query: &UrlSearchParams) -> Self {
        let of = |name| query.get(name).unwrap_or_default();
        Self {
            account: of("account_id"),
            label: of("label"),
            text: of("q"),
            show: Show::from_code(&of("show")).unwrap_or(Show::All),
        }
    }

    /// The page's address for this choice, and for what is open.
    pub fn address(&self, open: Option<ConversationId>, message: Option<&str>) -> String {
        let open = open.map(|id| id.to_string()).unwrap_or_default();
        let query = [
            ("account_id", self.account.clone()),
            ("show", self.show.code().to_owned()),
            ("label", self.label.clone()),
            ("q", self.text.clone()),
            ("c", open),
            ("m", message.unwrap_or_default().to_owned()),
        ];
        let query: Vec<_> = query.into_iter().filter(|(_, it)| !it.is_empty()).collect();
        format!("/inbox{}", written(&query))
    }

    /// As the API is asked.
    pub fn asked(&self) -> Vec<(&'static str, String)> {
        let archived = self.show == Show::Archived;
        let mut query = vec![("archived", archived.to_string())];
        if self.show == Show::Unread {
            query.push(("unread", "true".to_owned()));
        }
        for (name, value) in [("account_id", &self.account), ("label", &self.label)] {
            if !value.is_empty() {
                query.push((name, value.clone()));
            }
        }
        query
    }
}
