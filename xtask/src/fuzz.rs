//! `cargo xtask fuzz`: what the network and people can send us, made up by libFuzzer.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::cargo::{cargo, plain, settle_waproto};
use crate::setup::{self, Tool};
use crate::step::step;
use crate::supervisor::Supervisor;
use crate::workspace::Workspace;

const VERSION: &str = "0.13.2";
/// libFuzzer itself is C++.
const CXX: Tool = Tool {
    program: "c++",
    variable: "CXX",
    package: "g++",
    folders: &[],
};
/// Apart from the workspace: its packages are compiled with instruments.
const FOLDER: &str = "fuzz";
/// What is fuzzed has no unsafe code, so a sanitizer would find nothing more. Without one
/// every stable compiler will do, whether its sanitizers' runtimes are there or not. And it is
/// fuzzed as it is: no `cfg(fuzzing)`, with which dependencies leave things out.
const BUILD: [&str; 5] = [
    "--dev",
    "--sanitizer",
    "none",
    "--no-cfg-fuzzing",
    "--fuzz-dir",
];
/// An input that takes longer is a fault too.
const INPUT_WITHIN_S: u32 = 10;
/// Longer inputs are slower and no more surprising.
const LONGEST: u32 = 4096;
/// For how long each target is tried, where nobody says more.
pub const SECONDS: u32 = 20;

#[derive(clap::Args)]
pub struct Options {
    /// What to try; everything, one after the other, where it is absent
    target: Option<String>,
    /// For how long each is tried
    #[arg(long, default_value_t = SECONDS)]
    seconds: u32,
}

pub fn run(workspace: &Workspace, supervisor: &mut Supervisor, options: &Options) -> Result<()> {
    let mut targets = existing(workspace)?;
    if let Some(wanted) = &options.target {
        if !targets.contains(wanted) {
            bail!(
                "there is no '{wanted}'; those that exist: {}",
                targets.join(", ")
            );
        }
        targets.retain(|target| target == wanted);
    }
    all(workspace, supervisor, &targets, options.seconds)
}

/// Each for a while.
pub fn all(
    workspace: &Workspace,
    supervisor: &mut Supervisor,
    targets: &[String],
    seconds: u32,
) -> Result<()> {
    setup::ensure(workspace, supervisor, &[&CXX])?;
    let program = step("Finding cargo-fuzz", || program(workspace, supervisor))?;
    let built = workspace.target.join(FOLDER);
    for folder in fs::read_dir(&built).into_iter().flatten().flatten() {
        settle_waproto(&folder.path());
    }
    let fuzz = |arguments: &[&str]| -> Command {
        let mut command = plain(&program, workspace);
        command
            .args(arguments)
            .args(BUILD)
            .arg(FOLDER)
            .arg("--target-dir")
            .arg(&built);
        command
    };
    step("Building what is fuzzed", || {
        supervisor.run("cargo fuzz build", &mut fuzz(&["build"]))
    })?;
    for target in targets {
        step(&format!("Fuzzing {target} for {seconds} s"), || {
            let mut run = fuzz(&["run", target]);
            for corpus in corpora(workspace, target)? {
                run.arg(corpus);
            }
            run.arg("--").args([
                format!("-max_total_time={seconds}"),
                format!("-timeout={INPUT_WITHIN_S}"),
                format!("-max_len={LONGEST}"),
                "-verbosity=0".to_owned(),
                "-print_final_stats=1".to_owned(),
            ]);
            supervisor.run("cargo fuzz run", &mut run)
        })?;
    }
    Ok(())
}

/// Each file of the folder is one.
pub fn existing(workspace: &Workspace) -> Result<Vec<String>> {
    let folder = workspace.root.join(FOLDER).join("fuzz_targets");
    let files = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut targets: Vec<String> = files
        .flatten()
        .filter_map(|file| {
            let name = file.file_name().into_string().ok()?;
            Some(name.strip_suffix(".rs")?.to_owned())
        })
        .collect();
    targets.sort();
    Ok(targets)
}

/// Inputs to begin with: what earlier runs found on this machine, where new ones are put,
/// and those that belong to the project.
fn corpora(workspace: &Workspace, target: &str) -> Result<[PathBuf; 2]> {
    let found = workspace.target.join("fuzz-corpus").join(target);
    fs::create_dir_all(&found)?;
    let seeds = workspace.root.join(FOLDER).join("seeds").join(target);
    if fs::read_dir(&seeds).is_ok_and(|mut seeds| seeds.next().is_some()) {
        return Ok([found, seeds]);
    }
    bail!("{} has no input to begin with", seeds.display())
}

/// The one installed before, or one that is compiled now.
fn program(workspace: &Workspace, supervisor: &mut Supervisor) -> Result<PathBuf> {
    let folder = workspace
        .target
        .join("tools")
        .join(format!("cargo-fuzz-{VERSION}"));
    let program = folder.join("bin/cargo-fuzz");
    if !program.is_file() {
        install(workspace, supervisor, &folder)?;
    }
    Ok(program)
}

fn install(workspace: &Workspace, supervisor: &mut Supervisor, folder: &Path) -> Result<()> {
    let mut install = cargo(workspace);
    install
        .args(["install", "cargo-fuzz", "--locked", "--quiet"])
        .args(["--version", VERSION, "--root"])
        .arg(folder);
    supervisor.run("cargo install cargo-fuzz", &mut install)
}
