//! What the list has, and how it keeps up.

use super::{
    Open, calls,
    filters::{self, Filter},
    item::Item,
    words,
};
use crate::{api::Problem, live::Live};
use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use whahook_contract::{ids::MessageId, message::MessageStatus};

/// Between an event and the question what became of the list: many events come
/// together.
const GATHER: Duration = Duration::from_millis(400);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loading {
    Yes,
    No,
    Failed(String),
}

#[derive(Clone, Copy)]
pub struct Messages {
    pub filter: RwSignal<Filter>,
    pub items: RwSignal<Vec<Item>>,
    pub loading: RwSignal<Loading>,
    /// Where older ones begin, if there are any.
    pub older: RwSignal<Option<String>>,
    pub open: RwSignal<Option<Open>>,
    /// Counts how often something moved; what comes together counts once.
    pub moved: RwSignal<u32>,
    /// Answers to questions that were put before the last one are dropped.
    question: StoredValue<u32>,
    due: StoredValue<bool>,
    live: Live,
}

impl Messages {
    pub fn provide(live: Live) -> Self {
        let messages = Self {
            filter: RwSignal::new(Filter::default()),
            items: RwSignal::new(Vec::new()),
            loading: RwSignal::new(Loading::Yes),
            older: RwSignal::new(None),
            open: RwSignal::new(None),
            moved: RwSignal::new(0),
            question: StoredValue::new(0),
            due: StoredValue::new(false),
            live,
        };
        provide_context(messages);
        Effect::new(move |_| {
            messages.follow_address();
            messages.read_address();
        });
        Effect::new(move |before: Option<()>| {
            live.told.track();
            if before.is_some() {
                messages.look_soon();
            }
        });
        messages
    }

    /// The status as far as it is known: an event may be newer than the list.
    pub fn status(self, item: &Item) -> MessageStatus {
        let told = self.live.progress(item.id).map(|progress| progress.status);
        match told {
            Some(told) if told.rank() > item.status.rank() => told,
            _ => item.status,
        }
    }

    /// Back and forward lead through the choices.
    fn follow_address(self) {
        let moved = Closure::<dyn FnMut()>::new(move || self.read_address());
        let moved = moved.into_js_value();
        // Fails only for what is no function.
        let _ = window().add_event_listener_with_callback("popstate", moved.unchecked_ref());
    }

    fn read_address(self) {
        let query = window().location().search().unwrap_or_default();
        let Ok(query) = web_sys::UrlSearchParams::new_with_str(&query) else {
            return;
        };
        let opened = query.get("message").and_then(|id| id.parse().ok());
        self.open.set(opened.map(Open::Detail));
        self.filter.set(Filter::read(|name| query.get(name)));
        self.load();
    }

    /// Changes the choice, and the address with it.
    pub fn filter(self, change: impl FnOnce(&mut Filter)) {
        self.filter.update(change);
        self.write_address(None);
        self.load();
    }

    /// Shows one message's timeline, under an address of its own.
    pub fn show(self, message: Option<MessageId>) {
        let shown = message.map(Open::Detail);
        if self.open.get_untracked() != shown {
            self.open.set(shown);
            self.write_address(message);
        }
    }

    fn write_address(self, message: Option<MessageId>) {
        let address = self
            .filter
            .with_untracked(|filter| filters::address(filter, message.map(|id| id.to_string())));
        if let Ok(history) = window().history() {
            // Fails only for addresses of other sites.
            let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&address));
        }
    }

    /// Asks for the newest ones of this choice.
    pub fn load(self) {
        self.items.set(Vec::new());
        self.older.set(None);
        self.loading.set(Loading::Yes);
        self.ask(false);
    }

    /// What is shown is asked for again, all of it: what is far down may have changed
    /// too, or fit no longer. With `further`, older ones as well.
    fn ask(self, further: bool) {
        self.question.update_value(|question| *question += 1);
        let question = self.question.get_value();
        let filter = self.filter.get_untracked();
        let (shown, last) = self
            .items
            .with_untracked(|items| (items.len(), items.last().map(|item| item.id)));
        spawn_local(async move {
            let answer = calls::list(&filter, shown, last, further).await;
            if self.question.get_value() != question {
                return;
            }
            match answer {
                Ok((items, older)) => {
                    self.items.set(items);
                    self.older.set(older);
                    self.loading.set(Loading::No);
                }
                Err(problem) => self.fail(&problem),
            }
        });
    }

    pub fn load_older(self) {
        self.loading.set(Loading::Yes);
        self.ask(true);
    }

    fn fail(self, problem: &Problem) {
        self.loading.set(Loading::Failed(words::of(problem)));
    }

    /// Looks again once what comes together has come.
    pub fn look_soon(self) {
        if self.due.get_value() {
            return;
        }
        self.due.set_value(true);
        set_timeout(
            move || {
                self.due.set_value(false);
                self.moved.update(|moved| *moved += 1);
                // Older ones that were asked for meanwhile come with it.
                let any = self.items.with_untracked(|items| !items.is_empty());
                self.ask(any && self.loading.get_untracked() == Loading::Yes);
            },
            GATHER,
        );
    }

    /// A message that was just accepted, and its timeline.
    pub fn show_new(self, message: Item) {
        let id = message.id;
        self.items.update(|items| items.insert(0, message));
        self.show(Some(id));
        self.look_soon();
    }

    /// A message as the server just answered it.
    pub fn put(self, new: &Item) {
        self.items.update(|items| {
            if let Some(item) = items.iter_mut().find(|item| item.id == new.id) {
                item.clone_from(new);
            }
        });
    }
}
