use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::cargo::{cargo, plain};
use crate::commands::SHARED;
use crate::services::{Durability, POSTGRES, REDIS, Services};
use crate::setup;
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
/// Those that need a Redis and a PostgreSQL.
const WITH_SERVICES: [&str; 2] = ["inbound", "outbox"];
const CHAOS: &str = "chaos";
/// Tests of the server that are too long for every run of the tests.
const CHAOS_TESTS: [&str; 2] = [
    "chaos::two_thousand_messages_survive_everything_at_once",
    "inbound_chaos::five_thousand_messages_come_in_once_while_the_server_is_killed_twenty_times",
];

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
        eprintln!("those that exist: {}", names.join(", "));
        return Ok(ExitCode::from(UNKNOWN));
    };
    let results = workspace.target.join("bench");
    fs::create_dir_all(&results)?;
    if name == CHAOS {
        chaos(workspace, supervisor, options, &results)?;
        return Ok(ExitCode::SUCCESS);
    }
    let services = match WITH_SERVICES.contains(&name.as_str()) {
        true => {
            setup::ensure(workspace, supervisor, &[&REDIS, &POSTGRES])?;
            Some(Services::start(workspace, supervisor, Durability::Full)?)
        }
        false => None,
    };
    let outcome = program(
        workspace,
        supervisor,
        options,
        name,
        &results,
        services.as_ref(),
    );
    if let Some(services) = services {
        services.stop()?;
    }
    outcome?;
    Ok(ExitCode::SUCCESS)
}

fn program(
    workspace: &Workspace,
    supervisor: &mut Supervisor,
    options: &Options,
    name: &str,
    results: &Path,
    services: Option<&Services>,
) -> Result<()> {
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
    let program = workspace.target.join("release/examples").join(&example);
    let mut bench = plain(program, workspace);
    bench.args(&options.arguments).env("BENCH_DIR", results);
    if let Some(services) = services {
        bench
            .env("BENCH_DATABASE_URL", &services.database_url)
            .env("BENCH_REDIS_URL", &services.redis_url);
    }
    supervisor.run(name, &mut bench)
}

/// One after the other.
fn chaos(
    workspace: &Workspace,
    supervisor: &mut Supervisor,
    options: &Options,
    results: &Path,
) -> Result<()> {
    setup::ensure(workspace, supervisor, &[&REDIS, &POSTGRES])?;
    let redis = REDIS.find().context("redis-server is gone")?;
    let initdb = POSTGRES.find().context("initdb is gone")?;
    let mut test = cargo(workspace);
    test.args(["test", "--quiet"])
        .args(SHARED)
        .args(["--test", "it", "--"])
        .args(CHAOS_TESTS)
        .args(["--ignored", "--exact", "--nocapture", "--test-threads", "1"])
        .args(&options.arguments)
        .env("REDIS_SERVER_BIN", redis)
        .env("POSTGRES_BIN_DIR", initdb.parent().context("in a folder")?)
        .env("BENCH_DIR", results);
    supervisor.run("chaos", &mut test)
}

fn existing(workspace: &Workspace) -> Vec<String> {
    let Ok(examples) = fs::read_dir(workspace.root.join("server/examples")) else {
        return Vec::new();
    };
    let examples = examples.flatten().filter_map(|entry| {
        let file = entry.file_name().into_string().ok()?;
        let name = file.strip_prefix(PREFIX)?;
        let name = match entry.path().join("main.rs").is_file() {
            true => name,
            false => name.strip_suffix(".rs")?,
        };
        Some(name.to_owned())
    });
    let mut names: Vec<String> = examples.chain([CHAOS.to_owned()]).collect();
    names.sort();
    names
}
