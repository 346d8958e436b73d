//! The API of conversations, as the page asks for it.

use super::{
    conversation::{self, Conversation},
    filter::Filter,
    message::{self, Message},
    window::PAGE,
};
use crate::{
    api::{self, Problem},
    data::{InboxData, Newest},
    pages::messages::calls::{MESSAGES, written},
    wire::{self, Object},
};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;
use whahook_contract::ids::ConversationId;

const CONVERSATIONS: &str = "/api/conversations";
/// So many are asked for at once when words are looked for.
const FOUND: &str = "20";

/// A page of a list, and where the next one begins.
pub type Page<T> = (Vec<T>, Option<String>);

/// What the server put into the document.
pub fn own(value: &JsValue) -> Option<InboxData> {
    let newest = wire::array(&Object(value).get("newest"), |it| {
        let it = Object(it);
        Some(Newest {
            account_id: it.parse("account_id")?,
            seq: it.count("seq")?,
        })
    });
    Some(InboxData { newest: newest? })
}

async fn get(path: &str) -> Result<JsValue, Problem> {
    api::send_json("GET", path, &JsValue::UNDEFINED).await
}

async fn page<T>(path: &str, read: fn(&JsValue) -> Option<T>) -> Result<Page<T>, Problem> {
    let answer = get(path).await?;
    let list = Object(&answer);
    let items = wire::array(&list.get("items"), read).ok_or(Problem::Unreachable)?;
    Ok((items, list.text("next_cursor")))
}

fn one(answer: &JsValue) -> Result<Conversation, Problem> {
    conversation::read(answer).ok_or(Problem::Unreachable)
}

pub async fn list(filter: &Filter, cursor: Option<&str>) -> Result<Page<Conversation>, Problem> {
    let mut query = filter.asked();
    query.extend(cursor.map(|cursor| ("cursor", cursor.to_owned())));
    page(
        &format!("{CONVERSATIONS}{}", written(&query)),
        conversation::read,
    )
    .await
}

/// Those whose name or number contains it.
pub async fn named(filter: &Filter) -> Result<Page<Conversation>, Problem> {
    let query = [
        ("name", filter.text.trim().to_owned()),
        ("account_id", filter.account.clone()),
        ("limit", FOUND.to_owned()),
    ];
    page(
        &format!("{CONVERSATIONS}{}", written(&given(query))),
        conversation::read,
    )
    .await
}

/// Messages that have these words.
pub async fn search(filter: &Filter, cursor: Option<&str>) -> Result<Page<Message>, Problem> {
    let query = [
        ("q", filter.text.trim().to_owned()),
        ("account_id", filter.account.clone()),
        ("limit", FOUND.to_owned()),
        ("cursor", cursor.unwrap_or_default().to_owned()),
    ];
    page(
        &format!("{MESSAGES}/search{}", written(&given(query))),
        message::read,
    )
    .await
}

fn given<const N: usize>(query: [(&'static str, String); N]) -> Vec<(&'static str, String)> {
    query.into_iter().filter(|(_, it)| !it.is_empty()).collect()
}

pub async fn conversation(id: ConversationId) -> Result<Conversation, Problem> {
    one(&get(&format!("{CONVERSATIONS}/{id}")).await?)
}

/// Has the picture of the other side fetched. Whether there is one.
pub async fn ask_for_picture(id: ConversationId) -> bool {
    let path = format!("{CONVERSATIONS}/{id}/picture");
    let answer = JsFuture::from(window().fetch_with_str(&path)).await.ok();
    let answer = answer.and_then(|answer| answer.dyn_into::<Response>().ok());
    answer.is_some_and(|answer| answer.ok())
}

/// A page of a thread, `newest` first going back in time, or `oldest` going forth.
pub async fn messages(
    id: ConversationId,
    order: &str,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Page<Message>, Problem> {
    let cursor = cursor.map(|it| format!("&cursor={it}")).unwrap_or_default();
    let path = format!("{CONVERSATIONS}/{id}/messages?order={order}&limit={limit}{cursor}");
    page(&path, message::read).await
}

/// What waits in the outbox for this conversation, the oldest first.
pub async fn outbox(of: &Conversation) -> Result<Vec<Message>, Problem> {
    // Nobody answers there.
    if of.of_statuses {
        return Ok(Vec::new());
    }
    let query = [
        ("account_id", of.account.to_string()),
        ("chat", of.with.jid.clone()),
        ("status", "queued,sending".to_owned()),
        ("limit", PAGE.to_string()),
    ];
    let path = format!("{MESSAGES}{}", written(&query));
    let (mut waiting, _) = page(&path, |value| {
        let kind = Object(value).text("type");
        // These change other messages: they do not stand there themselves.
        let stands = !matches!(kind.as_deref(), Some("reaction" | "edit" | "delete"));
        Some(stands.then(|| message::read(value)).flatten())
    })
    .await?;
    waiting.reverse();
    Ok(waiting.into_iter().flatten().collect())
}

/// Why a message failed, as a code or a short text.
pub async fn reason(id: &str) -> Result<Option<String>, Problem> {
    let message = get(&format!("{MESSAGES}/{id}")).await?;
    let timeline = wire::array(&Object(&message).get("timeline"), |entry| {
        Some(Object(entry).text("detail"))
    });
    Ok(timeline.and_then(|mut steps| steps.pop()).flatten())
}

/// Cancels a message that waits, or sends one again that failed.
/// Or has a file fetched that is not here.
pub async fn act(of: ConversationId, id: &str, act: &str) -> Result<(), Problem> {
    let (method, path) = match act {
        "fetch" => ("POST", format!("{CONVERSATIONS}/{of}/messages/{id}/media")),
        "retry" => ("POST", format!("{MESSAGES}/{id}/retry")),
        _ => ("DELETE", format!("{MESSAGES}/{id}")),
    };
    let answer = api::send_json(method, &path, &JsValue::UNDEFINED).await;
    answer.map(drop)
}

/// Who wrote what was unread is told that it was read.
pub async fn mark_read(id: ConversationId) -> Result<Conversation, Problem> {
    let path = format!("{CONVERSATIONS}/{id}/read");
    one(&api::send_json("POST", &path, &JsValue::UNDEFINED).await?)
}

pub async fn change(id: ConversationId, changes: &JsValue) -> Result<Conversation, Problem> {
    let path = format!("{CONVERSATIONS}/{id}");
    one(&api::send_json("PATCH", &path, changes).await?)
}
