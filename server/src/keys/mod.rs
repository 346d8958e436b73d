//! API keys, for backend jobs.

mod error;
mod model;
pub mod routes;
pub mod service;
mod store;

pub use self::{error::Error, model::Key};
