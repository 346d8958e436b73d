//! A chat's line: who is first in it, and who joins it at a time.

mod store;

pub use store::{join, line_up, promote, set_place, wake};
