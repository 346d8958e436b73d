//! Keeps up with what happens: every event says what to look at again, and after
//! a loss of the connection the ledger says which events were missed.

use super::{calls, message, state::Inbox};
use crate::{
    live::socket,
    wire::{self, Object},
};
use js_sys::Array;
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue};
use whahook_contract::{
    event::command,
    ids::{AccountId, ConversationId},
};

/// The number of the last event heard of each account.
type Heard = StoredValue<Vec<(AccountId, i64)>>;

pub fn start(inbox: Inbox) {
    let heard: Heard = StoredValue::new(Vec::new());
    socket::follow(
        move || catch_up(inbox, heard),
        move |name, data| {
            let event = Object(&data);
            if let (Some(account), Some(seq)) = (event.parse("accountId"), event.count("seq")) {
                note(heard, account, seq);
                take(inbox, account, &name, &event);
            }
        },
    );
}

fn note(heard: Heard, account: AccountId, seq: i64) {
    heard.update_value(|all| match all.iter_mut().find(|(id, _)| *id == account) {
        Some((_, last)) => *last = seq.max(*last),
        None => all.push((account, seq)),
    });
}

/// What an event is about is asked for again: so it is shown as the server has it.
fn take(inbox: Inbox, account: AccountId, name: &str, data: &Object<'_>) {
    let of_messages = name.starts_with("message:");
    if !of_messages && !name.starts_with("conversation:") {
        return;
    }
    inbox.refresh();
    let about: Option<ConversationId> = data.parse("conversation_id");
    let is_open = match about {
        Some(about) => inbox.open.get_untracked() == Some(about),
        // What goes out names its chat only.
        None => inbox
            .shown
            .with_untracked(|shown| shown.as_ref().is_some_and(|it| it.account == account)),
    };
    if is_open {
        inbox.look_again();
    } else if let Some(about) = about.filter(|_| !of_messages) {
        look_at(inbox, about);
    }
    if is_open && name == "message:received" {
        say(inbox, data);
    }
}

/// It may be far down in the list.
fn look_at(inbox: Inbox, id: ConversationId) {
    let is_there = inbox
        .items
        .with_untracked(|items| items.iter().any(|it| it.id == id));
    if is_there {
        spawn_local(async move {
            // One that is gone is gone from the list as well.
            if let Ok(new) = calls::conversation(id).await {
                inbox.put(new);
            }
        });
    }
}

fn say(inbox: Inbox, data: &Object<'_>) {
    if data.text("direction").as_deref() == Some("in")
        && let Some(message) = message::read(data.0)
    {
        let texts = super::words::texts();
        let words = message.summary(texts);
        inbox.said.set(format!("{}: {words}", message.from.shown()));
    }
}

/// After every connection to the server but the first, on which nothing was heard.
fn catch_up(inbox: Inbox, heard: Heard) {
    let known = heard.get_value();
    let accounts = inbox.live.ids().get_untracked();
    if accounts
        .iter()
        .any(|id| known.iter().all(|(of, _)| of != id))
    {
        // Of an account that never told anything, it is not known what was missed.
        inbox.refresh();
        inbox.look_again();
    }
    for (account, after) in known {
        spawn_local(ask_since(inbox, heard, account, after));
    }
}

async fn ask_since(inbox: Inbox, heard: Heard, account: AccountId, mut after: i64) {
    loop {
        let question = wire::object(&[("accountId", &account.to_string())]);
        #[allow(clippy::cast_precision_loss)] // exact up to 2⁵³
        wire::set(&question, "after", &JsValue::from_f64(after as f64));
        let Ok(answer) = socket::ask(command::EVENTS_SINCE, &question).await else {
            // Out of reach: the next connection asks again. Refused: the account is gone.
            return;
        };
        let answer = Object(&answer);
        let events = answer.get("events");
        let Some(events) = events.dyn_ref::<Array>() else {
            return;
        };
        for event in events.iter() {
            let event = Object(&event);
            if let (Some(seq), Some(name)) = (event.count("seq"), event.text("type")) {
                after = seq;
                note(heard, account, seq);
                take(inbox, account, &name, &Object(&event.get("data")));
            }
        }
        if answer.get("complete").is_truthy() || events.length() == 0 {
            return;
        }
    }
}
