use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::cargo::{cargo, plain};
use crate::setup;
use crate::step::note;
use crate::supervisor::Supervisor;
use crate::workspace::Workspace;

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "wasm-release";

/// The name that Leptos asks for when LEPTOS_OUTPUT_NAME is set.
const MODULE: &str = "web.wasm";

/// What browsers of the last years understand. Not `--all-features`: with it,
/// wasm-opt writes compact imports that Chromium refuses, and the page never
/// hydrates while its server-rendered HTML still looks fine.
const WASM_OPT: [&str; 7] = [
    "-Oz",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];
const BINARYEN: &str = "binaryen@132.0.0";

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

/// Runs npm's wasm-opt over the module; a machine without npm keeps the larger one.
pub fn shrink(workspace: &Workspace, supervisor: &mut Supervisor, folder: &Path) -> Result<()> {
    if !setup::on_path("npx") {
        note("no npm here: the page is not shrunk with wasm-opt (a fifth larger)");
        return Ok(());
    }
    let module = folder.join(MODULE);
    let before = fs::metadata(&module)?.len();
    let mut wasm_opt: Command = plain("npx", workspace);
    wasm_opt
        .args(["--yes", "--package", BINARYEN, "wasm-opt"])
        .args(WASM_OPT)
        .arg(&module)
        .arg("-o")
        .arg(&module);
    supervisor.run("wasm-opt", &mut wasm_opt)?;
    let after = fs::metadata(&module)?.len();
    note(&format!("wasm-opt: {before} → {after} bytes"));
    Ok(())
}
