//! What was meant by an event in markup that was written as text.

use wasm_bindgen::JsCast;
use web_sys::{Element, Event};

/// The attribute of the element around where it happened.
pub fn at(event: &Event, selector: &str, attribute: &str) -> Option<String> {
    let element = event.target()?.dyn_into::<Element>().ok()?;
    element.closest(selector).ok()??.get_attribute(attribute)
}
