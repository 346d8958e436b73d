//! A chat's line: who is first in it, and who joins it at a time.

mod store;

pub use store::{Chat, First, firsts, is_in_use, join, line_up, promote, set_place, wake};
