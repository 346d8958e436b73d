//! Which messages a list shows.

mod store;

pub use store::{Selection, list};
