//! People: sign-up, sign-in, and the browsers they are signed in with.

mod attempts;
mod error;
pub mod model;
mod password;
pub mod routes;
pub mod service;
mod store;

pub use self::{attempts::Attempts, error::Error, password::Passwords, store::lock};
