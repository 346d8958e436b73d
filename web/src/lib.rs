//! The page: rendered on the server, hydrated in the browser, live through
//! Socket.IO.
//!
//! What is in here is downloaded by everybody, so its size counts (the whole
//! first load stays under 250 kB). Five habits keep it small: views are typed
//! through and through (`Either` instead of `AnyView`, which brings a second,
//! asynchronous copy of the code that hydrates), texts that change are
//! `Signal`s of few types instead of closures of one each, JSON is read by the
//! browser (`wire`), dialogs are mounted by themselves and need no code that
//! hydrates them, and what never changes, or is a long list, is markup as text.

// The type of a page nests one level for every element in it.
#![recursion_limit = "256"]
// Components own their properties.
#![allow(clippy::needless_pass_by_value)]

mod api;
mod app;
mod components;
pub mod data;
mod format;
pub mod i18n;
mod live;
mod pages;
mod wire;

pub use app::App;
#[cfg(feature = "ssr")]
pub use app::shell;

/// Makes the server-rendered document act.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    use leptos::prelude::*;
    console_error_panic_hook::set_once();
    let data = document()
        .get_element_by_id(data::PageData::ELEMENT)
        .and_then(|element| element.text_content())
        .and_then(|json| wire::page_data(&json))
        .expect("the server puts the page's data into every document");
    hydrate_body(move || {
        provide_context(data);
        App()
    });
}
