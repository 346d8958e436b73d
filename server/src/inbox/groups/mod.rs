//! Groups: who is in them and what they are called, asked of WhatsApp once and kept
//! up to date by what it tells.

mod job;
mod members;
pub mod routes;
mod service;
mod store;

pub use job::learn;
