//! Webhooks: events of the ledger, sent to addresses of programs.
//!
//! What is sent stands in the ledger. For each webhook and account a position
//! says how far the ledger has been turned into deliveries; both move in one
//! transaction, so none is skipped. A delivery is tried until it arrives or has
//! been tried for a day. Order is kept within a chat: only the first of those
//! that wait in its lane is sent.

pub mod attempt;
mod checks;
mod deliveries;
mod dispatch;
mod error;
mod model;
pub mod replies;
pub mod routes;
mod service;
mod signing;
mod store;
mod tidy;
mod worker;

pub use self::{
    dispatch::{Dispatcher, dispatch},
    error::Error,
    service::every as list,
    store::needed_from,
    tidy::tidy_up,
};
