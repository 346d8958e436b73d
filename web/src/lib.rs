//! The page: rendered on the server, hydrated in the browser, live through
//! Socket.IO.
//!
//! Every page is a bundle of its own (`src/bin`): a program that names its page
//! only, so that the linker leaves the others out. Its size counts still (a whole
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
pub mod pages;
mod wire;

#[cfg(feature = "ssr")]
pub use app::shell;
#[cfg(feature = "hydrate")]
pub use app::{start, start_with};
