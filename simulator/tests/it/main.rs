//! The simulator against the real client crate.
#![allow(clippy::unwrap_used)]

mod baileys;
mod contacts;
mod crash;
mod endings;
mod groups;
mod http;
mod kinds;
mod linking;
mod media;
mod messages;
mod presence;
mod receiving;
mod restart;
mod retries;
mod support;
