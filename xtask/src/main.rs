//! Everything the README promises: `cargo xtask run | demo | simulator | test | fuzz | bench`.

mod bench;
mod cargo;
mod commands;
mod deny;
mod fuzz;
mod page;
mod ports;
mod process;
mod python;
mod release;
mod services;
mod setup;
mod step;
mod supervisor;
mod tests;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::supervisor::{Interrupted, Supervisor};
use crate::workspace::Workspace;

/// Sets up, builds, starts and tests WhaHook.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build server and page and start them against the real WhatsApp
    Run(commands::RunOptions),
    /// The same with the simulator beside it: no phone and no internet needed
    Demo(commands::DemoOptions),
    /// Start the simulator alone
    Simulator(commands::SimulatorOptions),
    /// Set up what is missing and run every test
    Test(tests::Options),
    /// Make up what the network and people could send, and see that nothing panics
    Fuzz(fuzz::Options),
    /// Run a benchmark
    Bench(bench::Options),
    /// Build the page alone
    Page,
    /// Prove that a release build has neither the simulator nor certificate skipping
    CheckRelease,
    /// Check licences, sources, bans and, where its database can be reached, advisories
    Deny,
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            if let Some(interrupted) = error.downcast_ref::<Interrupted>() {
                return interrupted.exit_code();
            }
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find()?;
    let mut supervisor = Supervisor::install()?;
    match command {
        Command::Run(options) => commands::run(&workspace, &mut supervisor, &options),
        Command::Demo(options) => commands::demo(&workspace, &mut supervisor, &options),
        Command::Simulator(options) => commands::simulator(&workspace, &mut supervisor, &options),
        Command::Test(options) => tests::run(&workspace, &mut supervisor, &options),
        Command::Fuzz(options) => {
            fuzz::run(&workspace, &mut supervisor, &options)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Bench(options) => bench::run(&workspace, &mut supervisor, &options),
        Command::Page => {
            page::build(&workspace, &mut supervisor)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::CheckRelease => {
            release::check(&workspace)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Deny => {
            deny::check(&workspace, &mut supervisor)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
