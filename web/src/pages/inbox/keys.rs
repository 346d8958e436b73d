//! The page by keyboard.

use super::{list::SEARCH, state::Inbox};
use crate::components::dialog;
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

pub fn listen(inbox: Inbox) {
    Effect::new(move |_| {
        let listening = window_event_listener(ev::keydown, move |event| press(inbox, &event));
        on_cleanup(move || listening.remove());
    });
}

fn press(inbox: Inbox, event: &KeyboardEvent) {
    let is_command = event.ctrl_key() || event.meta_key() || event.alt_key();
    if is_command || event.default_prevented() || find("dialog[open]").is_some() {
        return;
    }
    let on = event.target().and_then(|it| it.dyn_into::<Element>().ok());
    let within = |selector: &str| {
        let within = on.as_ref().and_then(|on| on.closest(selector).ok());
        within.flatten().is_some()
    };
    let nowhere = on.as_ref().is_some_and(|on| on.tag_name() == "BODY");
    let writes = within("input, textarea, select");
    match event.key().as_str() {
        "Escape" => escape(inbox, within("#search")),
        "/" if !writes => dialog::focus(SEARCH),
        "j" if !writes => step(true),
        "k" if !writes => step(false),
        // In a text and in the thread they go where they always go.
        "ArrowDown" if nowhere || within("#search, .conversations a") => step(true),
        "ArrowUp" if nowhere || within(".conversations a") => step(false),
        _ => return,
    }
    event.prevent_default();
}

fn escape(inbox: Inbox, searches: bool) {
    let looks = inbox.filter.with_untracked(|it| !it.text.is_empty());
    if inbox.thread.quote.with_untracked(Option::is_some) {
        inbox.thread.quote.set(None);
    } else if searches && looks {
        inbox.filter.update(|filter| filter.text.clear());
        inbox.write_address(false);
        inbox.look_for_words();
    } else if inbox.open.with_untracked(Option::is_some) {
        inbox.close();
    }
}

/// To the next row of the list, or the one before. Who comes from elsewhere begins
/// at the one that is open, or at the first.
fn step(forth: bool) {
    let Some(list) = find(".conversation-list").map(|list| list.children()) else {
        return;
    };
    let rows: Vec<HtmlElement> = (0..list.length())
        // Headings have no link.
        .filter_map(|at| list.item(at)?.query_selector("a").ok()??.dyn_into().ok())
        .collect();
    let at = |element: Option<Element>| {
        let element = element?;
        rows.iter().position(|row| **row == element)
    };
    let here = at(document().active_element());
    let next = match here {
        Some(here) if forth => here + 1,
        Some(here) => match here.checked_sub(1) {
            Some(before) => before,
            // Above the first row one looks for others.
            None => return dialog::focus(SEARCH),
        },
        None => at(find(".conversation-list a[aria-current]")).unwrap_or_default(),
    };
    if let Some(row) = rows.get(next) {
        // Fails only for elements that cannot have the focus.
        let _ = row.focus();
    }
}

fn find(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}
