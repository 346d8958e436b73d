//! What was promised, and whether it is kept.

use super::table::figure;
use serde::Serialize;
use std::fmt::{Result, Write};

#[derive(Serialize)]
pub struct Target {
    pub what: String,
    pub bound: Bound,
    pub unit: &'static str,
    pub measured: Option<f64>,
    /// `None`: it was not measured in this run.
    pub reached: Option<bool>,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

impl Bound {
    fn holds(self, measured: f64) -> bool {
        match self {
            Self::AtMost(bound) => measured <= bound,
            Self::AtLeast(bound) => measured >= bound,
        }
    }
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> Result {
        match self {
            Self::AtMost(bound) => write!(f, "≤ {bound}"),
            Self::AtLeast(bound) => write!(f, "≥ {bound}"),
        }
    }
}

impl Target {
    pub fn new(
        what: impl Into<String>,
        bound: Bound,
        unit: &'static str,
        measured: Option<f64>,
    ) -> Self {
        Self {
            what: what.into(),
            bound,
            unit,
            measured,
            reached: measured.map(|measured| bound.holds(measured)),
        }
    }

    /// Its cells: what, what was to be reached, what was, and the verdict.
    pub fn cells(&self) -> [String; 4] {
        let verdict = match self.reached {
            Some(true) => "reached",
            Some(false) => "**not reached**",
            None => "not measured",
        };
        let Self { bound, unit, .. } = self;
        [
            self.what.clone(),
            format!("{bound} {unit}"),
            format!("{} {unit}", figure(self.measured)),
            verdict.to_owned(),
        ]
    }
}

pub fn table(text: &mut String, targets: &[Target]) -> Result {
    writeln!(
        text,
        "| target | to reach | measured | |\n|---|---|---|---|"
    )?;
    for target in targets {
        writeln!(text, "| {} |", target.cells().join(" | "))?;
    }
    Ok(())
}
