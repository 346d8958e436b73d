//! `cargo xtask bench inbound`: what a message costs on its way in, from a phone to
//! the ledger, to sockets and to webhooks, and what it takes to find it again.
//! Measured from outside, as `bench sessions` and `bench outbox` do it.
#![allow(clippy::print_stdout)]

#[path = "../bench/mod.rs"]
#[allow(dead_code, reason = "benchmarks share it, and each uses a part")]
mod bench;
mod fill;
mod latency;
mod ledger;
mod listeners;
mod phones;
mod reading;
mod receiver;
mod report;
mod results;
mod scenarios;
mod targets;
mod words;

use anyhow::{Context as _, Result};
use bench::{
    Role,
    database::{self, Database},
    machine,
};
use clap::{Parser, ValueEnum};
use std::{path::PathBuf, process::ExitCode, time::Duration};

/// What messages cost that come in.
#[derive(Parser)]
struct Arguments {
    /// A short run: fewer messages, sockets and rows
    #[arg(long)]
    quick: bool,
    /// On which databases [default: all that there are]
    #[arg(long, value_enum, value_delimiter = ',')]
    on: Option<Vec<Database>>,
    /// Which measurements [default: all]
    #[arg(long, value_enum, value_delimiter = ',')]
    parts: Option<Vec<Part>>,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// From phones to the ledger, as fast as it goes
    Ledger,
    /// From a phone to a socket and to a webhook, at a steady rate
    Latency,
    /// The same with many sockets listening
    Sockets,
    /// Lists, threads and the search among many messages
    Reading,
}

/// How much and how long.
pub struct Plan {
    pub parts: Vec<Part>,
    /// That come in as fast as they can.
    pub messages: usize,
    /// Of messages at a steady rate.
    pub steady: Duration,
    /// That listen, where many do.
    pub sockets: usize,
    /// That are there already.
    pub rows: usize,
    /// Requests of each kind.
    pub requests: usize,
}

fn main() -> ExitCode {
    let mut arguments = Arguments::parse();
    let role = arguments.role.take();
    bench::run(role, measure_all(&arguments))
}

async fn measure_all(arguments: &Arguments) -> Result<()> {
    let quick = arguments.quick;
    let plan = Plan {
        parts: match &arguments.parts {
            Some(parts) => parts.clone(),
            None => Part::value_variants().to_vec(),
        },
        messages: if quick { 2_000 } else { 20_000 },
        steady: Duration::from_secs(if quick { 5 } else { 30 }),
        sockets: if quick { 200 } else { 1_000 },
        rows: if quick { 50_000 } else { 1_000_000 },
        requests: if quick { 100 } else { 500 },
    };
    // Many sockets are open here too.
    rlimit::increase_nofile_limit(u64::MAX)?;
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
    let file = folder.join("inbound.json");
    std::fs::write(file, serde_json::to_vec_pretty(&report)?)?;
    println!("Written to inbound.json in the folder of results.");
    anyhow::ensure!(
        report.complete(),
        "not everything could be measured: see above"
    );
    Ok(())
}
