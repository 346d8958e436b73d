//! The ledger: every fact about an account, numbered, in the transaction of the
//! fact itself. From here facts go out to whoever listens or asks.

mod bus;
mod positions;
pub mod reading;
mod retention;
pub mod routes;
pub mod schema;
mod store;
mod stream;

pub use bus::{Bus, Recorded, at};
pub use retention::{once as remove_old, tidy_up};
pub use store::{after, append, give_back, newest, record, record_all, reserve, reserve_all};
