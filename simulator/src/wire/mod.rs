//! From bytes on the socket to stanzas and back.

pub mod certificates;
pub mod connection;
mod delivery;
pub mod frames;
pub mod noise;
mod stream;
