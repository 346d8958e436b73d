//! What happened to an account, for people to read: every fact that changes its
//! session or itself passes here on its way into the ledger.

mod model;
pub mod routes;
mod service;
mod store;
mod uptime;

pub use service::{by, record, server_stops};
