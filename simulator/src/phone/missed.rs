//! Calls that nobody took, as both sides' phones show them.

use super::chat::{ChatMessage, Status, rfc3339};
use super::facts::Facts;
use crate::platform;
use crate::state::Network;
use crate::state::calls::Call;

pub fn note(network: &Network, call: &Call) {
    let kind = if call.video { "video" } else { "voice" };
    for (owner, text, status) in [
        (&call.to, format!("Missed {kind} call"), Status::Seen),
        (&call.from, format!("Unanswered {kind} call"), Status::Sent),
    ] {
        let Some(account) = network.account(owner) else {
            continue;
        };
        let mut phone = account.phone.lock();
        phone.record(ChatMessage {
            id: call.id.clone(),
            from: call.from.clone(),
            to: call.to.clone().into(),
            kind: "call".to_owned(),
            text,
            at: rfc3339(platform::now_millis()),
            status,
            device: 0,
            media: None,
            facts: Facts::default(),
            reactions: Vec::new(),
            edited: false,
            deleted: false,
        });
        phone.save(&network.store);
    }
}
