//! From bytes on the socket to stanzas and back.

pub mod certificates;
pub mod connection;
pub mod frames;
pub mod noise;
