//! The server. `app.rs` wires it; each feature is a folder.

pub mod config;
pub mod platform;
