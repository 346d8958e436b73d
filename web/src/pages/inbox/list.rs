//! The conversations, and how to find one.

use super::{
    dom::at,
    filter::{Filter, Show},
    search::{self, Found},
    state::{Inbox, Loading},
    times,
    words::texts,
};
use crate::components::{
    dialog,
    form::options,
    rows::{Row, Rows},
};
use leptos::{ev, html, leptos_dom::helpers::TimeoutHandle, prelude::*};
use std::cell::RefCell;
use wasm_bindgen::JsCast;

pub const SEARCH: &str = "search";
/// So close to its end more of the list is asked for, in pixels.
const NEAR_END: i32 = 600;

thread_local! {
    /// One document, one list, as in the thread.
    static ROWS: RefCell<Option<Rows>> = const { RefCell::new(None) };
}

#[component]
pub fn ListPane() -> impl IntoView {
    let texts = texts();
    let inbox = expect_context::<Inbox>();
    let live = inbox.live;
    let list = NodeRef::<html::Ul>::new();
    keep_up(inbox, list);
    let typing = StoredValue::new(None::<TimeoutHandle>);
    let search = move |event| {
        let text = event_target_value(&event).trim().to_owned();
        if let Some(before) = typing.try_update_value(Option::take).flatten() {
            before.clear();
        }
        let look = move || {
            inbox.filter.update(|filter| filter.text = text);
            inbox.write_address(false);
            inbox.look_for_words();
        };
        typing.set_value(set_timeout_with_handle(look, search::TYPING).ok());
    };
    let text = Signal::derive(move || inbox.filter.with(|filter| filter.text.clone()));
    let shows = [
        (Show::All, texts.all),
        (Show::Unread, texts.unread),
        (Show::Archived, texts.archived),
    ];
    let shows = shows.map(|(show, label)| {
        let pressed = Signal::derive(move || {
            let is_chosen = inbox.filter.with(|filter| filter.show == show);
            if is_chosen { "true" } else { "false" }
        });
        view! {
            <button
                type="button"
                aria-pressed=pressed
                on:click=move |_| inbox.choose(|filter| filter.show = show)
            >
                {label}
            </button>
        }
    });
    let account = choice(
        inbox,
        texts.account,
        move || {
            let ids = live.ids().get();
            let label = |id: &_| (format!("{id}"), live.label(*id).unwrap_or_default());
            let all: Vec<_> = ids.iter().map(label).collect();
            (all.len() > 1).then_some(all)
        },
        texts.all_accounts,
        |filter| &filter.account,
        |filter, value| filter.account = value,
    );
    let label = choice(
        inbox,
        texts.label,
        move || labels(inbox),
        texts.all_labels,
        |filter| &filter.label,
        |filter, value| filter.label = value,
    );
    let says = Signal::derive(move || says(inbox));
    let open = move |event: ev::MouseEvent| {
        // A new tab shows it too.
        if event.ctrl_key() || event.meta_key() || event.shift_key() {
            return;
        }
        if let Some(id) = at(&event, "[data-c]", "data-c").and_then(|id| id.parse().ok()) {
            event.prevent_default();
            inbox.show(Some(id), at(&event, "[data-c]", "data-m"));
        }
    };
    let look = move |event: ev::Event| {
        let Some(node) = event.current_target() else {
            return;
        };
        let node: web_sys::Element = node.unchecked_into();
        if node.scroll_height() - node.scroll_top() - node.client_height() < NEAR_END {
            if inbox.found.with_untracked(Option::is_some) {
                inbox.find_more();
            } else {
                inbox.load_more();
            }
        }
    };
    view! {
        <section class="conversations" aria-label=texts.conversations>
            <div class="finder">
                <input
                    id=SEARCH
                    type="search"
                    placeholder=texts.search
                    aria-label=texts.searches
                    maxlength="100"
                    autocomplete="off"
                    disabled=move || !live.runs()
                    prop:value=text
                    on:input=search
                />
                <div class="segments" role="group" aria-label=texts.which>
                    {shows}
                </div>
                {account}
                {label}
            </div>
            <div class="conversation-scroll" on:scroll=look>
                <ul class="conversation-list" node_ref=list on:click=open></ul>
                <div class="conversation-hint" role="status" inner_html=says></div>
            </div>
        </section>
    }
}

/// Something to choose from, where there is more than one thing to choose.
fn choice(
    inbox: Inbox,
    label: &'static str,
    all: impl Fn() -> Option<Vec<(String, String)>> + Send + Sync + 'static,
    none: &'static str,
    value: fn(&Filter) -> &String,
    set: fn(&mut Filter, String),
) -> impl IntoView {
    let all = Memo::new(move |_| {
        let all = all()?;
        let chosen = inbox.filter.with(|filter| value(filter).clone());
        let all = all
            .iter()
            .map(|(value, label)| (value.clone(), label.as_str()));
        Some(options(
            [(String::new(), none)].into_iter().chain(all),
            &chosen,
        ))
    });
    let markup = Signal::derive(move || all.get().unwrap_or_default());
    let change = move |event| {
        let value = event_target_value(&event);
        inbox.choose(move |filter| set(filter, value));
    };
    view! {
        <select
            aria-label=label
            hidden=move || all.with(Option::is_none)
            inner_html=markup
            on:change=change
        ></select>
    }
}

/// Those of the conversations that are known, and the one that is chosen.
fn labels(inbox: Inbox) -> Option<Vec<(String, String)>> {
    let mut all = inbox.items.with(|items| {
        let all = items.iter().flat_map(|it| it.labels.clone());
        all.collect::<Vec<_>>()
    });
    all.extend(
        inbox
            .filter
            .with(|filter| Some(filter.label.clone()).filter(|it| !it.is_empty())),
    );
    all.sort_unstable();
    all.dedup();
    (!all.is_empty()).then(|| all.into_iter().map(|it| (it.clone(), it)).collect())
}

/// What is to be said where there are no rows, as markup.
fn says(inbox: Inbox) -> String {
    let texts = texts();
    let found = inbox.found.with(|found| found.clone());
    let empty = inbox.items.with(Vec::is_empty);
    let plain = inbox.filter.with(|filter| *filter == Filter::NONE);
    match (found, inbox.loading.get()) {
        (Some(found), _) if found == Found::default() => format!("<p>{}</p>", texts.none_found),
        (Some(_), _) => String::new(),
        (None, Loading::Failed(words)) => {
            format!(
                r#"<p class="field-error">{}</p>"#,
                crate::format::escaped(&words)
            )
        }
        (None, Loading::Yes) => format!("<p>{}</p>", texts.loading),
        (None, Loading::No) if empty && plain => {
            format!("<h2>{}</h2><p>{}</p>", texts.empty, texts.empty_lead)
        }
        (None, Loading::No) if empty => format!("<p>{}</p>", texts.none_found),
        (None, Loading::No) => String::new(),
    }
}

fn keep_up(inbox: Inbox, list: NodeRef<html::Ul>) {
    Effect::new(move |_| {
        inbox.live.minute.track();
        let rows = rows(inbox);
        let Some(list) = list.get() else { return };
        ROWS.with_borrow_mut(|shown| {
            let shown = shown.get_or_insert_with(|| Rows::of(list.unchecked_into()));
            shown.show(rows);
        });
    });
}

fn rows(inbox: Inbox) -> Vec<Row> {
    let texts = texts();
    let filter = inbox.filter.get();
    let open = inbox.open.get();
    let today = times::number(inbox.live.now.get_untracked().unwrap_or_default());
    // With one account alone everything is its own.
    let several = inbox.live.ids().get().len() > 1;
    let row = |it: &super::conversation::Conversation| {
        let account = several.then(|| inbox.live.label(it.account)).flatten();
        let href = crate::format::escaped(&filter.address(Some(it.id), None));
        Row {
            key: it.id.to_string(),
            html: it.row(&href, open == Some(it.id), account.as_deref(), today, texts),
        }
    };
    let heading = |key: &str, words: &str| Row {
        key: key.to_owned(),
        html: format!("<h2>{words}</h2>"),
    };
    let found = inbox.found.with(|found| {
        let found = found.as_ref()?;
        let mut rows = Vec::new();
        if !found.conversations.is_empty() {
            rows.push(heading("names", texts.found_names));
            rows.extend(found.conversations.iter().map(row));
        }
        if !found.messages.is_empty() {
            rows.push(heading("messages", texts.found_messages));
        }
        for message in &found.messages {
            let of = found
                .of
                .iter()
                .find(|it| Some(it.id) == message.conversation);
            let href = filter.address(message.conversation, Some(&message.id));
            let href = crate::format::escaped(&href);
            rows.push(Row {
                key: format!("m{}", message.id),
                html: search::hit(message, of, &href, &filter.text, today, texts),
            });
        }
        Some(rows)
    });
    found.unwrap_or_else(|| inbox.items.with(|items| items.iter().map(row).collect()))
}

impl Inbox {
    /// Back to the list, and to where one was in it.
    pub fn close(self) {
        let open = self.open.get_untracked();
        self.show(None, None);
        let row = open.and_then(|id| {
            let row = document().query_selector(&format!("[data-c=\"{id}\"]"));
            row.ok().flatten()
        });
        match row.and_then(|row| row.dyn_into::<web_sys::HtmlElement>().ok()) {
            // Fails only for elements that cannot have the focus.
            Some(row) => drop(row.focus()),
            None => dialog::focus(SEARCH),
        }
    }
}
