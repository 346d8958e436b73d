//! What a decrypted message says: from its bytes to what the ledger keeps, which
//! must be readable again and of what every database takes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use uuid::Uuid;
use whahook::inbox::model;
use whahook_contract::{
    Timestamp,
    contact::Party,
    event::Event,
    ids::{AccountId, ConversationId, MessageId},
    received::{ChatMessage, Direction, Source},
};
use whahook_whatsapp::port::Body;

fuzz_target!(|plaintext: &[u8]| {
    let Some(said) = whahook_whatsapp::said(plaintext) else {
        return;
    };
    match &said.body {
        Body::Reaction { to: id, .. }
        | Body::Edit { of: id, .. }
        | Body::Delete { of: id }
        | Body::Vote { poll: id, .. } => assert!(!id.contains('\0'), "{id:?} is looked for"),
        _ => {}
    }
    let Some(content) = model::content(&said.body) else {
        return;
    };
    let event = Event::MessageReceived(Box::new(ChatMessage {
        id: MessageId(Uuid::nil()),
        account_id: AccountId(Uuid::nil()),
        conversation_id: ConversationId(Uuid::nil()),
        direction: Direction::In,
        source: Source::Contact,
        whatsapp_message_id: "3EB0".to_owned(),
        from: Party::default(),
        content,
        quoted: said.quote.as_ref().map(model::quoted),
        mentions: said.mentions,
        reactions: Vec::new(),
        status: None,
        at: Timestamp::UNIX_EPOCH,
        received_at: Timestamp::UNIX_EPOCH,
        edited_at: None,
    }));
    let json = serde_json::to_value(&event).expect("the ledger takes it");
    assert!(!has_nul(&json), "PostgreSQL takes no NUL: {json}");
    let text = json.to_string();
    let read: Event = serde_json::from_str(&text).expect("the ledger reads it again");
    assert_eq!(read, event);
});

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(fields) => fields.values().any(has_nul),
        _ => false,
    }
}
