//! Sessions: one actor each, one state each, kept alive around the clock.

mod actor;
mod backoff;
mod endings;
mod error;
mod keepalive;
mod linking;
mod manager;
mod qr;
pub mod routes;
mod state;
mod store;
mod volume;

pub use error::Error;
pub use manager::{Context, Sessions};
pub use store::warning;
pub use volume::SessionFolders;
