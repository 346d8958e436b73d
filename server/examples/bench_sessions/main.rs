//! `cargo xtask bench sessions`: what sessions cost, in memory, threads, files
//! and time. Measured from outside: the shipped binary and the simulator in
//! processes of their own, driven through their public interfaces. Beside it,
//! the bare library in a process of its own.
#![allow(clippy::print_stdout)]

#[path = "../bench/mod.rs"]
#[allow(dead_code, reason = "benchmarks share it, and each uses a part")]
mod bench;
mod burst;
mod outage;
mod report;
mod results;
mod scenarios;
mod targets;

use anyhow::{Context as _, Result};
use bench::{Role, machine, subject::Kind};
use clap::{Parser, ValueEnum};
use results::Results;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

/// What sessions cost.
#[derive(Parser)]
struct Arguments {
    /// Sessions at each step, ascending
    #[arg(long, value_delimiter = ',')]
    steps: Option<Vec<usize>>,
    /// A short run: few sessions, short windows; says little about memory
    #[arg(long)]
    quick: bool,
    /// What is measured [default: all]
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Option<Vec<Kind>>,
    /// Which measurements [default: all]
    #[arg(long, value_enum, value_delimiter = ',')]
    parts: Option<Vec<Part>>,
    /// Seconds without anything to do, over which idle cost is measured
    #[arg(long)]
    idle: Option<u64>,
    /// Keep what an earlier run has measured and this one does not
    #[arg(long)]
    keep: bool,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Sessions step by step, restore after a kill, an outage of WhatsApp
    Steps,
    /// Many people clicking within one second
    Clicks,
    /// Many messages in one go
    Burst,
}

/// How large and how long.
pub struct Plan {
    pub steps: Vec<usize>,
    pub parts: Vec<Part>,
    pub idle: Duration,
    pub outage: Duration,
    /// Until a burst's memory must have gone back.
    pub cooling: Duration,
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
    let seconds = |full, short| Duration::from_secs(if quick { short } else { full });
    let steps = arguments.steps.clone().unwrap_or_else(|| {
        if quick {
            vec![1, 50]
        } else {
            vec![1, 50, 200, 1000]
        }
    });
    let plan = Plan {
        steps,
        parts: arguments
            .parts
            .clone()
            .unwrap_or_else(|| vec![Part::Steps, Part::Clicks, Part::Burst]),
        idle: arguments
            .idle
            .map_or_else(|| seconds(25, 5), Duration::from_secs),
        outage: seconds(30, 5),
        cooling: seconds(180, 30),
    };
    let kinds = arguments
        .only
        .clone()
        .unwrap_or_else(|| Kind::value_variants().to_vec());
    let folder =
        PathBuf::from(std::env::var("BENCH_DIR").unwrap_or_else(|_| "target/bench".into()));
    std::fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    let machine = machine::describe(&folder)?;
    let mut all = Vec::new();
    for kind in kinds {
        let mut results = Results::of(kind);
        scenarios::run(kind, &plan, &folder, &mut results).await;
        all.push(results);
    }
    let file = folder.join("sessions.json");
    if arguments.keep {
        complete(&mut all, &file)?;
    }
    let report = report::Report::new(machine, all);
    println!("{}", report.text());
    std::fs::write(&file, serde_json::to_vec_pretty(&report)?)?;
    println!("Written to sessions.json in the folder of results.");
    anyhow::ensure!(
        report.complete(),
        "not everything could be measured: see above"
    );
    Ok(())
}

fn complete(all: &mut Vec<Results>, file: &Path) -> Result<()> {
    let earlier: report::Earlier = match std::fs::read(file) {
        Ok(json) => serde_json::from_slice(&json)?,
        Err(_) => return Ok(()),
    };
    for earlier in earlier.results {
        match all.iter_mut().find(|now| now.subject == earlier.subject) {
            Some(now) => now.complete_with(earlier),
            None => all.push(earlier),
        }
    }
    all.sort_by_key(|results| results.subject as usize);
    Ok(())
}
