//! The REST API, as the page uses it: the same as everyone's.

use crate::{
    format,
    i18n::Texts,
    live::state::{Code, Passkey},
    wire::{self, Object},
};
use leptos::prelude::window;
use std::cell::Cell;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, Response};
use whahook_contract::{
    account::AccountView,
    activity::{ActivityView, UptimeView},
    ids::{AccountId, MessageId},
    message::MessageStatus,
    settings::SettingsView,
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
        /// The limit that was reached.
        limit: Option<Limit>,
    },
}

/// How many connections there may be at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    limit: i64,
    /// Of everybody on this server together, not of one person.
    all_people: bool,
}

impl Limit {
    fn read(details: &JsValue) -> Option<Self> {
        let details = Object(details);
        Some(Self {
            limit: details.count("limit")?,
            all_people: details.text("scope")? == "server",
        })
    }
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
                limit: Limit::read(&error.get("details")),
            },
            _ => Self::Unreachable,
        }
    }

    pub fn words(&self, texts: &Texts) -> String {
        match self {
            Self::Unreachable => texts.server_unreachable.to_owned(),
            Self::Refused {
                limit: Some(limit), ..
            } => (texts.limit_reached)(limit.limit, limit.all_people),
            Self::Refused { code, message, .. } => {
                (texts.problem)(code).map_or_else(|| message.clone(), str::to_owned)
            }
        }
    }

    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Unreachable => None,
            Self::Refused { code, .. } => Some(code),
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

/// What the page asks meanwhile and is refused leads nowhere: the caller does.
pub async fn logout() -> Result<(), Problem> {
    LEAVES.set(true);
    let answer = send("POST", "/api/auth/logout", &[]).await;
    LEAVES.set(answer.is_ok());
    answer.map(drop)
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

pub async fn qr(id: AccountId) -> Result<Code, Problem> {
    let answer = send("GET", &account_path(id, "/session/qr"), &[]).await?;
    wire::code(&answer, "qr").ok_or(Problem::Unreachable)
}

pub async fn pair_code(id: AccountId, phone_number: &str) -> Result<Code, Problem> {
    let number = [("phone_number", phone_number)];
    let path = account_path(id, "/session/pair-code");
    wire::code(&send("POST", &path, &number).await?, "code").ok_or(Problem::Unreachable)
}

/// What WhatsApp asks for now, if it asks for a passkey.
pub async fn passkey(id: AccountId) -> Result<Passkey, Problem> {
    let answer = send("GET", &account_path(id, PASSKEY), &[]).await?;
    wire::passkey(&answer).ok_or(Problem::Unreachable)
}

/// Hands in what the authenticator answered, as the JSON that it is.
pub async fn assert_passkey(id: AccountId, assertion: &JsValue) -> Result<(), Problem> {
    let body = wire::object(&[]);
    wire::set(&body, "assertion", assertion);
    send_json("POST", &account_path(id, PASSKEY), &body).await?;
    Ok(())
}

pub async fn confirm_passkey(id: AccountId) -> Result<(), Problem> {
    let path = format!("{}/confirm", account_path(id, PASSKEY));
    send("POST", &path, &[]).await?;
    Ok(())
}

const PASSKEY: &str = "/session/passkey";

/// Drops what is under way and links anew.
pub async fn restart(id: AccountId) -> Result<(), Problem> {
    let body = wire::object(&[]);
    wire::set(&body, "restart", &JsValue::TRUE);
    send_json("POST", &account_path(id, "/session"), &body).await?;
    Ok(())
}

/// A page of what happened, the newest first, and where the next one begins.
pub async fn activity(
    id: AccountId,
    cursor: Option<&str>,
) -> Result<(Vec<ActivityView>, Option<String>), Problem> {
    let cursor = cursor.map_or_else(String::new, |cursor| format!("?cursor={cursor}"));
    let answer = send("GET", &account_path(id, &format!("/activity{cursor}")), &[]).await?;
    let list = Object(&answer);
    let items = wire::array(&list.get("items"), wire::activity).ok_or(Problem::Unreachable)?;
    Ok((items, list.text("next_cursor")))
}

/// The last 30 days, as the person's calendar has them.
pub async fn uptime(id: AccountId) -> Result<UptimeView, Problem> {
    #[allow(clippy::cast_possible_truncation)] // whole minutes of less than a day
    let offset = -js_sys::Date::new_0().get_timezone_offset() as i32;
    let path = format!("/uptime?days=30&utc_offset_minutes={offset}");
    let answer = send("GET", &account_path(id, &path), &[]).await?;
    wire::uptime(&answer).ok_or(Problem::Unreachable)
}

pub async fn settings() -> Result<SettingsView, Problem> {
    wire::settings(&send("GET", SETTINGS, &[]).await?).ok_or(Problem::Unreachable)
}

/// Whether an e-mail says that a connection is down.
pub async fn set_email_alerts(on: bool) -> Result<SettingsView, Problem> {
    let body = wire::object(&[]);
    wire::set(&body, "email_alerts", &on.into());
    wire::settings(&send_json("PATCH", SETTINGS, &body).await?).ok_or(Problem::Unreachable)
}

const SETTINGS: &str = "/api/me/settings";

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

async fn send(method: &str, path: &str, body: &[(&str, &str)]) -> Result<JsValue, Problem> {
    let body = if body.is_empty() {
        JsValue::UNDEFINED
    } else {
        wire::object(body)
    };
    send_json(method, path, &body).await
}

/// The answer's JSON; `null` when it has no content.
pub async fn send_json(method: &str, path: &str, body: &JsValue) -> Result<JsValue, Problem> {
    let headers = wire::object(&[("accept", "application/json")]);
    let init = RequestInit::new();
    init.set_method(method);
    if !body.is_undefined() {
        wire::set(&headers, "content-type", &"application/json".into());
        let json = js_sys::JSON::stringify(body);
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

thread_local! {
    /// The person is signing out here, or has.
    static LEAVES: Cell<bool> = const { Cell::new(false) };
}

/// The sign-in ended elsewhere: sign in, then come back to this very page.
fn to_sign_in() {
    if LEAVES.get() {
        return;
    }
    let location = window().location();
    let path = location.pathname().unwrap_or_default();
    let query = location.search().unwrap_or_default();
    let here = format::in_query(&format!("{path}{query}"));
    // Navigation only fails for addresses that do not parse.
    let _ = location.assign(&format!("/login?next={here}"));
}
