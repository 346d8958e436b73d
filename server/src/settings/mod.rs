//! What a person sets for themselves.

pub mod routes;
pub mod service;
mod store;
