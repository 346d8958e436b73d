//! What the ledger keeps of a message: it must be readable again, and of what every
//! database takes.

use serde_json::{Value, json};
use whahook::inbox::model;
use whahook_contract::{
    event::Event,
    received::{ChatContent, ChatMessage},
};
use whahook_whatsapp::port::{Body, Quoted};

pub fn keep(body: &Body, quote: Option<&Quoted>, mentions: &[String]) {
    match body {
        Body::Reaction { to: id, .. }
        | Body::Edit { of: id, .. }
        | Body::Delete { of: id, .. }
        | Body::Vote { poll: id, .. } => assert!(!id.contains('\0'), "{id:?} is looked for"),
        _ => {}
    }
    let Some(content) = model::content(body) else {
        return;
    };
    let told = as_told(quote, mentions, &content);
    assert!(!has_nul(&told), "PostgreSQL takes no NUL: {told}");
    let message: ChatMessage = serde_json::from_value(told).expect("it is a message");
    assert_eq!(same(message.content.clone()), same(content));
    let kept = serde_json::to_string(&model::told(message.clone())).expect("the ledger takes it");
    let read: Event = serde_json::from_str(&kept).expect("the ledger reads it again");
    let (Event::MessageReceived(read)
    | Event::MessageWaiting(read)
    | Event::CallMissed(read)
    | Event::GroupChanged(read)) = read
    else {
        panic!("another event is read");
    };
    assert_eq!(same(read.content), same(message.content));
    assert_eq!(
        (read.quoted, read.mentions),
        (message.quoted, message.mentions)
    );
}

/// JSON may cost a number its last digit.
fn same(mut content: ChatContent) -> ChatContent {
    if let ChatContent::Location(place) = &mut content {
        place.latitude = (place.latitude * 1e7).round();
        place.longitude = (place.longitude * 1e7).round();
    }
    content
}

/// The message as the API tells it.
fn as_told(quote: Option<&Quoted>, mentions: &[String], content: &ChatContent) -> Value {
    let id = "01934f3e-8b22-7d41-8a0f-5b7d9e3c2a44";
    let at = "2026-11-23T18:40:00Z";
    let mut told = json!({
        "id": id, "account_id": id, "conversation_id": id,
        "direction": "in", "source": "contact", "whatsapp_message_id": "3EB0A1B2C3D4",
        "from": {"phone_number": null, "lid": null, "jid": "100000000000002@lid", "name": null},
        "quoted": quote.map(model::quoted), "mentions": mentions,
        "at": at, "received_at": at,
    });
    if let (Value::Object(told), Ok(Value::Object(content))) =
        (&mut told, serde_json::to_value(content))
    {
        told.extend(content);
    }
    told
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(fields) => fields.values().any(has_nul),
        _ => false,
    }
}
