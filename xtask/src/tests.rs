//! `cargo xtask test`: every test, and before it everything that the tests need.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::cargo::{cargo, plain};
use crate::commands;
use crate::fuzz;
use crate::page;
use crate::python;
use crate::services::{Durability, POSTGRES, REDIS, Services};
use crate::setup::{self, Tool};
use crate::step::step;
use crate::supervisor::Supervisor;
use crate::workspace::Workspace;

const CHROMIUM: Tool = Tool {
    program: "chromium",
    variable: "CHROMIUM_BIN",
    package: "chromium",
    folders: &[],
};

const BROWSER_TESTS: &str = "e2e";
const NODE_CLIENT_TESTS: &str = "simulator/tests/baileys";
/// Tests that take a core for themselves, and so run apart from all others.
const DESCRIBED: &str = "described::";
const FEATURES: &str = "whahook/simulator";

#[derive(clap::Args)]
pub struct Options {
    /// Only this kind
    #[arg(long)]
    only: Option<Kind>,
    /// Only tests whose name contains this
    #[arg(last = true)]
    name: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Rust,
    Browser,
    /// The server's API against its own description
    Api,
    /// What can be sent to us, made up by libFuzzer
    Fuzz,
}

impl Options {
    fn wants(&self, kind: Kind) -> bool {
        self.only.is_none_or(|only| only == kind)
    }
}

pub fn run(
    workspace: &Workspace,
    supervisor: &mut Supervisor,
    options: &Options,
) -> Result<ExitCode> {
    if options.only == Some(Kind::Fuzz) {
        fuzz_all(workspace, supervisor)?;
        return Ok(ExitCode::SUCCESS);
    }
    setup::ensure(workspace, supervisor, &[&REDIS, &POSTGRES, &CHROMIUM])?;
    for folder in [BROWSER_TESTS, NODE_CLIENT_TESTS] {
        setup::npm_ci(workspace, supervisor, &workspace.root.join(folder))?;
    }
    python::ensure(workspace, supervisor)?;
    page::build(workspace, supervisor)?;
    if options.wants(Kind::Rust) || options.wants(Kind::Api) {
        // Builds the programs as well: integration tests start them.
        step("Building the tests", || {
            supervisor.run(
                "cargo test --no-run",
                cargo_test(workspace).args(["--no-run", "--quiet"]),
            )
        })?;
    } else {
        commands::build_demo(workspace, supervisor, false)?;
    }

    let services = Services::start(workspace, supervisor, Durability::None)?;
    let outcome = run_all(workspace, supervisor, options, &services);
    services.stop()?;
    outcome?;
    if options.wants(Kind::Fuzz) && options.name.is_empty() {
        fuzz_all(workspace, supervisor)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn fuzz_all(workspace: &Workspace, supervisor: &mut Supervisor) -> Result<()> {
    let targets = fuzz::existing(workspace)?;
    fuzz::all(workspace, supervisor, &targets, fuzz::SECONDS)
}

fn run_all(
    workspace: &Workspace,
    supervisor: &mut Supervisor,
    options: &Options,
    services: &Services,
) -> Result<()> {
    let environment = environment(workspace, services)?;
    if options.wants(Kind::Rust) {
        step("Rust tests", || {
            let mut product = cargo_test(workspace);
            product.envs(environment.clone()).args(&options.name);
            supervisor.run("cargo test", &mut product)?;
            let mut own = cargo(workspace);
            own.args(["test", "--package", "xtask", "--"])
                .args(&options.name);
            supervisor.run("cargo test --package xtask", &mut own)
        })?;
    }
    if options.wants(Kind::Api) && options.name.is_empty() {
        step("The API against its own description", || {
            let mut described = cargo_test(workspace);
            described
                .args(["--test", "it", "--", "--ignored", DESCRIBED])
                .args(["--test-threads", "1"])
                .envs(environment.clone());
            supervisor.run("cargo test --test it", &mut described)
        })?;
    }
    let folder = workspace.root.join(BROWSER_TESTS);
    if options.wants(Kind::Browser) && folder.join("package.json").exists() {
        step("Browser tests", || {
            let mut npm = plain("npm", workspace);
            npm.args(["test", "--silent"])
                .current_dir(folder)
                .envs(environment);
            if let Some(name) = options.name.first() {
                npm.args(["--", "--test-name-pattern", name]);
            }
            supervisor.run("npm test", &mut npm)
        })?;
    }
    Ok(())
}

fn cargo_test(workspace: &Workspace) -> Command {
    let mut command = cargo(workspace);
    command
        .args(["test", "--workspace", "--exclude", "xtask"])
        .args(["--features", FEATURES]);
    command
}

/// What tests may rely on. A test that needs one of these and does not find it
/// (under a plain `cargo test`) says so and is skipped.
fn environment(workspace: &Workspace, services: &Services) -> Result<Vec<(&'static str, PathBuf)>> {
    let python = python::programs(workspace);
    Ok(vec![
        ("TEST_REDIS_URL", services.redis_url.clone().into()),
        ("TEST_DATABASE_URL", services.database_url.clone().into()),
        ("REDIS_SERVER_BIN", services.redis_server.clone()),
        ("POSTGRES_BIN_DIR", services.postgres_folder.clone()),
        ("CHROMIUM_BIN", CHROMIUM.find().context("chromium is gone")?),
        ("WHAHOOK_NODE_TESTS", "1".into()),
        ("WHAHOOK_BIN", workspace.binary("whahook", false)),
        (
            "SIMULATOR_BIN",
            workspace.binary("whahook-simulator", false),
        ),
        ("SITE_DIR", workspace.site()),
        ("SCHEMATHESIS_BIN", python.join("schemathesis")),
        ("PYTHON_WITH_REDIS", python.join("python")),
    ])
}
