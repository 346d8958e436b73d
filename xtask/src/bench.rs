use std::fs;
use std::process::ExitCode;

use anyhow::Result;

use crate::cargo::{cargo, plain};
use crate::commands::SHARED;
use crate::step::step;
use crate::supervisor::Supervisor;
use crate::workspace::Workspace;

const UNKNOWN: u8 = 2;

#[derive(clap::Args)]
pub struct Options {
    /// Which one; without a name the existing ones are listed
    name: Option<String>,
    /// Passed on to the benchmark
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// A benchmark NAME is the server's example `bench_NAME`: it prints a table and
/// writes `$BENCH_DIR/NAME.json`. Server and simulator lie built beside it.
const PREFIX: &str = "bench_";

pub fn run(
    workspace: &Workspace,
    supervisor: &mut Supervisor,
    options: &Options,
) -> Result<ExitCode> {
    let names = existing(workspace);
    let Some(name) = options.name.as_ref().filter(|name| names.contains(name)) else {
        match &options.name {
            Some(name) => eprintln!("there is no benchmark '{name}'"),
            None => eprintln!("which benchmark?"),
        }
        if names.is_empty() {
            eprintln!("no benchmark exists yet");
        } else {
            eprintln!("those that exist: {}", names.join(", "));
        }
        return Ok(ExitCode::from(UNKNOWN));
    };
    let example = format!("{PREFIX}{name}");
    step(
        "Building the release of server, simulator and benchmark",
        || {
            let mut build = cargo(workspace);
            build
                .args(["build", "--release"])
                .args(SHARED)
                .args(["--bins", "--example", &example]);
            supervisor.run("cargo build", &mut build)
        },
    )?;
    let results = workspace.target.join("bench");
    fs::create_dir_all(&results)?;
    let program = workspace.target.join("release/examples").join(&example);
    let mut bench = plain(program, workspace);
    bench.args(&options.arguments).env("BENCH_DIR", results);
    supervisor.run(name, &mut bench)?;
    Ok(ExitCode::SUCCESS)
}

fn existing(workspace: &Workspace) -> Vec<String> {
    let Ok(examples) = fs::read_dir(workspace.root.join("server/examples")) else {
        return Vec::new();
    };
    let mut names: Vec<String> = examples
        .flatten()
        .filter_map(|entry| {
            let file = entry.file_name().into_string().ok()?;
            let name = file.strip_prefix(PREFIX)?;
            let name = match entry.path().join("main.rs").is_file() {
                true => name,
                false => name.strip_suffix(".rs")?,
            };
            Some(name.to_owned())
        })
        .collect();
    names.sort();
    names
}
