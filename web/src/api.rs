//! The REST API, as the page uses it: the same as everyone's.

use crate::{
    i18n::Texts,
    wire::{self, Object},
};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, Response};
use whahook_contract::{
    account::AccountView,
    ids::{AccountId, MessageId},
    message::MessageStatus,
    session::QrView,
};

/// Why something did not work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// No answer, or none that can be understood.
    Unreachable,
    /// The server said no.
    Refused {
        code: String,
        message: String,
        /// The field of the form that is wrong.
        field: Option<String>,
    },
}

impl Problem {
    /// Reads `{code, message, details}`.
    pub fn read(error: &JsValue) -> Self {
        let error = Object(error);
        match (error.text("code"), error.text("message")) {
            (Some(code), Some(message)) => Self::Refused {
                code,
                message,
                field: Object(&error.get("details")).text("field"),
            },
            _ => Self::Unreachable,
        }
    }

    pub fn words(&self, texts: &Texts) -> String {
        match self {
            Self::Unreachable => texts.server_unreachable.to_owned(),
            Self::Refused { code, message, .. } => {
                (texts.problem)(code).map_or_else(|| message.clone(), str::to_owned)
            }
        }
    }

    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Unreachable => None,
            Self::Refused { field, .. } => field.as_deref(),
        }
    }
}

pub async fn register(name: &str, email: &str, password: &str) -> Result<(), Problem> {
    let person = [("name", name), ("email", email), ("password", password)];
    send("POST", "/api/auth/register", &person).await?;
    Ok(())
}

pub async fn login(email: &str, password: &str) -> Result<(), Problem> {
    let person = [("email", email), ("password", password)];
    send("POST", "/api/auth/login", &person).await?;
    Ok(())
}

pub async fn logout() -> Result<(), Problem> {
    send("POST", "/api/auth/logout", &[]).await?;
    Ok(())
}

/// Leads to the sign-in page when the sign-in has ended.
pub async fn check_sign_in() {
    // Anything else that is wrong shows elsewhere.
    let _ = send("GET", "/api/auth/me", &[]).await;
}

pub async fn accounts() -> Result<Vec<AccountView>, Problem> {
    let mut all = Vec::new();
    let mut path = "/api/accounts".to_owned();
    loop {
        let answer = send("GET", &path, &[]).await?;
        let list = Object(&answer);
        let items = wire::array(&list.get("items"), wire::account);
        all.extend(items.ok_or(Problem::Unreachable)?);
        match list.text("next_cursor") {
            Some(cursor) => path = format!("/api/accounts?cursor={cursor}"),
            None => return Ok(all),
        }
    }
}

pub async fn create_account(label: &str) -> Result<AccountView, Problem> {
    let answer = send("POST", "/api/accounts", &[("label", label)]).await?;
    wire::account(&answer).ok_or(Problem::Unreachable)
}

pub async fn rename_account(id: AccountId, label: &str) -> Result<AccountView, Problem> {
    let answer = send("PATCH", &account_path(id, ""), &[("label", label)]).await?;
    wire::account(&answer).ok_or(Problem::Unreachable)
}

pub async fn remove_account(id: AccountId) -> Result<(), Problem> {
    send("DELETE", &account_path(id, ""), &[]).await?;
    Ok(())
}

pub async fn qr(id: AccountId) -> Result<QrView, Problem> {
    let answer = send("GET", &account_path(id, "/session/qr"), &[]).await?;
    wire::qr(&answer).ok_or(Problem::Unreachable)
}

pub async fn send_text(
    account: AccountId,
    to: &str,
    text: &str,
) -> Result<(MessageId, MessageStatus), Problem> {
    let account = account.to_string();
    let message = [
        ("account_id", account.as_str()),
        ("to", to),
        ("type", "text"),
        ("text", text),
    ];
    let answer = send("POST", "/api/messages", &message).await?;
    wire::progress(&answer).ok_or(Problem::Unreachable)
}

pub async fn message(id: MessageId) -> Result<(MessageId, MessageStatus), Problem> {
    let answer = send("GET", &format!("/api/messages/{id}"), &[]).await?;
    wire::progress(&answer).ok_or(Problem::Unreachable)
}

fn account_path(id: AccountId, rest: &str) -> String {
    format!("/api/accounts/{id}{rest}")
}

const NO_CONTENT: u16 = 204;

/// The answer's JSON; `null` when it has no content.
async fn send(method: &str, path: &str, body: &[(&str, &str)]) -> Result<JsValue, Problem> {
    let headers = wire::object(&[("accept", "application/json")]);
    let init = RequestInit::new();
    init.set_method(method);
    if !body.is_empty() {
        wire::set(&headers, "content-type", &"application/json".into());
        let json = js_sys::JSON::stringify(&wire::object(body));
        let json: JsValue = json.map_err(|_| Problem::Unreachable)?.into();
        init.set_body(&json);
    }
    init.set_headers(&headers);
    let answered = JsFuture::from(window().fetch_with_str_and_init(path, &init));
    let response: Response = answered
        .await
        .ok()
        .and_then(|response| response.dyn_into().ok())
        .ok_or(Problem::Unreachable)?;
    if response.status() == NO_CONTENT {
        return Ok(JsValue::NULL);
    }
    let json = response.json().map_err(|_| Problem::Unreachable)?;
    let json = JsFuture::from(json)
        .await
        .map_err(|_| Problem::Unreachable)?;
    if response.ok() {
        return Ok(json);
    }
    let problem = Problem::read(&Object(&json).get("error"));
    if matches!(&problem, Problem::Refused { code, .. } if code == "not_signed_in") {
        to_sign_in();
    }
    Err(problem)
}

/// The sign-in ended elsewhere: sign in, then come back to this very page.
fn to_sign_in() {
    let location = window().location();
    let here = location.pathname().unwrap_or_default();
    // Navigation only fails for addresses that do not parse.
    let _ = location.assign(&format!("/login?next={here}"));
}
