//! Files to send: taken in, looked into, kept on the volume as long as a message
//! may need them.

mod error;
mod model;
pub mod routes;
mod service;
mod store;

pub use error::Error;
pub use service::Library;
