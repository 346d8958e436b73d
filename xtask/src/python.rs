//! Python's packages that tests need, in a virtual environment of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result};

use crate::cargo::plain;
use crate::setup::{self, Tool};
use crate::step::step;
use crate::supervisor::Supervisor;
use crate::workspace::Workspace;

const PYTHON: Tool = Tool {
    program: "python3",
    variable: "PYTHON_BIN",
    package: "python3-venv",
    folders: &[],
};

/// Where the environment's programs are.
pub fn programs(workspace: &Workspace) -> PathBuf {
    folder(workspace).join("bin")
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("tools/python")
}

/// Makes the environment, unless it has the packages that are listed now.
pub fn ensure(workspace: &Workspace, supervisor: &mut Supervisor) -> Result<()> {
    let list = workspace.root.join("xtask/python/requirements.txt");
    let wanted = fs::read(&list).with_context(|| format!("reading {}", list.display()))?;
    let folder = folder(workspace);
    let stamp = folder.join("installed-requirements.txt");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    setup::ensure(workspace, supervisor, &[&PYTHON])?;
    // Debian has the module apart from the program.
    if !can_make_environments(workspace)? {
        setup::install(workspace, supervisor, &[&PYTHON])?;
    }
    step("Installing Python packages for tests", || {
        make(workspace, supervisor, &folder, &list)
    })?;
    fs::write(stamp, wanted)?;
    Ok(())
}

fn python() -> Result<PathBuf> {
    PYTHON.find().context("python3 is gone")
}

fn can_make_environments(workspace: &Workspace) -> Result<bool> {
    let mut look = plain(python()?, workspace);
    look.args(["-c", "import ensurepip, venv"])
        .stderr(Stdio::null());
    Ok(look.status().context("starting python3")?.success())
}

fn make(
    workspace: &Workspace,
    supervisor: &mut Supervisor,
    folder: &Path,
    list: &Path,
) -> Result<()> {
    let mut venv = plain(python()?, workspace);
    venv.args(["-m", "venv", "--clear"]).arg(folder);
    supervisor.run("python3 -m venv", &mut venv)?;
    let mut pip = plain(folder.join("bin/python"), workspace);
    pip.args(["-m", "pip", "install", "--quiet", "--no-input"])
        .args(["--disable-pip-version-check", "--requirement"])
        .arg(list);
    supervisor.run("pip install", &mut pip)
}
