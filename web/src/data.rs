//! What the server knows when it renders a page, and hands on so that the
//! browser need not ask again.

use crate::i18n::Locale;
use serde::{Deserialize, Serialize};
use whahook_contract::{Timestamp, account::AccountView, auth::UserView};

/// Provided as context on the server, carried in the document, and provided
/// again in the browser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageData {
    pub locale: Locale,
    pub theme: Theme,
    /// The server's clock: countdowns are right even when the browser's is not.
    pub now: Timestamp,
    pub signup: Signup,
    /// Where the simulated phones are, in a demo.
    pub simulator_url: Option<String>,
    pub me: Option<UserView>,
    pub accounts: Vec<AccountView>,
    /// Where signing in leads: a path of this site.
    pub next: String,
}

impl PageData {
    pub const ELEMENT: &'static str = "page-data";

    /// As JSON that cannot end the script element it is put into.
    #[cfg(feature = "ssr")]
    pub fn to_script(&self) -> String {
        serde_json::to_string(self)
            .expect("plain data with string keys serializes")
            .replace('<', "\\u003c")
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: &'static [Self] = &[Self::Auto, Self::Light, Self::Dark];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|theme| theme.code() == code)
    }
}

/// Who may sign up now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Signup {
    /// Nobody is here yet: the first person becomes the administrator.
    First,
    Open,
    Closed,
}

/// Addresses of the built files, with their content's hash in them.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assets {
    pub script: String,
    pub wasm: String,
    pub style: String,
    pub font: String,
    pub icon: String,
    /// Modules that the script imports.
    pub modules: Vec<String>,
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn page_data_cannot_break_out_of_its_script_element() {
        let data = PageData {
            locale: Locale::En,
            theme: Theme::Auto,
            now: Timestamp::UNIX_EPOCH,
            signup: Signup::Open,
            simulator_url: None,
            me: None,
            accounts: Vec::new(),
            next: "/</script><script>alert(1)</script>".into(),
        };
        let script = data.to_script();
        assert!(!script.contains('<'), "{script}");
        assert_eq!(serde_json::from_str::<PageData>(&script).unwrap(), data);
    }
}
