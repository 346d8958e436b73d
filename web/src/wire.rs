//! Reads what the server sends from JavaScript's own values.
//!
//! The browser parses JSON anyway; doing it again in here with serde_json would
//! be a quarter of the whole download. The types are the contract's: a field
//! that is added there does not compile here until it is read.

#[cfg(feature = "hydrate")]
use crate::{
    data::{Page, PageData, Signup, Theme},
    i18n::Locale,
};
use js_sys::{Array, Date, Reflect};
use std::str::FromStr;
use wasm_bindgen::{JsCast, JsValue};
#[cfg(feature = "hydrate")]
use whahook_contract::auth::{Role, UserView};
use whahook_contract::{
    Timestamp,
    account::AccountView,
    event::Event,
    ids::{AccountId, MessageId},
    message::MessageStatus,
    session::{QrView, Reason, Status},
};

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

    fn code<T>(&self, name: &str, from_code: fn(&str) -> Option<T>) -> Option<T> {
        from_code(&self.text(name)?)
    }

    fn time(&self, name: &str) -> Option<Timestamp> {
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
pub fn page_data(json: &str) -> Option<PageData> {
    let value = js_sys::JSON::parse(json).ok()?;
    let data = Object(&value);
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
    })
}

pub fn qr(value: &JsValue) -> Option<QrView> {
    let qr = Object(value);
    Some(QrView {
        qr: qr.text("qr")?,
        expires_at: qr.time("expires_at")?,
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
    /// `None` for one that this version of the page does not know.
    pub event: Option<Event>,
}

pub fn heard(name: &str, payload: &JsValue) -> Option<Heard> {
    let object = Object(payload);
    #[allow(clippy::cast_possible_truncation)] // a count, exact up to 2⁵³
    let seq = object.get("seq").as_f64()? as i64;
    Some(Heard {
        account: object.parse("accountId")?,
        seq,
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
        },
        "account:created" => Event::AccountCreated {
            label: data.text("label")?,
        },
        "account:renamed" => Event::AccountRenamed {
            label: data.text("label")?,
        },
        "account:removed" => Event::AccountRemoved {},
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
