//! What benchmarks share: how they run, the programs under measurement, and what
//! the system knows of them.

pub mod database;
pub mod disk;
pub mod http;
pub mod library;
pub mod linking;
pub mod load;
pub mod machine;
pub mod measure;
pub mod program;
pub mod server;
pub mod simulator;
pub mod socket;
pub mod stage;
pub mod subject;
pub mod table;
pub mod targets;
pub mod waits;

use anyhow::Result;
use clap::Subcommand;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

/// What the program is instead of a benchmark.
#[derive(Subcommand)]
pub enum Role {
    /// Be the bare library under measurement (the benchmark starts this itself)
    #[command(hide = true)]
    Library(library::Options),
}

/// Runs a benchmark, or what it is instead.
pub fn run(role: Option<Role>, benchmark: impl Future<Output = Result<()>>) -> ExitCode {
    match start(role, benchmark) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(role: Option<Role>, benchmark: impl Future<Output = Result<()>>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    match role {
        Some(Role::Library(options)) => runtime.block_on(library::run(options)),
        None => runtime.block_on(async {
            let mut terminate = signal(SignalKind::terminate())?;
            tokio::select! {
                done = benchmark => done,
                // Dropped halfway, so that the processes under measurement end too.
                _ = terminate.recv() => anyhow::bail!("asked to stop"),
                _ = tokio::signal::ctrl_c() => anyhow::bail!("asked to stop"),
            }
        }),
    }
}
