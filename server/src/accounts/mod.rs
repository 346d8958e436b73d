//! WhatsApp numbers that people want connected, and whose they are.

mod error;
mod model;
pub mod routes;
pub mod service;
mod store;

pub use self::{
    error::Error,
    model::{Account, only},
};
