use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use super::inputs;
use crate::cargo::{cargo, plain};
use crate::step::note;
use crate::supervisor::Supervisor;
use crate::workspace::Workspace;

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "wasm-release";

/// The programs of the page, one a bundle.
const PROGRAMS: &str = "web/src/bin";

/// The name of a toolchain, for `cargo +NAME`, that can build for the browser.
pub fn toolchain(workspace: &Workspace, supervisor: &mut Supervisor) -> Result<String> {
    supervisor.go_on()?;
    let script = workspace.root.join("xtask/wasm-toolchain.sh");
    let output = plain("bash", workspace)
        .arg(script)
        .stderr(Stdio::inherit())
        .output()
        .context("running xtask/wasm-toolchain.sh (needs bash)")?;
    supervisor.go_on()?;
    if !output.status.success() {
        bail!("no toolchain for {TARGET}: the lines above say what was missing");
    }
    let name = String::from_utf8(output.stdout)?.trim().to_owned();
    note(&name);
    Ok(name)
}

/// The names of all bundles.
pub fn bundles(workspace: &Workspace) -> Result<Vec<String>> {
    let programs = inputs::files(&workspace.root.join(PROGRAMS))?;
    let name = |program: &PathBuf| Some(program.file_stem()?.to_str()?.to_owned());
    Ok(programs.iter().filter_map(name).collect())
}

/// Compiles all bundles in one go: what they share is compiled once.
pub fn compile(
    workspace: &Workspace,
    supervisor: &mut Supervisor,
    toolchain: &str,
) -> Result<PathBuf> {
    let mut build = cargo(workspace);
    build
        .arg(format!("+{toolchain}"))
        .args(["build", "--package", "whahook-web", "--bins"])
        .args(["--target", TARGET, "--profile", PROFILE])
        .args(["--no-default-features", "--features", "hydrate"])
        // `+NAME` must win over the toolchain that this very xtask was built with.
        .env_remove("RUSTUP_TOOLCHAIN");
    supervisor.run("cargo build (page)", &mut build)?;
    Ok(workspace.target.join(TARGET).join(PROFILE))
}

/// Writes `<bundle>.js`, `<bundle>.wasm` and the snippets into `folder`.
///
/// No wasm-opt after it: it made the module a sixth smaller and, compressed with brotli,
/// six per cent larger (binaryen 132, -Oz, -O2 and -Os), and what counts is what is loaded.
pub fn bind(bundle: &str, compiled: &Path, folder: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(compiled.join(bundle).with_extension("wasm"))
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        // The page passes the module's address itself; a wrong default would only hide a mistake.
        .omit_default_module_path(true)
        .out_name(bundle);
    bindgen
        .generate(folder)
        .context("wasm-bindgen (its version in Cargo.toml must be that of Cargo.lock)")?;
    let module = folder.join(format!("{bundle}_bg.wasm"));
    fs::rename(module, folder.join(format!("{bundle}.wasm")))?;
    Ok(())
}
