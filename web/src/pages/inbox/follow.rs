//! Keeps up with what happens: every event says what to look at again. The page knows
//! from the start up to where it has each account's ledger; what it misses, it asks for
//! from there.

use super::{
    calls,
    message::{self, Content},
    state::Inbox,
};
use crate::{
    api::Problem,
    data::{InboxData, Newest},
    live::socket,
    wire::{self, Object},
};
use js_sys::Array;
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue};
use whahook_contract::{
    event::{Event, command},
    ids::{AccountId, ConversationId},
};

pub fn start(inbox: Inbox, data: &InboxData) {
    let ledgers = Ledgers {
        inbox,
        taken: StoredValue::new(data.newest.clone()),
        behind: StoredValue::new(Vec::new()),
        asking: StoredValue::new(false),
    };
    let accounts = inbox.live.ids();
    socket::follow(
        move || {
            inbox.ask_what_failed();
            ledgers.catch_up(accounts.get_untracked());
        },
        move |name, data| {
            let event = Object(&data);
            if let (Some(account_id), Some(seq)) = (event.parse("accountId"), event.count("seq")) {
                ledgers.hear(Newest { account_id, seq }, &name, &event);
            }
        },
    );
    // Those that were made while nothing was heard.
    Effect::new(move |_| {
        let all = accounts.get().into_iter();
        ledgers.catch_up(all.filter(|id| ledgers.taken(*id) == 0).collect());
    });
}

#[derive(Clone, Copy)]
struct Ledgers {
    inbox: Inbox,
    /// Of each account the event up to which nothing is missing.
    taken: StoredValue<Vec<Newest>>,
    /// The accounts to ask about, one after the other.
    behind: StoredValue<Vec<AccountId>>,
    asking: StoredValue<bool>,
}

impl Ledgers {
    fn taken(self, account: AccountId) -> i64 {
        self.taken.with_value(|all| {
            let known = all.iter().find(|it| it.account_id == account);
            known.map_or(0, |it| it.seq)
        })
    }

    fn take_up_to(self, event: Newest) {
        self.taken.update_value(|all| {
            match all.iter_mut().find(|it| it.account_id == event.account_id) {
                Some(known) => known.seq = event.seq,
                None => all.push(event),
            }
        });
    }

    fn hear(self, event: Newest, name: &str, data: &Object<'_>) {
        // They have the number of another.
        if Event::LIVE_ONLY.contains(&name) {
            return;
        }
        let taken = self.taken(event.account_id);
        if event.seq <= taken {
            return;
        }
        if event.seq == taken + 1 {
            self.take_up_to(event);
        } else {
            self.catch_up(vec![event.account_id]);
        }
        take(self.inbox, event.account_id, name, data);
    }

    fn catch_up(self, accounts: Vec<AccountId>) {
        self.behind.update_value(|behind| {
            let new = accounts.into_iter().filter(|id| !behind.contains(id));
            let new: Vec<_> = new.collect();
            behind.extend(new);
        });
        if self.asking.get_value() {
            return;
        }
        self.asking.set_value(true);
        spawn_local(async move {
            while let Some(account) = self.next() {
                if let Err(Problem::Unreachable) = self.ask(account).await {
                    // The next connection asks about all of them.
                    self.behind.set_value(Vec::new());
                }
            }
            self.asking.set_value(false);
        });
    }

    fn next(self) -> Option<AccountId> {
        let next = |behind: &mut Vec<_>| (!behind.is_empty()).then(|| behind.remove(0));
        self.behind.try_update_value(next).flatten()
    }

    async fn ask(self, account_id: AccountId) -> Result<(), Problem> {
        let after = self.taken(account_id);
        let question = wire::object(&[("accountId", &account_id.to_string())]);
        #[allow(clippy::cast_precision_loss)] // exact up to 2⁵³
        wire::set(&question, "after", &JsValue::from_f64(after as f64));
        let answer = socket::ask(command::EVENTS_SINCE, &question).await?;
        let answer = Object(&answer);
        let newest = answer.count("newest").ok_or(Problem::Unreachable)?;
        let events = answer.get("events");
        let events = events.dyn_ref::<Array>().ok_or(Problem::Unreachable)?;
        let first = Object(&events.get(0)).count("seq");
        let goes_back = newest <= after || first == Some(after + 1);
        if !goes_back || !answer.get("complete").is_truthy() {
            // The ledger begins later by now, or that much is sooner asked for as it is.
            self.take_up_to(Newest {
                account_id,
                seq: newest,
            });
            self.inbox.refresh();
            self.inbox.look_again();
            return Ok(());
        }
        for event in events.iter() {
            let event = Object(&event);
            if let (Some(seq), Some(name)) = (event.count("seq"), event.text("type"))
                && seq > self.taken(account_id)
            {
                self.take_up_to(Newest { account_id, seq });
                take(self.inbox, account_id, &name, &Object(&event.get("data")));
            }
        }
        Ok(())
    }
}

/// What an event is about is asked for again: so it is shown as the server has it.
fn take(inbox: Inbox, account: AccountId, name: &str, data: &Object<'_>) {
    let about: Option<ConversationId> = data.parse("conversation_id");
    let of_messages = name != "conversation:changed";
    if name == "conversation:merged" {
        inbox.refresh();
        let from: Option<ConversationId> = data.parse("from");
        if from.is_some() && inbox.open.get_untracked() == from {
            inbox.show(data.parse("into"), None);
        }
        return;
    }
    if about.is_none() && name != "message:status" {
        return;
    }
    inbox.refresh();
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
    if is_open && SAID.contains(&name) {
        say(inbox, data);
    }
}

/// What comes into the thread that is open, for those who do not see it.
const SAID: [&str; 4] = [
    "message:received",
    "message:waiting",
    "call:missed",
    "group:changed",
];

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
        inbox.said.set(match message.content {
            // It says who did it.
            Content::GroupChange { .. } => words,
            _ => format!("{}: {words}", message.from.shown()),
        });
    }
}
