//! The page: rendered on the server, hydrated in the browser, live through
//! Socket.IO.

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

pub use app::App;
#[cfg(feature = "ssr")]
pub use app::shell;

/// Makes the server-rendered document act.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    use leptos::prelude::*;
    let data = document()
        .get_element_by_id(data::PageData::ELEMENT)
        .and_then(|element| element.text_content())
        .and_then(|json| serde_json::from_str::<data::PageData>(&json).ok())
        .expect("the server puts the page's data into every document");
    hydrate_body(move || {
        provide_context(data);
        App()
    });
}
