//! Reads what the server sends from JavaScript's own values.
//!
//! The browser parses JSON anyway; doing it again in here with serde_json would
//! be a quarter of the whole download. The types are the contract's: a field
//! that is added there does not compile here until it is read.

use crate::live::state::{Code, Passkey};
#[cfg(feature = "hydrate")]
use crate::{
    data::{Page, PageData, Signup, Theme},
    i18n::Locale,
};
use chrono::NaiveDate;
use js_sys::{Array, Date, JSON, Reflect};
use std::str::FromStr;
use wasm_bindgen::{JsCast, JsValue};
#[cfg(feature = "hydrate")]
use whahook_contract::auth::{Role, UserView};
use whahook_contract::{
    Timestamp,
    account::{AccountView, ReachOutTimelock},
    activity::{ActivityKind, ActivityView, By, Origin, UptimeDay, UptimeView},
    event::Event,
    ids::{AccountId, MessageId},
    message::MessageStatus,
    receiving::{HistoryProgress, HistoryState},
    session::{PasskeyStage, Reason, Status, Warning, WarningCode},
    settings::{Language, SettingsView},
};

/// What Rust needs to write a fraction down weighs 6 kB of a page: JavaScript has it.
pub fn json(value: &JsValue) -> String {
    JSON::stringify(value).map_or_else(|_| String::new(), String::from)
}

/// An object of JavaScript, read by the names of its properties.
pub struct Object<'a>(pub &'a JsValue);

impl Object<'_> {
    pub fn get(&self, name: &str) -> JsValue {
        Reflect::get(self.0, &name.into()).unwrap_or(JsValue::UNDEFINED)
    }

    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name).as_string()
    }

    pub fn parse<T: FromStr>(&self, name: &str) -> Option<T> {
        self.text(name)?.parse().ok()
    }

    pub fn code<T>(&self, name: &str, from_code: fn(&str) -> Option<T>) -> Option<T> {
        from_code(&self.text(name)?)
    }

    #[allow(clippy::cast_possible_truncation)] // counts, exact up to 2⁵³
    pub fn count(&self, name: &str) -> Option<i64> {
        self.get(name).as_f64().map(|count| count as i64)
    }

    /// A number with a fraction, as it is written.
    pub fn fraction(&self, name: &str) -> Option<String> {
        let number = self.get(name);
        number.as_f64().map(|_| json(&number))
    }

    pub fn time(&self, name: &str) -> Option<Timestamp> {
        let at = Date::parse(&self.text(name)?);
        #[allow(clippy::cast_possible_truncation)] // whole milliseconds
        at.is_finite()
            .then(|| Timestamp::from_timestamp_millis(at as i64))?
    }
}

pub fn array<T>(value: &JsValue, read: fn(&JsValue) -> Option<T>) -> Option<Vec<T>> {
    value
        .dyn_ref::<Array>()?
        .iter()
        .map(|item| read(&item))
        .collect()
}

#[cfg(feature = "hydrate")]
pub fn page_data(value: &JsValue) -> Option<PageData> {
    let data = Object(value);
    Some(PageData {
        page: data.code("page", Page::from_code)?,
        locale: data.code("locale", Locale::from_code)?,
        theme: data.code("theme", Theme::from_code)?,
        now: data.time("now")?,
        signup: data.code("signup", Signup::from_code)?,
        simulator_url: data.text("simulator_url"),
        me: user(&data.get("me")),
        accounts: array(&data.get("accounts"), account)?,
        next: data.text("next")?,
    })
}

#[cfg(feature = "hydrate")]
fn user(value: &JsValue) -> Option<UserView> {
    let user = Object(value);
    Some(UserView {
        id: user.parse("id")?,
        email: user.text("email")?,
        name: user.text("name")?,
        role: user.code("role", Role::from_code)?,
        created_at: user.time("created_at")?,
    })
}

pub fn account(value: &JsValue) -> Option<AccountView> {
    let account = Object(value);
    Some(AccountView {
        id: account.parse("id")?,
        label: account.text("label")?,
        session_id: account.parse("session_id")?,
        status: account.code("status", Status::from_code)?,
        reason: account.code("reason", Reason::from_code),
        detail: account.text("detail"),
        since: account.time("since")?,
        next_attempt_at: account.time("next_attempt_at"),
        phone_number: account.text("phone_number"),
        lid: account.text("lid"),
        push_name: account.text("push_name"),
        created_at: account.time("created_at")?,
        last_activity_at: account.time("last_activity_at"),
        warning: warning(&account.get("warning")),
        queue_paused_at: account.time("queue_paused_at"),
        reach_out_timelock: timelock(&account.get("reach_out_timelock")),
    })
}

fn timelock(value: &JsValue) -> Option<ReachOutTimelock> {
    let lock = Object(value);
    Some(ReachOutTimelock {
        since: lock.time("since")?,
        until: lock.time("until")?,
    })
}

fn warning(value: &JsValue) -> Option<Warning> {
    let warning = Object(value);
    Some(Warning {
        code: warning.code("code", WarningCode::from_code)?,
        since: warning.time("since")?,
        until: warning.time("until")?,
    })
}

pub fn history(value: &JsValue) -> Option<HistoryProgress> {
    let history = Object(value);
    Some(HistoryProgress {
        state: history.code("state", HistoryState::from_code)?,
        percent: history.count("percent")?.try_into().ok()?,
        messages: history.count("messages")?,
        at: history.time("at")?,
    })
}

/// A QR or a pairing code, whichever name its text has.
pub fn code(value: &JsValue, name: &str) -> Option<Code> {
    let code = Object(value);
    Some(Code {
        text: code.text(name)?,
        expires_at: code.time("expires_at")?,
    })
}

pub fn passkey(value: &JsValue) -> Option<Passkey> {
    let asked = Object(value);
    let stage = asked.code("stage", PasskeyStage::from_code)?;
    Passkey::asked(stage, options(&asked), asked.text("code"))
}

/// The browser's options as their JSON: the page only hands them on.
fn options(asked: &Object<'_>) -> Option<serde_json::Value> {
    let options = asked.get("options");
    if !options.is_object() {
        return None;
    }
    let json = JSON::stringify(&options).ok()?;
    Some(serde_json::Value::String(json.into()))
}

pub fn activity(value: &JsValue) -> Option<ActivityView> {
    let entry = Object(value);
    Some(ActivityView {
        id: entry.count("id")?,
        kind: entry.code("kind", ActivityKind::from_code)?,
        at: entry.time("at")?,
        status: entry.code("status", Status::from_code),
        reason: entry.code("reason", Reason::from_code),
        detail: entry.text("detail"),
        label: entry.text("label"),
        lasted_s: entry.count("lasted_s"),
        by: by(&entry.get("by")),
    })
}

fn by(value: &JsValue) -> Option<By> {
    let by = Object(value);
    Some(By {
        kind: by.code("kind", Origin::from_code)?,
        name: by.text("name"),
    })
}

pub fn uptime(value: &JsValue) -> Option<UptimeView> {
    let uptime = Object(value);
    Some(UptimeView {
        days: array(&uptime.get("days"), day)?,
        ready_ratio: uptime.get("ready_ratio").as_f64(),
    })
}

fn day(value: &JsValue) -> Option<UptimeDay> {
    let day = Object(value);
    let date = day.text("date")?;
    let mut parts = date.split('-').map(str::parse::<u32>);
    let mut part = || parts.next()?.ok();
    let (year, month, of_month) = (part()?, part()?, part()?);
    Some(UptimeDay {
        date: NaiveDate::from_ymd_opt(year.try_into().ok()?, month, of_month)?,
        ready_s: day.count("ready_s")?,
        down_s: day.count("down_s")?,
        unlinked_s: day.count("unlinked_s")?,
    })
}

/// What the page shows of a person's settings.
pub fn settings(value: &JsValue) -> Option<SettingsView> {
    let settings = Object(value);
    Some(SettingsView {
        email_alerts: settings.get("email_alerts").as_bool()?,
        language: settings.code("language", Language::from_code),
        email_available: settings.get("email_available").as_bool()?,
    })
}

/// What the page follows of a message.
pub fn progress(value: &JsValue) -> Option<(MessageId, MessageStatus)> {
    let message = Object(value);
    Some((
        message.parse("id")?,
        message.code("status", MessageStatus::from_code)?,
    ))
}

/// An event as Socket.IO delivers it.
pub struct Heard {
    pub account: AccountId,
    pub seq: i64,
    /// Whether it tells of what is sent.
    pub of_sending: bool,
    /// `None` for one that this version of the page does not know.
    pub event: Option<Event>,
}

pub fn heard(name: &str, payload: &JsValue) -> Option<Heard> {
    let object = Object(payload);
    Some(Heard {
        account: object.parse("accountId")?,
        seq: object.count("seq")?,
        of_sending: matches!(name, "message:status" | "bulk:status"),
        event: event(name, &object),
    })
}

fn event(name: &str, data: &Object<'_>) -> Option<Event> {
    Some(match name {
        "whatsapp:qr" => Event::Qr {
            qr: data.text("qr"),
            session_id: data.parse("sessionId")?,
            expires_at: data.time("expiresAt")?,
        },
        "whatsapp:pair_code" => Event::PairCode {
            code: data.text("code"),
            session_id: data.parse("sessionId")?,
            expires_at: data.time("expiresAt")?,
        },
        "whatsapp:passkey" => Event::Passkey {
            session_id: data.parse("sessionId")?,
            stage: data.code("stage", PasskeyStage::from_code)?,
            options: options(data),
            code: data.text("code"),
            expires_at: data.time("expiresAt"),
        },
        "whatsapp:warning" => Event::Warning {
            session_id: data.parse("sessionId")?,
            warning: warning(&data.get("warning")),
        },
        "whatsapp:status" => Event::Status {
            session_id: data.parse("sessionId")?,
            status: data.code("status", Status::from_code)?,
            reason: data.code("reason", Reason::from_code),
            detail: data.text("detail"),
            since: data.time("since")?,
            next_attempt_at: data.time("nextAttemptAt"),
        },
        "whatsapp:ready" => Event::Ready {
            session_id: data.parse("sessionId")?,
            phone_number: data.text("phoneNumber"),
            lid: data.text("lid"),
            push_name: data.text("pushName"),
        },
        "message:status" => Event::MessageStatus {
            message_id: data.parse("messageId")?,
            whatsapp_message_id: data.text("whatsappMessageId")?,
            session_id: data.parse("sessionId")?,
            status: data.code("status", MessageStatus::from_code)?,
            at: data.time("at")?,
            detail: data.text("detail"),
            // The list of messages has it.
            to: None,
        },
        "account:created" => Event::AccountCreated {
            label: data.text("label")?,
        },
        "account:renamed" => Event::AccountRenamed {
            label: data.text("label")?,
        },
        "account:queue_paused" => Event::QueuePaused {
            at: data.time("at")?,
            by: None,
        },
        "account:queue_resumed" => Event::QueueResumed { by: None },
        "account:reach_out_timelock" => Event::ReachOutTimelock {
            timelock: timelock(&data.get("timelock")),
        },
        "account:removed" => Event::AccountRemoved {},
        "history:progress" => Event::HistoryProgress {
            session_id: data.parse("sessionId")?,
            progress: history(&data.get("progress"))?,
        },
        // `whatsapp:disconnected` and `whatsapp:error` are said again, in more
        // words, by the change of status beside them.
        _ => return None,
    })
}

/// An object of strings, as every request of the page is.
pub fn object(fields: &[(&str, &str)]) -> JsValue {
    let object = js_sys::Object::new().into();
    for (name, value) in fields {
        set(&object, name, &(*value).into());
    }
    object
}

pub fn set(object: &JsValue, name: &str, value: &JsValue) {
    Reflect::set(object, &name.into(), value).expect("an object of our own takes any property");
}
