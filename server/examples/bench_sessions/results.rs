//! What was measured. Memory in MB of 1,048,576 bytes.

use crate::bench::{measure::Cost, subject::Kind, waits::Waits};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub struct Results {
    pub subject: Kind,
    /// After 200 people have chosen a password, one after the other and some
    /// together; measured in a process that ends then.
    pub signed_up_rss_mb: Option<f64>,
    /// Before the first session.
    pub empty: Option<Cost>,
    pub steps: Vec<Step>,
    pub restore: Option<Restore>,
    pub outage: Option<Outage>,
    pub clicks: Option<Clicks>,
    pub burst: Option<Burst>,
    /// What could not be measured, and why.
    pub failures: Vec<String>,
}

impl Results {
    pub fn of(subject: Kind) -> Self {
        Self {
            subject,
            signed_up_rss_mb: None,
            empty: None,
            steps: Vec::new(),
            restore: None,
            outage: None,
            clicks: None,
            burst: None,
            failures: Vec::new(),
        }
    }

    /// Takes over what an earlier run has measured and this one has not.
    pub fn complete_with(&mut self, earlier: Self) {
        if self.steps.is_empty() {
            self.empty = earlier.empty;
            self.steps = earlier.steps;
            self.restore = earlier.restore;
            self.outage = earlier.outage;
        }
        if self.clicks.is_none() {
            self.signed_up_rss_mb = earlier.signed_up_rss_mb;
            self.clicks = earlier.clicks;
        }
        self.burst = self.burst.take().or(earlier.burst);
    }

    pub fn step(&self, sessions: usize) -> Option<&Step> {
        self.steps.iter().find(|step| step.sessions == sessions)
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Step {
    pub sessions: usize,
    pub cost: Cost,
    /// Between the step before and this one, for each session.
    pub marginal_rss_mb: f64,
    pub qr: Waits,
    /// From the first click to the last session ready.
    pub all_ready_s: f64,
    /// Processor time in between: what is measured, and the simulator.
    pub cpu_s: f64,
    pub simulator_cpu_s: f64,
    pub handshakes_in_busiest_second: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Restore {
    pub sessions: usize,
    pub all_ready_s: f64,
    pub handshakes_in_busiest_second: u64,
    pub cost: Cost,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outage {
    pub sessions: usize,
    pub lasted_s: f64,
    /// Begun and refused while WhatsApp was out.
    pub handshakes_meanwhile: u64,
    /// During the outage and until all were ready.
    pub handshakes_in_busiest_second: u64,
    /// From the end of the outage.
    pub all_ready_s: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Clicks {
    pub people: usize,
    pub within_s: f64,
    pub qr: Waits,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Burst {
    pub sessions: usize,
    pub messages: usize,
    pub messages_per_second: f64,
    pub threads: usize,
    /// Above what it was before, for each session.
    pub growth_mb: f64,
    /// What of it is left once chats are idle, for each session.
    pub left_mb: f64,
    /// Until less than 1 MB a session was left.
    pub back_after_s: Option<f64>,
}
