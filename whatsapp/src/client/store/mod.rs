//! The devices' keys and Signal state: one folder a session, one small SQLite
//! file in it, and a few threads that write them all.
//!
//! - [`rows`]: what is kept, as rows of spaces; in memory until a phone has
//!   accepted the device
//! - [`disk`]: the file
//! - [`writers`]: the threads, their open files and group commit
//! - [`session`]: one session's store
//! - the other modules: the library's traits on it

mod app_sync;
mod device;
mod disk;
mod failure;
mod protocol;
mod rows;
mod secrets;
mod session;
mod signal;
mod timers;
mod writers;

#[cfg(test)]
mod tests;

pub use session::{Flush, SessionStore, StorePool};
