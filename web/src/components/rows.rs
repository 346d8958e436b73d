//! A long list whose rows are markup: what did not change is not touched.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, Node};

pub struct Row {
    /// Tells it from the others of its list.
    pub key: String,
    pub html: String,
}

/// The rows that a list shows. The list must have no other children.
pub struct Rows {
    list: Element,
    shown: Vec<(Row, Element)>,
}

impl Rows {
    pub const fn of(list: Element) -> Self {
        Self {
            list,
            shown: Vec::new(),
        }
    }

    pub fn show(&mut self, rows: Vec<Row>) {
        let mut before = std::mem::take(&mut self.shown);
        let mut now = Vec::with_capacity(rows.len());
        for row in rows {
            let known = before.iter().position(|(old, _)| old.key == row.key);
            let element = match known.map(|at| before.remove(at)) {
                Some((old, element)) => {
                    if old.html != row.html {
                        change(&element, &row.html);
                    }
                    element
                }
                None => made(&row.html),
            };
            now.push((row, element));
        }
        for (_, gone) in before {
            gone.remove();
        }
        let mut next = self.list.first_child();
        for (_, element) in &now {
            let node: &Node = element;
            if next.as_ref() == Some(node) {
                next = node.next_sibling();
            } else {
                // Fails only for what holds the list itself.
                let _ = self.list.insert_before(node, next.as_ref());
            }
        }
        self.shown = now;
    }
}

fn made(html: &str) -> Element {
    let element = document()
        .create_element("li")
        .expect("a list has items of that name");
    element.set_inner_html(html);
    element
}

/// Who has the focus in it keeps it.
fn change(element: &Element, html: &str) {
    let focused = document().active_element();
    let has_focus = focused.is_some_and(|it| element.contains(Some(&it)));
    element.set_inner_html(html);
    if has_focus
        && let Ok(Some(again)) = element.query_selector("a, button")
        && let Ok(again) = again.dyn_into::<HtmlElement>()
    {
        // Fails only for elements that cannot have the focus.
        let _ = again.focus();
    }
}
