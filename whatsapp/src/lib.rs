//! The port to WhatsApp: what the rest of the product knows of it. `client`
//! implements it and is the only place that names the client library.

mod client;
pub mod port;

pub use client::{Endpoint, Said, WhatsApp, beside, history, said};
