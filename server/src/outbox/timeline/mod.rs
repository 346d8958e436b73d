//! What happened to a message, step by step.

mod store;

pub use store::{Step, add_steps, timeline};
