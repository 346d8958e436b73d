//! The server. `app.rs` wires it; each feature is a folder.

pub mod accounts;
pub mod app;
pub mod cli;
pub mod config;
pub mod events;
pub mod health;
pub mod http;
pub mod input;
pub mod keys;
pub mod outbox;
pub mod realtime;
pub mod sessions;
pub mod pages;
pub mod platform;
pub mod users;

pub use app::App;
