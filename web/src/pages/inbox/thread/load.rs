//! Where the messages of the thread come from.

use super::Thread;
use crate::api::Problem;
use crate::pages::inbox::{
    calls,
    message::Message,
    state::{Inbox, Loading},
    window::{MOST, PAGE, Window},
    words::{self, texts},
};
use leptos::{prelude::*, task::spawn_local};
use whahook_contract::{ids::ConversationId, message::MessageStatus};

/// Of what one is led to, so many before it are shown with it.
const BEFORE: usize = 25;

impl Thread {
    fn begin(self) -> u32 {
        self.visit.update_value(|visit| *visit += 1);
        self.busy.set_value(false);
        self.visit.get_value()
    }

    fn is_over(self, visit: u32) -> bool {
        self.visit.get_value() != visit
    }
}

impl Inbox {
    /// Loads what was opened: its end, or around the message that one is led to.
    pub fn enter(self) {
        let Some(id) = self.open.get_untracked() else {
            return;
        };
        let thread = self.thread;
        let visit = thread.begin();
        thread.loading.set(Loading::Yes);
        let target = thread.target.get_value();
        thread.leads.set_value(target.is_some());
        let is_known = self.shown.with_untracked(Option::is_some);
        if is_known {
            spawn_local(self.look_at(id));
        }
        spawn_local(async move {
            if !is_known {
                self.look_at(id).await;
            }
            let mut answer = match &target {
                Some(target) => around(id, target).await,
                None => end(id, PAGE).await,
            };
            // What one is led to may be gone.
            if target.is_some() && matches!(answer, Err(Problem::Refused { .. })) {
                answer = end(id, PAGE).await;
            }
            if thread.is_over(visit) {
                return;
            }
            match answer {
                Ok(window) => {
                    thread.window.set(window);
                    thread.loading.set(Loading::No);
                    self.look_again();
                    self.look_for_picture(id).await;
                }
                Err(problem) => {
                    self.failed.set_value(true);
                    thread.loading.set(Loading::Failed(words::of(&problem)));
                }
            }
        });
    }

    /// What is open may be in no list.
    async fn look_at(self, id: ConversationId) {
        match calls::conversation(id).await {
            Ok(new) => self.put(new),
            Err(Problem::Unreachable) => self.failed.set_value(true),
            Err(problem) => {
                if self.open.get_untracked() == Some(id) {
                    self.live.notice.set(Some(words::of(&problem)));
                    self.show(None, None);
                }
            }
        }
    }

    /// Nobody may have asked for it yet; once a visit is enough.
    async fn look_for_picture(self, id: ConversationId) {
        let is_known = self
            .shown
            .with_untracked(|shown| shown.as_ref().is_some_and(|it| it.picture.is_some()));
        let asked = self.thread.pictured;
        if is_known || asked.with_value(|asked| asked.contains(&id)) {
            return;
        }
        asked.update_value(|asked| asked.push(id));
        if calls::ask_for_picture(id).await {
            self.look_at(id).await;
        }
    }

    /// Something happened to the messages on the page, or more came.
    pub fn look_again(self) {
        if let Some(pace) = self.thread_pace.get_value() {
            pace.step();
        }
    }

    pub fn ask_again(self) {
        let thread = self.thread;
        if matches!(thread.loading.get_untracked(), Loading::Failed(_)) {
            return self.enter();
        }
        let open = self.open.get_untracked();
        let Some(id) = open.filter(|_| thread.loading.get_untracked() == Loading::No) else {
            return;
        };
        let visit = thread.visit.get_value();
        spawn_local(self.look_at(id));
        spawn_local(async move {
            // What leaves the outbox meanwhile is found in the conversation afterwards.
            let shown = self.shown.get_untracked().filter(|it| it.id == id);
            let waiting = match &shown {
                Some(shown) => calls::outbox(shown).await.ok(),
                None => None,
            };
            if thread.is_over(visit) {
                return;
            }
            let before = thread.window.get_untracked();
            let answer = same(id, &before).await;
            // Moved meanwhile: what is there now was asked for later.
            if thread.is_over(visit) || thread.window.with_untracked(|now| *now != before) {
                if !thread.is_over(visit) {
                    self.look_again();
                }
                return;
            }
            match answer {
                Ok(window) if window != before => thread.window.set(window),
                Ok(_) => {}
                Err(_) => self.failed.set_value(true),
            }
            if let Some(waiting) = waiting {
                self.take_waiting(waiting);
            }
            self.ask_for_reasons();
        });
    }

    fn take_waiting(self, waiting: Vec<Message>) {
        let local = self.thread.waiting.with_untracked(|all| {
            let local = all.iter().filter(|it| it.whatsapp_id.is_empty());
            local.cloned().collect::<Vec<_>>()
        });
        let now: Vec<_> = waiting.into_iter().chain(local).collect();
        if self.thread.waiting.with_untracked(|all| *all != now) {
            self.thread.waiting.set(now);
        }
    }

    pub fn load_older(self) {
        let first = self.thread.window.with_untracked(|window| {
            let first = window.first().filter(|_| window.older);
            first.map(str::to_owned)
        });
        self.load_edge(first, "newest", Window::put_older);
    }

    pub fn load_newer(self) {
        let last = self.thread.window.with_untracked(|window| {
            let last = window.last().filter(|_| window.newer);
            last.map(str::to_owned)
        });
        self.load_edge(last, "oldest", Window::put_newer);
    }

    fn load_edge(
        self,
        cursor: Option<String>,
        order: &'static str,
        put: fn(&mut Window, Vec<Message>, bool),
    ) {
        let thread = self.thread;
        let (Some(id), Some(cursor)) = (self.open.get_untracked(), cursor) else {
            return;
        };
        if thread.busy.get_value() {
            return;
        }
        thread.busy.set_value(true);
        let visit = thread.visit.get_value();
        spawn_local(async move {
            let answer = calls::messages(id, order, Some(&cursor), PAGE).await;
            if thread.is_over(visit) {
                return;
            }
            thread.busy.set_value(false);
            match answer {
                Ok((page, next)) => {
                    let more = next.is_some();
                    thread.window.update(|window| put(window, page, more));
                }
                Err(problem) => self.live.notice.set(Some(words::of(&problem))),
            }
        });
    }

    /// Why what failed did not go.
    fn ask_for_reasons(self) {
        let known = self.thread.reasons;
        let failed: Vec<String> = self.thread.window.with_untracked(|window| {
            let failed = window.items.iter().filter(|it| {
                it.of_outbox
                    && it.status == Some(MessageStatus::Failed)
                    && known.with_untracked(|all| all.iter().all(|(id, _)| *id != it.id))
            });
            failed.map(|it| it.id.clone()).collect()
        });
        for id in failed {
            known.update_untracked(|all| all.push((id.clone(), String::new())));
            spawn_local(async move {
                if let Ok(Some(code)) = calls::reason(&id).await {
                    let words = (texts().detail)(&code).map_or(code, str::to_owned);
                    known.update(|all| {
                        all.retain(|(of, _)| *of != id);
                        all.push((id, words));
                    });
                }
            });
        }
    }

    /// What is open was seen.
    pub fn read(self, id: ConversationId) {
        let reading = self.thread.reading;
        if reading.get_value() {
            return;
        }
        reading.set_value(true);
        spawn_local(async move {
            // Tried again with the next second.
            if let Ok(read) = calls::mark_read(id).await {
                self.put(read);
            }
            reading.set_value(false);
        });
    }

    /// Has the next message answer this one.
    pub fn answer(self, id: &str) {
        let answered = self.thread.window.with_untracked(|window| {
            let answered = window.items.iter().find(|it| it.id == id);
            answered.cloned()
        });
        self.thread.quote.set(answered);
    }

    /// Cancels a message, sends it again, or has its file fetched.
    pub fn act(self, id: String, what: String) {
        let Some(of) = self.open.get_untracked() else {
            return;
        };
        let reasons = self.thread.reasons;
        spawn_local(async move {
            match calls::act(of, &id, &what).await {
                Ok(()) => {
                    reasons.update_untracked(|all| all.retain(|(of, _)| *of != id));
                    self.look_again();
                }
                Err(problem) => self.live.notice.set(Some(words::of(&problem))),
            }
        });
    }
}

async fn end(id: ConversationId, limit: usize) -> Result<Window, Problem> {
    let (newest, more) = calls::messages(id, "newest", None, limit).await?;
    Ok(Window::at_end(newest, more.is_some()))
}

async fn around(id: ConversationId, target: &str) -> Result<Window, Problem> {
    let (before, older) = calls::messages(id, "newest", Some(target), BEFORE).await?;
    let from = before.first().map(|it| it.id.clone());
    let (rest, newer) = calls::messages(id, "oldest", from.as_deref(), PAGE).await?;
    let mut window = Window::at_end(before, older.is_some());
    window.put_newer(rest, newer.is_some());
    Ok(window)
}

/// The same part of the conversation as it is now.
async fn same(id: ConversationId, before: &Window) -> Result<Window, Problem> {
    let first = before.items.first().filter(|_| before.newer);
    let Some(first) = first else {
        let limit = before.items.len().clamp(PAGE, MOST);
        return end(id, limit).await;
    };
    let limit = (before.items.len() - 1).clamp(1, MOST);
    let (rest, newer) = calls::messages(id, "oldest", Some(&first.id), limit).await?;
    let mut window = Window {
        items: vec![first.clone()],
        older: before.older,
        newer: false,
    };
    window.put_newer(rest, newer.is_some());
    Ok(window)
}
