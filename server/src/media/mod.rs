//! Files to send, and those that came in: taken in, looked into, kept on the volume
//! as long as they may be needed.

mod error;
mod fetched;
mod look;
mod model;
mod page;
mod preview;
mod retention;
pub mod routes;
mod service;
mod shelf;
mod store;
mod turns;

pub use error::Error;
pub use retention::tidy_up;
pub use service::Library;
pub use shelf::{Blank, Incoming, Whole};
