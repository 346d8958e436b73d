//! Where the reader looks, and that it stays there whatever comes and goes.

use crate::{
    components::rows::{Row, Rows},
    pages::inbox::state::Inbox,
};
use leptos::{html, prelude::*};
use std::cell::RefCell;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// So close to an edge the next page is asked for, in pixels.
const NEAR_EDGE: i32 = 900;
/// So close to the end it is what one looks at.
const AT_END: i32 = 80;

thread_local! {
    /// One document, one thread. Not in the page's own state, which the server makes
    /// on one of its threads and may drop on another.
    static ROWS: RefCell<Option<Rows>> = const { RefCell::new(None) };
}

/// The part of the page that scrolls, and what is in it.
#[derive(Clone, Copy)]
pub struct Scroller {
    pub node: NodeRef<html::Div>,
    pub list: NodeRef<html::Ol>,
    /// Follows the end as it moves.
    sticks: StoredValue<bool>,
}

impl Scroller {
    pub fn new() -> Self {
        Self {
            node: NodeRef::new(),
            list: NodeRef::new(),
            sticks: StoredValue::new(true),
        }
    }

    /// From now on the end is followed.
    pub fn stick(self) {
        self.sticks.set_value(true);
        self.keep_end();
    }

    /// At the end, stays there: a picture may just have got its size.
    pub fn keep_end(self) {
        if let Some(node) = self
            .node
            .get_untracked()
            .filter(|_| self.sticks.get_value())
        {
            node.set_scroll_top(node.scroll_height());
        }
    }

    /// Shows these messages; what the reader looks at stays where it is.
    pub fn show(self, rows: Vec<Row>) {
        let (Some(node), Some(list)) = (self.node.get_untracked(), self.list.get_untracked())
        else {
            return;
        };
        let top = node.get_bounding_client_rect().top();
        let seen = first_below(&list, top);
        ROWS.with_borrow_mut(|shown| {
            let shown = shown.get_or_insert_with(|| Rows::of(list.unchecked_into()));
            shown.show(rows);
        });
        if self.sticks.get_value() {
            return self.keep_end();
        }
        if let Some((element, before)) = seen
            && element.is_connected()
        {
            let moved = element.get_bounding_client_rect().top() - before;
            #[allow(clippy::cast_possible_truncation)] // pixels of a page
            node.set_scroll_top(node.scroll_top() + moved.round() as i32);
        }
    }

    /// Leads to a message, and says which it is.
    pub fn lead_to(self, id: &str) -> bool {
        let Some(node) = self.node.get_untracked() else {
            return false;
        };
        let Some(found) = find(&node, id) else {
            return false;
        };
        self.sticks.set_value(false);
        if let Ok(Some(old)) = node.query_selector(".lit") {
            // Fails, as below, only for names that no class may have.
            let _ = old.class_list().remove_1("lit");
        }
        let above = found.get_bounding_client_rect().top() - node.get_bounding_client_rect().top();
        #[allow(clippy::cast_possible_truncation)] // pixels of a page
        let above = above as i32 - node.client_height() / 3;
        node.set_scroll_top(node.scroll_top() + above);
        let _ = found.class_list().add_1("lit");
        true
    }

    /// After the reader scrolled, or more came.
    pub fn look(self, inbox: Inbox) {
        let Some(node) = self.node.get_untracked() else {
            return;
        };
        let below = node.scroll_height() - node.scroll_top() - node.client_height();
        let (older, newer) = inbox
            .thread
            .window
            .with_untracked(|window| (window.older, window.newer));
        let at_end = below < AT_END && !newer;
        self.sticks.set_value(at_end);
        if inbox.thread.away.get_untracked() == at_end {
            inbox.thread.away.set(!at_end);
        }
        if older && node.scroll_top() < NEAR_EDGE {
            inbox.load_older();
        } else if newer && below < NEAR_EDGE {
            inbox.load_newer();
        }
    }
}

/// The first row that one sees, and where it is.
fn first_below(list: &Element, top: f64) -> Option<(Element, f64)> {
    let rows = list.children();
    // Rows are below one another: half of them is left at each step.
    let (mut from, mut to) = (0, rows.length());
    while from < to {
        let middle = u32::midpoint(from, to);
        let row = rows.item(middle)?;
        if row.get_bounding_client_rect().bottom() > top {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    let row = rows.item(from)?;
    let at = row.get_bounding_client_rect().top();
    Some((row, at))
}

fn find(node: &Element, id: &str) -> Option<HtmlElement> {
    let found = node.query_selector(&format!("[data-id=\"{id}\"]"));
    found.ok().flatten()?.dyn_into().ok()
}
