//! What the features stand on. Wall clock and randomness are reached only here.

pub mod clock;
pub mod db;
pub mod ids;
