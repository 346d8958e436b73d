//! The simulator against the real client crate.
#![allow(clippy::unwrap_used)]

mod baileys;
mod crash;
mod endings;
mod http;
mod linking;
mod media;
mod messages;
mod restart;
mod retries;
mod support;
