//! What the features stand on. Wall clock and randomness are reached only here.

pub mod clock;
pub mod db;
pub mod fetch;
pub mod ids;
pub mod lifecycle;
pub mod memory;
pub mod redis;
pub mod seal;
pub mod secrets;
pub mod telemetry;
