//! Sessions: one actor each, one state each, kept alive around the clock.

mod actor;
mod admission;
mod backoff;
mod endings;
mod error;
mod handshakes;
mod keepalive;
mod linking;
mod manager;
mod passkey;
mod phone;
mod qr;
mod renewal;
pub mod routes;
mod state;
mod store;
mod supervise;
mod volume;

pub use admission::SessionLimits;
pub use error::Error;
pub use handshakes::Handshakes;
pub use manager::{Context, Sessions};
pub use renewal::Renewal;
pub use store::warning;
pub use volume::SessionFolders;
