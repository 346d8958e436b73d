//! One message to many: a list of recipients, checked as a whole, whose rows
//! become messages in the outbox a few at a time.

mod check;
pub mod csv;
mod error;
mod feeder;
mod model;
mod pattern;
mod result;
pub mod routes;
pub mod rows;
mod service;
mod store;
pub mod template;

pub use error::Error;
pub use feeder::{Bell, feed};
