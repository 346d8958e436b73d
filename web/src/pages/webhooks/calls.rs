//! The API of webhooks, as the page asks for it and reads it.

use crate::{
    api::{self, Problem},
    data::WebhooksData,
    wire::{self, Object},
};
use js_sys::JSON;
use wasm_bindgen::JsValue;
use whahook_contract::{
    Timestamp,
    ids::{DeliveryId, MessageId, WebhookId},
    webhook::{DeliveryStatus, WebhookState, WebhookView},
};

const WEBHOOKS: &str = "/api/webhooks";

/// A delivery as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub id: DeliveryId,
    pub message_id: String,
    pub event_type: String,
    pub status: DeliveryStatus,
    pub attempts: i64,
    pub created_at: Timestamp,
    pub next_attempt_at: Option<Timestamp>,
    pub last: Option<Attempt>,
    /// What is sent, as people read JSON; `None`: the ledger does not keep it any
    /// more.
    pub event: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub at: Timestamp,
    pub duration_ms: i64,
    pub status: Option<i64>,
    pub body: Option<String>,
    pub error: Option<String>,
    pub reply: Option<Result<MessageId, String>>,
}

/// What is made or changed: the body as the API has it.
pub async fn create(body: &JsValue) -> Result<(WebhookView, String), Problem> {
    let answer = api::send_json("POST", WEBHOOKS, body).await?;
    let secret = Object(&answer).text("secret");
    webhook(&answer).zip(secret).ok_or(Problem::Unreachable)
}

pub async fn change(id: WebhookId, changes: &JsValue) -> Result<WebhookView, Problem> {
    let answer = api::send_json("PATCH", &path(id, ""), changes).await?;
    webhook(&answer).ok_or(Problem::Unreachable)
}

pub async fn turn(id: WebhookId, on: bool) -> Result<WebhookView, Problem> {
    let changes = wire::object(&[]);
    wire::set(&changes, "enabled", &on.into());
    change(id, &changes).await
}

pub async fn remove(id: WebhookId) -> Result<(), Problem> {
    api::send_json("DELETE", &path(id, ""), &JsValue::UNDEFINED).await?;
    Ok(())
}

pub async fn list() -> Result<Vec<WebhookView>, Problem> {
    let answer = get(WEBHOOKS).await?;
    wire::array(&Object(&answer).get("items"), webhook).ok_or(Problem::Unreachable)
}

pub async fn rotate(id: WebhookId, overlap_s: i32) -> Result<(String, Option<Timestamp>), Problem> {
    let body = wire::object(&[]);
    wire::set(&body, "overlap_s", &overlap_s.into());
    let answer = api::send_json("POST", &path(id, "/secret"), &body).await?;
    let answer = Object(&answer);
    let secret = answer.text("secret").ok_or(Problem::Unreachable)?;
    Ok((secret, answer.time("previous_secret_until")))
}

pub async fn deliveries(
    id: WebhookId,
    status: &str,
    cursor: Option<&str>,
) -> Result<(Vec<Delivery>, Option<String>), Problem> {
    let mut path = path(id, "/deliveries?limit=20");
    for (name, value) in [("status", status), ("cursor", cursor.unwrap_or_default())] {
        if !value.is_empty() {
            path = format!("{path}&{name}={value}");
        }
    }
    let answer = get(&path).await?;
    let list = Object(&answer);
    let items = wire::array(&list.get("items"), delivery).ok_or(Problem::Unreachable)?;
    Ok((items, list.text("next_cursor")))
}

pub async fn test(id: WebhookId) -> Result<Delivery, Problem> {
    let answer = api::send_json("POST", &path(id, "/test"), &JsValue::UNDEFINED).await?;
    delivery(&answer).ok_or(Problem::Unreachable)
}

/// How many events are sent again.
pub async fn replay(id: WebhookId, wish: &JsValue) -> Result<i64, Problem> {
    let answer = api::send_json("POST", &path(id, "/replay"), wish).await?;
    Object(&answer).count("events").ok_or(Problem::Unreachable)
}

async fn get(path: &str) -> Result<JsValue, Problem> {
    api::send_json("GET", path, &JsValue::UNDEFINED).await
}

fn path(id: WebhookId, rest: &str) -> String {
    format!("{WEBHOOKS}/{id}{rest}")
}

pub fn page(value: &JsValue) -> Option<WebhooksData> {
    let data = Object(value);
    Some(WebhooksData {
        types: wire::array(&data.get("types"), JsValue::as_string)?,
        webhooks: wire::array(&data.get("webhooks"), webhook)?,
    })
}

pub fn webhook(value: &JsValue) -> Option<WebhookView> {
    let webhook = Object(value);
    Some(WebhookView {
        id: webhook.parse("id")?,
        url: webhook.text("url")?,
        label: webhook.text("label"),
        events: wire::array(&webhook.get("events"), JsValue::as_string),
        account_ids: wire::array(&webhook.get("account_ids"), |id| {
            id.as_string()?.parse().ok()
        }),
        header_names: wire::array(&webhook.get("header_names"), JsValue::as_string)?,
        enabled: webhook.get("enabled").as_bool()?,
        replies: webhook.get("replies").as_bool()?,
        state: webhook.code("state", WebhookState::from_code)?,
        failing_since: webhook.time("failing_since"),
        problem: webhook.text("problem"),
        waiting: webhook.count("waiting")?,
        last_success_at: webhook.time("last_success_at"),
        previous_secret_until: webhook.time("previous_secret_until"),
        created_at: webhook.time("created_at")?,
    })
}

fn delivery(value: &JsValue) -> Option<Delivery> {
    let delivery = Object(value);
    let event = delivery.get("event");
    Some(Delivery {
        id: delivery.parse("id")?,
        message_id: delivery.text("webhook_message_id")?,
        event_type: delivery.text("type")?,
        status: delivery.code("status", DeliveryStatus::from_code)?,
        attempts: delivery.count("attempts")?,
        created_at: delivery.time("created_at")?,
        next_attempt_at: delivery.time("next_attempt_at"),
        last: attempt(&delivery.get("last_attempt")),
        event: event.is_object().then(|| pretty(&event)),
    })
}

fn attempt(value: &JsValue) -> Option<Attempt> {
    let attempt = Object(value);
    Some(Attempt {
        at: attempt.time("at")?,
        duration_ms: attempt.count("duration_ms")?,
        status: attempt.count("status"),
        body: attempt.text("body"),
        error: attempt.text("error"),
        reply: reply(&attempt.get("reply")),
    })
}

fn reply(value: &JsValue) -> Option<Result<MessageId, String>> {
    let reply = Object(value);
    match reply.parse("message_id") {
        Some(id) => Some(Ok(id)),
        None => reply.text("error").map(Err),
    }
}

fn pretty(value: &JsValue) -> String {
    let json = JSON::stringify_with_replacer_and_space(value, &JsValue::NULL, &2.into());
    json.map(String::from).unwrap_or_default()
}
