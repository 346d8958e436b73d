//! E-mail about accounts: a loss that lasts, an unlinking, and when it is over;
//! and about webhooks that were turned off.

mod job;
mod mail;
mod model;
mod service;
mod smtp;
mod store;
mod webhooks;
mod words;

pub use job::tell;
pub use service::follow;
pub use smtp::{Error, Mailer};
