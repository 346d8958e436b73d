//! What benchmarks share: the programs under measurement, and what the system
//! knows of them.

pub mod library;
pub mod linking;
pub mod machine;
pub mod measure;
pub mod program;
pub mod server;
pub mod simulator;
pub mod socket;
pub mod stage;
pub mod subject;
pub mod waits;
