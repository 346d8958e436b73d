//! The API of messages, as the page asks for it.

use super::{
    filters::Filter,
    item::{self, Item},
};
use crate::{
    api::{self, Problem},
    format,
    wire::{self, Object},
};
use wasm_bindgen::JsValue;
use whahook_contract::{
    account::AccountView,
    ids::{AccountId, MessageId},
    limits::{AccountSettingsView, AppliedSettings, Gauge, LimitName},
};

pub const MESSAGES: &str = "/api/messages";
pub const BULKS: &str = "/api/messages/bulk";
pub const MEDIA: &str = "/api/media";

/// What a page has at least, and at most.
const PAGE: usize = 50;
const PAGE_MAX: usize = 200;

/// Messages, the newest first, and where older ones begin.
pub type Found = (Vec<Item>, Option<String>);

/// As many messages as were shown, as they are now; with `further` a page more. None
/// is looked for behind the last one that was shown: where a text is looked for, that
/// may be far.
pub async fn list(
    filter: &Filter,
    shown: usize,
    last: Option<MessageId>,
    further: bool,
) -> Result<Found, Problem> {
    let last = last.map(|id| id.to_string());
    let (mut items, mut cursor) = (Vec::new(), None);
    loop {
        let wanted = shown.saturating_sub(items.len());
        let (more, next) = page(filter, cursor.as_deref(), wanted).await?;
        items.extend(more);
        cursor = next;
        // Ids begin with their time.
        let is_past = cursor.is_none() || last.is_none() || cursor <= last;
        if items.len() >= shown || is_past {
            break;
        }
    }
    if further && cursor.is_some() {
        let (more, next) = page(filter, cursor.as_deref(), PAGE).await?;
        items.extend(more);
        cursor = next;
    }
    Ok((items, cursor))
}

async fn page(filter: &Filter, cursor: Option<&str>, wanted: usize) -> Result<Found, Problem> {
    let mut query = filter.asked();
    query.push(("limit", wanted.clamp(PAGE, PAGE_MAX).to_string()));
    if let Some(cursor) = cursor {
        query.push(("cursor", cursor.to_owned()));
    }
    let answer = get(&format!("{MESSAGES}{}", written(&query))).await?;
    let list = Object(&answer);
    let items = wire::array(&list.get("items"), item::read).ok_or(Problem::Unreachable)?;
    Ok((items, list.text("next_cursor")))
}

/// `?a=b&c=d`; nothing where there is nothing.
pub fn written(query: &[(&str, String)]) -> String {
    let pairs = query.iter().map(|(name, value)| {
        let value: String = js_sys::encode_uri_component(value).into();
        format!("{name}={value}")
    });
    let pairs = pairs.collect::<Vec<_>>().join("&");
    if pairs.is_empty() {
        pairs
    } else {
        format!("?{pairs}")
    }
}

/// What a field for day and hour has, in the reader's own zone, with its zone.
pub fn instant(local: &str) -> String {
    format::instant(local).unwrap_or_else(|| local.to_owned())
}

pub async fn message(id: MessageId) -> Result<Item, Problem> {
    one(&get(&format!("{MESSAGES}/{id}")).await?)
}

pub async fn cancel(id: MessageId) -> Result<Item, Problem> {
    let path = format!("{MESSAGES}/{id}");
    one(&api::send_json("DELETE", &path, &JsValue::UNDEFINED).await?)
}

pub async fn retry(id: MessageId) -> Result<Item, Problem> {
    let path = format!("{MESSAGES}/{id}/retry");
    one(&api::send_json("POST", &path, &JsValue::UNDEFINED).await?)
}

/// The one message of an answer.
pub fn one(answer: &JsValue) -> Result<Item, Problem> {
    item::read(answer).ok_or(Problem::Unreachable)
}

pub async fn limits(account: AccountId) -> Result<Vec<Gauge>, Problem> {
    let answer = get(&format!("/api/accounts/{account}/limits")).await?;
    wire::array(&Object(&answer).get("gauges"), gauge).ok_or(Problem::Unreachable)
}

fn gauge(value: &JsValue) -> Option<Gauge> {
    let gauge = Object(value);
    Some(Gauge {
        name: gauge.code("name", LimitName::from_code)?,
        enabled: gauge.get("enabled").is_truthy(),
        used: gauge.count("used")?,
        limit: u32::try_from(gauge.count("limit")?).ok()?,
        window_s: gauge.count("window_s")?,
        frees_at: gauge.time("frees_at"),
        chat: gauge.text("chat"),
    })
}

pub async fn settings(account: AccountId) -> Result<AccountSettingsView, Problem> {
    how_it_sends(&get(&settings_path(account)).await?)
}

/// What is left out stays as it is, and `null` goes back to the server's.
pub async fn change_settings(
    account: AccountId,
    changes: &JsValue,
) -> Result<AccountSettingsView, Problem> {
    how_it_sends(&api::send_json("PATCH", &settings_path(account), changes).await?)
}

fn settings_path(account: AccountId) -> String {
    format!("/api/accounts/{account}/settings")
}

fn how_it_sends(answer: &JsValue) -> Result<AccountSettingsView, Problem> {
    let settings = Object(answer);
    let own = |name| u32::try_from(settings.count(name)?).ok();
    let read = || {
        Some(AccountSettingsView {
            limits_enabled: settings.get("limits_enabled").as_bool(),
            session_per_minute: own("session_per_minute"),
            destination_per_hour: own("destination_per_hour"),
            destination_per_day: own("destination_per_day"),
            human_pacing: settings.get("human_pacing").as_bool(),
            duplicate_window_s: own("duplicate_window_s"),
            defaults: applied(&settings.get("defaults"))?,
            applies: applied(&settings.get("applies"))?,
        })
    };
    read().ok_or(Problem::Unreachable)
}

fn applied(value: &JsValue) -> Option<AppliedSettings> {
    let settings = Object(value);
    let number = |name| u32::try_from(settings.count(name)?).ok();
    Some(AppliedSettings {
        limits_enabled: settings.get("limits_enabled").as_bool()?,
        session_per_minute: number("session_per_minute")?,
        destination_per_hour: number("destination_per_hour")?,
        destination_per_day: number("destination_per_day")?,
        human_pacing: settings.get("human_pacing").as_bool()?,
        duplicate_window_s: number("duplicate_window_s")?,
    })
}

/// Keeps an account's messages back, or lets them go.
pub async fn pause(account: AccountId, paused: bool) -> Result<AccountView, Problem> {
    let what = if paused { "pause" } else { "resume" };
    let path = format!("/api/accounts/{account}/queue/{what}");
    let answer = api::send_json("POST", &path, &JsValue::UNDEFINED).await?;
    wire::account(&answer).ok_or(Problem::Unreachable)
}

async fn get(path: &str) -> Result<JsValue, Problem> {
    api::send_json("GET", path, &JsValue::UNDEFINED).await
}
