//! `cargo xtask bench outbox`: what a message costs on its way through the queue,
//! from the request to WhatsApp's acknowledgement. Measured from outside, as
//! `bench sessions` does it; beside it, the bare library sending as fast as it
//! can.
#![allow(clippy::print_stdout)]

mod accept;
#[path = "../bench/mod.rs"]
#[allow(dead_code, reason = "benchmarks share it, and each uses a part")]
mod bench;
mod chain;
mod fill;
mod idle;
mod load;
mod report;
mod results;
mod rows;
mod scenarios;
mod targets;

use anyhow::{Context as _, Result};
use bench::{Role, database, machine};
use clap::{Parser, ValueEnum};
use std::{path::PathBuf, process::ExitCode, time::Duration};

/// What messages cost.
#[derive(Parser)]
struct Arguments {
    /// A short run: fewer messages and rows
    #[arg(long)]
    quick: bool,
    /// On which databases [default: all that there are]
    #[arg(long, value_enum, value_delimiter = ',')]
    on: Option<Vec<database::Database>>,
    /// Which measurements [default: all]
    #[arg(long, value_enum, value_delimiter = ',')]
    parts: Option<Vec<Part>>,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// `POST /api/messages`
    Accept,
    /// From the request to WhatsApp's acknowledgement
    Chain,
    /// One message when nothing else happens
    Idle,
    /// One message among many rows
    Rows,
    /// The bare library
    Library,
}

/// How much and how long.
pub struct Plan {
    pub parts: Vec<Part>,
    /// Of load at a steady rate.
    pub steady: Duration,
    /// Messages at each number of sessions.
    pub messages: usize,
    pub rows: Vec<usize>,
}

impl Plan {
    pub fn has(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }
}

fn main() -> ExitCode {
    let mut arguments = Arguments::parse();
    let role = arguments.role.take();
    bench::run(role, measure_all(&arguments))
}

async fn measure_all(arguments: &Arguments) -> Result<()> {
    let quick = arguments.quick;
    let every_part = || Part::value_variants().to_vec();
    let plan = Plan {
        parts: arguments.parts.clone().unwrap_or_else(every_part),
        steady: Duration::from_secs(if quick { 5 } else { 20 }),
        messages: if quick { 2_000 } else { 10_000 },
        rows: if quick {
            vec![1_000, 100_000]
        } else {
            vec![1_000, 100_000, 1_000_000]
        },
    };
    let folder =
        PathBuf::from(std::env::var("BENCH_DIR").unwrap_or_else(|_| "target/bench".into()));
    std::fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    let databases = match &arguments.on {
        Some(wanted) => wanted.clone(),
        None => database::at_hand(),
    };
    let machine = machine::describe(&folder)?;
    let results = scenarios::run(&plan, &databases, &folder).await;
    let report = report::Report::new(machine, results);
    println!("{}", report.text());
    let file = folder.join("outbox.json");
    std::fs::write(file, serde_json::to_vec_pretty(&report)?)?;
    println!("Written to outbox.json in the folder of results.");
    anyhow::ensure!(
        report.complete(),
        "not everything could be measured: see above"
    );
    Ok(())
}
