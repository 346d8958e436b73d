//! What the server knows when it renders a page, and hands on so that the
//! browser need not ask again.

use crate::i18n::{Locale, Texts};
use serde::Serialize;
use whahook_contract::{
    Timestamp, account::AccountView, auth::UserView, ids::AccountId, key::KeyView,
    receiving::ReceivingView, webhook::WebhookView,
};

/// Provided as context on the server, carried in the document, and provided
/// again in the browser.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PageData {
    pub page: Page,
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

    #[cfg(feature = "ssr")]
    pub fn to_script(&self) -> String {
        to_script(self)
    }
}

/// What `/settings/api-keys` shows besides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeysData {
    /// The server's public address, without a slash at its end.
    pub url: String,
    pub keys: Vec<KeyView>,
}

/// What `/settings/webhooks` shows besides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WebhooksData {
    /// The types of events that can be sent.
    pub types: Vec<String>,
    pub webhooks: Vec<WebhookView>,
}

/// What `/settings/receiving` shows besides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReceivingData {
    pub account_id: AccountId,
    pub receiving: ReceivingView,
}

/// What `/inbox` knows besides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InboxData {
    pub newest: Vec<Newest>,
}

/// The number of the newest event in an account's ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Newest {
    pub account_id: AccountId,
    pub seq: i64,
}

/// What one page alone shows, as the script that carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnData(pub String);

impl OwnData {
    pub const ELEMENT: &'static str = "own-data";

    #[cfg(feature = "ssr")]
    pub fn new(data: &impl Serialize) -> Self {
        Self(to_script(data))
    }
}

/// As JSON that cannot end the script element it is put into.
#[cfg(feature = "ssr")]
fn to_script(data: &impl Serialize) -> String {
    serde_json::to_string(data)
        .expect("plain data with string keys serializes")
        .replace('<', "\\u003c")
}

macro_rules! choices {
    ($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $code:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
        pub enum $name {
            $($(#[$item_doc])* #[serde(rename = $code)] $item),+
        }
        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$item),+];
            pub const fn code(self) -> &'static str {
                match self { $(Self::$item => $code),+ }
            }
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$item),)+ _ => None }
            }
        }
    };
}
pub(crate) use choices;

choices! {
    /// The server decides which page an address shows, and to whom.
    Page {
        Login = "login",
        Register = "register",
        Connections = "connections",
        Messages = "messages",
        Inbox = "inbox",
        ApiKeys = "api_keys",
        Webhooks = "webhooks",
        Receiving = "receiving",
        NotFound = "not_found",
    }
}

impl Page {
    /// What makes it act: the name of a program in `src/bin`. `None` where nothing acts.
    pub const fn bundle(self) -> Option<&'static str> {
        match self {
            Self::Login | Self::Register => Some("sign_in"),
            Self::Connections => Some("connections"),
            Self::Messages => Some("messages"),
            Self::Inbox => Some("inbox"),
            Self::ApiKeys => Some("api_keys"),
            Self::Webhooks => Some("webhooks"),
            Self::Receiving => Some("receiving"),
            Self::NotFound => None,
        }
    }

    /// The address, as routers write it.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Login => "/login",
            Self::Register => "/register",
            Self::Connections => "/settings/connections",
            Self::Messages => "/messages",
            Self::Inbox => "/inbox",
            Self::ApiKeys => "/settings/api-keys",
            Self::Webhooks => "/settings/webhooks",
            Self::Receiving => "/settings/receiving",
            Self::NotFound => "/{*path}",
        }
    }

    pub const fn title(self, texts: &Texts) -> &'static str {
        match self {
            Self::Login => texts.sign_in,
            Self::Register => texts.create_account,
            Self::Connections => texts.connections,
            Self::Messages => texts.messages,
            Self::Inbox => texts.inbox,
            Self::ApiKeys => texts.api_keys,
            Self::Webhooks => texts.webhooks,
            Self::Receiving => texts.receiving,
            Self::NotFound => texts.not_found,
        }
    }
}

choices! {
    Theme {
        Auto = "auto",
        Light = "light",
        Dark = "dark",
    }
}

choices! {
    /// Who may sign up now.
    Signup {
        /// Nobody is here yet: the first person becomes the administrator.
        First = "first",
        Open = "open",
        Closed = "closed",
    }
}

/// Addresses of the built files, with their content's hash in them.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assets {
    pub style: String,
    pub font: String,
    pub icon: String,
    /// The page's own; `None` where nothing acts.
    pub bundle: Option<Bundle>,
}

#[cfg(feature = "ssr")]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bundle {
    pub script: String,
    pub wasm: String,
    /// Modules that the script imports.
    pub modules: Vec<String>,
    /// Its own style sheet, after the one that all pages share.
    pub style: Option<String>,
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn page_data_cannot_break_out_of_its_script_element() {
        let data = PageData {
            page: Page::Login,
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
        let back: serde_json::Value = serde_json::from_str(&script).unwrap();
        assert_eq!(back["next"], data.next);
    }
}
