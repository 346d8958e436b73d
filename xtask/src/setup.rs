//! Debian's and npm's packages that tests need.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::cargo::plain;
use crate::step::step;
use crate::supervisor::Supervisor;
use crate::workspace::Workspace;

/// A program that a test needs, and how it comes onto the machine.
pub struct Tool {
    pub program: &'static str,
    /// The variable that names it when it is somewhere else.
    pub variable: &'static str,
    pub package: &'static str,
    /// Folders that are not on PATH, with at most one `*` for a version.
    pub folders: &'static [&'static str],
}

pub fn on_path(program: &str) -> bool {
    find_on_path(program).is_some()
}

fn find_on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

impl Tool {
    pub fn find(&self) -> Option<PathBuf> {
        if let Some(given) = std::env::var_os(self.variable) {
            return Some(PathBuf::from(given));
        }
        // Folders first: a wrapper on PATH may be something else of the same name.
        self.folders
            .iter()
            .flat_map(|folder| expand(folder))
            .map(|folder| folder.join(self.program))
            .find(|file| file.is_file())
            .or_else(|| find_on_path(self.program))
    }
}

/// The folders that `pattern` names, the highest version first.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else {
        return vec![PathBuf::from(pattern)];
    };
    let Ok(entries) = fs::read_dir(before) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    found.sort_by_key(|path| {
        let name = path.file_name().map(|it| it.to_string_lossy().into_owned());
        std::cmp::Reverse(name.and_then(|it| it.parse::<u32>().ok()))
    });
    found
        .into_iter()
        .map(|path| path.join(after.trim_start_matches('/')))
        .collect()
}

/// Installs what is missing with apt-get, or says what to install.
pub fn ensure(workspace: &Workspace, supervisor: &mut Supervisor, tools: &[&Tool]) -> Result<()> {
    let missing: Vec<&Tool> = tools
        .iter()
        .filter(|tool| tool.find().is_none())
        .copied()
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    install(workspace, supervisor, &missing)
}

/// Installs the packages of tools, also where the programs are there already.
pub fn install(
    workspace: &Workspace,
    supervisor: &mut Supervisor,
    missing: &[&Tool],
) -> Result<()> {
    let packages: Vec<&str> = missing.iter().map(|tool| tool.package).collect();
    step(&format!("Installing {}", packages.join(", ")), || {
        apt_install(workspace, supervisor, &packages).with_context(|| cure(missing))
    })?;
    match missing.iter().find(|tool| tool.find().is_none()) {
        Some(tool) => bail!(
            "{} is installed but {} is not found",
            tool.package,
            tool.program
        ),
        None => Ok(()),
    }
}

fn cure(missing: &[&Tool]) -> String {
    let packages: Vec<&str> = missing.iter().map(|tool| tool.package).collect();
    let variables: Vec<&str> = missing.iter().map(|tool| tool.variable).collect();
    format!(
        "install {} yourself, or name the programs with {}",
        packages.join(", "),
        variables.join(", ")
    )
}

fn apt_install(
    workspace: &Workspace,
    supervisor: &mut Supervisor,
    packages: &[&str],
) -> Result<()> {
    if !on_path("apt-get") {
        bail!("apt-get is not available here");
    }
    let as_root = |arguments: &[&str]| {
        let mut command = if rustix::process::geteuid().is_root() {
            plain("apt-get", workspace)
        } else {
            // Never asks for a password: it could not be typed in here.
            let mut sudo = plain("sudo", workspace);
            sudo.args(["-n", "apt-get"]);
            sudo
        };
        command
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(Stdio::null());
        command
    };
    supervisor.run("apt-get update", &mut as_root(&["update", "-qq"]))?;
    let mut arguments = vec!["install", "-yqq", "--no-install-recommends"];
    arguments.extend(packages);
    supervisor.run("apt-get install", &mut as_root(&arguments))
}

/// `npm ci`, unless the lock file is still the one that was installed last.
pub fn npm_ci(workspace: &Workspace, supervisor: &mut Supervisor, folder: &Path) -> Result<()> {
    let lock = folder.join("package-lock.json");
    if !lock.exists() {
        return Ok(());
    }
    let wanted = fs::read(&lock)?;
    let stamp = folder.join("node_modules/.installed-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let name = folder.strip_prefix(&workspace.root).unwrap_or(folder);
    step(
        &format!("Installing npm packages of {}", name.display()),
        || {
            if !on_path("npm") {
                bail!(
                    "npm is not available here: install Node.js 20 or newer (Debian: nodejs, npm)"
                );
            }
            let mut npm = plain("npm", workspace);
            npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
            .current_dir(folder)
            // The browser is Debian's.
            .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
            supervisor.run("npm ci", &mut npm)
        },
    )?;
    fs::write(stamp, wanted)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_version_of_a_folder_comes_first() {
        let root = tempfile::tempdir().unwrap();
        for version in ["9", "15", "13"] {
            fs::create_dir_all(root.path().join(version).join("bin")).unwrap();
        }
        let pattern = format!("{}/*/bin", root.path().display());
        let found = expand(&pattern);
        let versions: Vec<_> = found
            .iter()
            .map(|path| path.strip_prefix(root.path()).unwrap().to_str().unwrap())
            .collect();
        assert_eq!(versions, ["15/bin", "13/bin", "9/bin"]);
    }

    #[test]
    fn a_missing_tool_is_named_with_its_package_and_its_variable() {
        let tool = Tool {
            program: "no-such-program",
            variable: "NO_SUCH_PROGRAM_BIN",
            package: "no-such-package",
            folders: &["/nowhere/*/bin"],
        };
        assert!(tool.find().is_none());
        let cure = cure(&[&tool]);
        assert!(cure.contains("no-such-package"), "{cure}");
        assert!(cure.contains("NO_SUCH_PROGRAM_BIN"), "{cure}");
    }
}
