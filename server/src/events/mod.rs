//! The ledger: every fact about an account, numbered, in the transaction of the
//! fact itself. From here facts go out to whoever listens.

mod bus;
mod store;

pub use bus::{Bus, Recorded};
pub use store::{after, newest, record};
