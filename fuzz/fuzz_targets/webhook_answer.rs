//! What the receiver of a webhook answers: what is kept of it for people, and the
//! reply that it may have.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use whahook::{
    outbox::input,
    webhooks::{attempt, replies},
};
use whahook_contract::message::Content;

const SHOWN_MAX: usize = 1_000;

fuzz_target!(|answer: &[u8]| {
    let shown = attempt::shown(answer);
    assert!(shown.chars().count() <= SHOWN_MAX);
    assert!(!shown.contains('\0'), "PostgreSQL takes no NUL");

    let Ok(Some(mut reply)) = replies::read(answer) else {
        return;
    };
    reply.insert(
        "account_id".to_owned(),
        json!("01934f3e-8b22-7d41-8a0f-5b7d9e3c2a44"),
    );
    reply.insert("to".to_owned(), json!("593991203344@s.whatsapp.net"));
    if let Ok(message) = input::message(reply) {
        let content = serde_json::to_string(&message.content).expect("the outbox keeps it");
        let read: Content = serde_json::from_str(&content).expect("the outbox reads it again");
        // JSON may cost a place its last digit: not all is the same.
        let kind = |content: &Content| content.kind.content_type();
        assert_eq!(kind(&message.content), kind(&read));
    }
});
