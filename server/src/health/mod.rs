//! For monitors: is it alive, is it ready, how is it.

mod checks;
pub mod routes;
mod store;
