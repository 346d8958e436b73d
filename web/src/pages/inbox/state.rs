//! What the page has: the list, the thread that is open, and where they come from.

use super::{
    calls, conversation::Conversation, filter::Filter, follow, pace::Pace, search::Found,
    thread::Thread, words,
};
use crate::{api::Problem, components::presence::Presence, data::InboxData, live::Live};
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::UrlSearchParams;
use whahook_contract::ids::ConversationId;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loading {
    Yes,
    No,
    Failed(String),
}

#[derive(Clone, Copy)]
pub struct Inbox {
    pub live: Live,
    pub presence: Presence,
    pub filter: RwSignal<Filter>,
    pub items: RwSignal<Vec<Conversation>>,
    pub loading: RwSignal<Loading>,
    /// Where the next page of the list begins, if there is one.
    pub more: RwSignal<Option<String>>,
    /// What the words were found in that are looked for.
    pub found: RwSignal<Option<Found>>,
    pub open: RwSignal<Option<ConversationId>>,
    /// What is open, as soon as it is known.
    pub shown: RwSignal<Option<Conversation>>,
    pub thread: Thread,
    /// Whether the dialog of labels and note is open.
    pub about: RwSignal<Option<ConversationId>>,
    /// For those who do not see what comes in.
    pub said: RwSignal<String>,
    /// Whether something that is shown was asked for and could not be had.
    pub failed: StoredValue<bool>,
    list_pace: StoredValue<Option<Pace>>,
    pub thread_pace: StoredValue<Option<Pace>>,
    /// Answers to questions that were put before the last one are dropped.
    question: StoredValue<u32>,
}

impl Inbox {
    pub fn provide(live: Live, data: InboxData) -> Self {
        let inbox = Self {
            live,
            presence: Presence::provide(live),
            filter: RwSignal::new(Filter::NONE),
            items: RwSignal::new(Vec::new()),
            loading: RwSignal::new(Loading::Yes),
            more: RwSignal::new(None),
            found: RwSignal::new(None),
            open: RwSignal::new(None),
            shown: RwSignal::new(None),
            thread: Thread::new(),
            about: RwSignal::new(None),
            said: RwSignal::new(String::new()),
            failed: StoredValue::new(false),
            list_pace: StoredValue::new(None),
            thread_pace: StoredValue::new(None),
            question: StoredValue::new(0),
        };
        let list_pace = Pace::of(move || inbox.ask());
        let thread_pace = Pace::of(move || inbox.ask_again());
        inbox.list_pace.set_value(Some(list_pace));
        inbox.thread_pace.set_value(Some(thread_pace));
        provide_context(inbox);
        Effect::new(move |_| {
            inbox.presence.touch();
            let moved = Closure::<dyn FnMut()>::new(move || inbox.read_address());
            // Back and forward lead through what was open. Fails only for what is no
            // function.
            let _ = window().add_event_listener_with_callback(
                "popstate",
                moved.into_js_value().unchecked_ref(),
            );
            inbox.read_address();
            follow::start(inbox, &data);
        });
        inbox
    }

    fn read_address(self) {
        let query = window().location().search().unwrap_or_default();
        let Ok(query) = UrlSearchParams::new_with_str(&query) else {
            return;
        };
        let filter = Filter::read(&query);
        let is_first = self.question.get_value() == 0;
        if is_first || self.filter.with_untracked(|old| *old != filter) {
            self.filter.set(filter);
            self.load();
        }
        let open = query.get("c").and_then(|id| id.parse().ok());
        self.lead(open, query.get("m"));
    }

    pub fn write_address(self, is_new: bool) {
        let open = self.open.get_untracked();
        let target = self.thread.target.get_value();
        let address = self
            .filter
            .with_untracked(|filter| filter.address(open, target.as_deref()));
        if let Ok(history) = window().history() {
            let null = JsValue::NULL;
            // Both fail only for addresses of other sites.
            let _ = if is_new {
                history.push_state_with_url(&null, "", Some(&address))
            } else {
                history.replace_state_with_url(&null, "", Some(&address))
            };
        }
    }

    /// Opens a conversation, perhaps at one of its messages, or closes the one that is.
    pub fn show(self, open: Option<ConversationId>, message: Option<String>) {
        self.presence.touch();
        if self.open.get_untracked() == open && message.is_none() {
            return;
        }
        self.lead(open, message);
        self.write_address(true);
    }

    fn lead(self, open: Option<ConversationId>, message: Option<String>) {
        if self.open.get_untracked() == open && message.is_none() {
            return;
        }
        let known = self.items.with_untracked(|items| {
            let known = items.iter().find(|it| Some(it.id) == open);
            known.cloned()
        });
        let is_new = self.open.get_untracked() != open;
        if is_new {
            self.thread.leave();
            self.shown.set(known);
            self.open.set(open);
        }
        self.thread.target.set_value(message);
        if open.is_some() {
            self.enter();
        }
    }

    /// Changes which conversations the list has.
    pub fn choose(self, change: impl FnOnce(&mut Filter)) {
        self.filter.update(change);
        self.write_address(false);
        self.load();
    }

    /// Asks for the list anew.
    pub fn load(self) {
        self.loading.set(Loading::Yes);
        self.items.set(Vec::new());
        self.more.set(None);
        self.ask();
        self.look_for_words();
    }

    /// The same, of what is there already.
    pub fn refresh(self) {
        if let Some(pace) = self.list_pace.get_value() {
            pace.step();
        }
    }

    /// Once the server is in reach again.
    pub fn ask_what_failed(self) {
        if self.failed.try_update_value(std::mem::take) == Some(true) {
            self.refresh();
            self.look_again();
        }
    }

    fn ask(self) {
        self.question.update_value(|question| *question += 1);
        let question = self.question.get_value();
        let filter = self.filter.get_untracked();
        spawn_local(async move {
            let answer = calls::list(&filter, None).await;
            if self.question.get_value() == question {
                self.take(answer);
            }
        });
    }

    /// The newest ones replace those that were; older ones that were loaded stay.
    fn take(self, answer: Result<calls::Page<Conversation>, Problem>) {
        let (newest, cursor) = match answer {
            Ok(page) => page,
            Err(problem) => {
                self.failed.set_value(true);
                return self.loading.set(Loading::Failed(words::of(&problem)));
            }
        };
        let open = self.open.get_untracked();
        let mut has_older = false;
        self.items.update(|items| {
            let last = newest.last().and_then(|it| it.at);
            let before = std::mem::replace(items, newest);
            for old in before {
                let is_known = items.iter().any(|it| it.id == old.id);
                let is_older = cursor.is_some() && old.at < last;
                // What one is reading stays although it is no longer unread.
                if !is_known && (is_older || Some(old.id) == open) {
                    has_older |= is_older;
                    let at = items.partition_point(|it| it.at >= old.at);
                    items.insert(at, old);
                }
            }
        });
        if !has_older {
            self.more.set(cursor);
        }
        if self.loading.get_untracked() != Loading::No {
            self.loading.set(Loading::No);
        }
    }

    pub fn load_more(self) {
        let Some(cursor) = self.more.get_untracked() else {
            return;
        };
        if self.loading.get_untracked() == Loading::Yes {
            return;
        }
        self.loading.set(Loading::Yes);
        let filter = self.filter.get_untracked();
        spawn_local(async move {
            let answer = calls::list(&filter, Some(&cursor)).await;
            if self.filter.with_untracked(|now| *now != filter) {
                return;
            }
            match answer {
                Ok((older, next)) => {
                    self.items.update(|items| {
                        let new: Vec<_> = older
                            .into_iter()
                            .filter(|it| !items.iter().any(|known| known.id == it.id))
                            .collect();
                        items.extend(new);
                    });
                    self.more.set(next);
                    self.loading.set(Loading::No);
                }
                Err(problem) => self.loading.set(Loading::Failed(words::of(&problem))),
            }
        });
    }

    /// A conversation as the server just answered it.
    pub fn put(self, new: Conversation) {
        let is_there = self
            .items
            .with_untracked(|items| items.iter().any(|it| it.id == new.id && *it != new));
        if is_there {
            self.items.update(|items| {
                if let Some(old) = items.iter_mut().find(|it| it.id == new.id) {
                    old.clone_from(&new);
                }
            });
        }
        if self.open.get_untracked() == Some(new.id)
            && self.shown.with_untracked(|old| old.as_ref() != Some(&new))
        {
            self.shown.set(Some(new));
        }
    }

    /// Changes what is open, as the API has it.
    pub fn change(self, changes: JsValue) {
        let Some(id) = self.open.get_untracked() else {
            return;
        };
        spawn_local(async move {
            match calls::change(id, &changes).await {
                Ok(new) => {
                    self.put(new);
                    self.refresh();
                }
                Err(problem) => self.live.notice.set(Some(words::of(&problem))),
            }
        });
    }
}
