use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::cargo::{cargo, plain};
use crate::step::note;
use crate::supervisor::Supervisor;
use crate::workspace::Workspace;

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "wasm-release";

/// The name that Leptos asks for when LEPTOS_OUTPUT_NAME is set.
const MODULE: &str = "web.wasm";

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

/// Compiles the page and hands back the raw module.
pub fn compile(
    workspace: &Workspace,
    supervisor: &mut Supervisor,
    toolchain: &str,
) -> Result<PathBuf> {
    let mut build = cargo(workspace);
    build
        .arg(format!("+{toolchain}"))
        .args(["build", "--package", "whahook-web", "--lib"])
        .args(["--target", TARGET, "--profile", PROFILE])
        .args(["--no-default-features", "--features", "hydrate"])
        // `+NAME` must win over the toolchain that this very xtask was built with.
        .env_remove("RUSTUP_TOOLCHAIN");
    supervisor.run("cargo build (page)", &mut build)?;
    Ok(workspace
        .target
        .join(TARGET)
        .join(PROFILE)
        .join("whahook_web.wasm"))
}

/// Writes `web.js`, `web.wasm` and the snippets into `folder`.
///
/// No wasm-opt after it: it made the module a sixth smaller and, compressed with brotli,
/// six per cent larger (binaryen 132, -Oz, -O2 and -Os), and what counts is what is loaded.
pub fn bind(module: &Path, folder: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(module)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        // The page passes the module's address itself; a wrong default would only hide a mistake.
        .omit_default_module_path(true)
        .out_name("web");
    bindgen
        .generate(folder)
        .context("wasm-bindgen (its version in Cargo.toml must be that of Cargo.lock)")?;
    fs::rename(folder.join("web_bg.wasm"), folder.join(MODULE))?;
    Ok(())
}
