//! The server. `app.rs` wires it; each feature is a folder.

// The types of a page nest as deeply as its elements do.
#![recursion_limit = "512"]

pub mod accounts;
pub mod activity;
pub mod app;
pub mod bulk;
pub mod chats;
pub mod cli;
pub mod config;
pub mod contacts;
pub mod conversations;
pub mod events;
pub mod health;
pub mod http;
pub mod inbox;
pub mod input;
pub mod keys;
pub mod media;
pub mod notices;
pub mod outbox;
pub mod pages;
pub mod platform;
pub mod realtime;
pub mod sessions;
pub mod settings;
pub mod users;
pub mod webhooks;

pub use app::App;
