//! The messages of the conversation that is open.

mod load;
mod scroll;
mod view;

pub use scroll::Scroller;
pub use view::ThreadPane;

use super::{message::Message, state::Loading, window::Window};
use leptos::prelude::*;
use whahook_contract::ids::ConversationId;

#[derive(Clone, Copy)]
pub struct Thread {
    pub window: RwSignal<Window>,
    /// What is on its way into the outbox, and what waits there; the oldest first.
    pub waiting: RwSignal<Vec<Message>>,
    pub loading: RwSignal<Loading>,
    /// The message that one was led to.
    pub target: StoredValue<Option<String>>,
    /// The message that one answers.
    pub quote: RwSignal<Option<Message>>,
    /// Whether the end is out of sight.
    pub away: RwSignal<bool>,
    /// Why messages failed, by their ids, as far as that was asked for.
    pub reasons: RwSignal<Vec<(String, String)>>,
    /// What was typed, and not sent.
    pub drafts: StoredValue<Vec<(String, String)>>,
    /// Whose picture was asked for.
    pictured: StoredValue<Vec<ConversationId>>,
    /// A page at an edge is on its way.
    busy: StoredValue<bool>,
    /// Answers to questions of before are dropped.
    visit: StoredValue<u32>,
    /// The server is being told that it was read.
    reading: StoredValue<bool>,
    /// It leads to its target as soon as that is there.
    leads: StoredValue<bool>,
}

impl Thread {
    pub fn new() -> Self {
        Self {
            window: RwSignal::new(Window::default()),
            waiting: RwSignal::new(Vec::new()),
            loading: RwSignal::new(Loading::No),
            target: StoredValue::new(None),
            quote: RwSignal::new(None),
            away: RwSignal::new(false),
            reasons: RwSignal::new(Vec::new()),
            drafts: StoredValue::new(Vec::new()),
            pictured: StoredValue::new(Vec::new()),
            busy: StoredValue::new(false),
            visit: StoredValue::new(0),
            reading: StoredValue::new(false),
            leads: StoredValue::new(false),
        }
    }

    /// Another conversation takes its place.
    pub fn leave(self) {
        self.visit.update_value(|visit| *visit += 1);
        self.window.set(Window::default());
        self.waiting.set(Vec::new());
        self.quote.set(None);
        self.away.set(false);
    }
}
