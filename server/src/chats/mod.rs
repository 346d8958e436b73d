//! Who is on WhatsApp, and what the other side sees of an account besides its
//! messages: that somebody types, that they were read, whether it is online.

pub mod routes;
mod service;
