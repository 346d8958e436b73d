//! What was measured. Memory in MB of 1,048,576 bytes.

use crate::bench::{database::Database, subject::Kind, waits::Waits};
use serde::Serialize;

#[derive(Default, Serialize)]
pub struct Results {
    pub servers: Vec<OfServer>,
    pub libraries: Vec<OfLibrary>,
    /// What could not be measured, and why.
    pub failures: Vec<String>,
}

#[derive(Serialize)]
pub struct OfServer {
    pub database: Database,
    pub accepts: Vec<Accept>,
    pub chains: Vec<Chain>,
    pub idle: Option<Idle>,
    pub rows: Vec<Rows>,
}

#[derive(Serialize)]
pub struct OfLibrary {
    pub kind: Kind,
    pub chains: Vec<Chain>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Accept {
    pub how: How,
    pub per_second: f64,
    pub waits: Waits,
    /// Of the server, for 1,000 messages; where they are sent meanwhile, with
    /// that.
    pub cpu_s_per_1000: f64,
    /// 4 KiB of the benchmark's own, meanwhile.
    pub disk_longest_ms: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// At a steady rate; the account is not connected.
    Held,
    /// At a steady rate, while messages are sent.
    Sending,
    /// As fast as it answers; the accounts are not connected.
    Fastest,
}

#[derive(Debug, Clone, Serialize)]
pub struct Chain {
    pub sessions: usize,
    pub messages: usize,
    pub per_second: f64,
    /// Processor time for 1,000 messages: what is measured, and the simulator.
    pub cpu_s_per_1000: f64,
    pub simulator_cpu_s_per_1000: f64,
    pub rss_before_mb: f64,
    /// The most while they were sent.
    pub rss_mb: f64,
}

#[derive(Debug, Clone, Serialize)]
pub struct Idle {
    /// From the request to the recipient's phone.
    pub to_phone: Waits,
}

#[derive(Debug, Clone, Serialize)]
pub struct Rows {
    pub rows: usize,
    pub kind: RowsKind,
    pub accept: Waits,
    pub to_phone: Waits,
    pub cpu_s_per_1000: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowsKind {
    /// Sent long ago.
    Sent,
    /// Waiting in the queue of the same account.
    Waiting,
}
