//! Builds the page for the browser into `<target>/site`:
//!
//! ```text
//! manifest.json            {"files": {"main.css": "/pkg/<hash>/main.css", …}, "modules": …}
//! pkg/<hash>/…             each bundle's script and module, and what all pages share,
//!                          with .br and .gz beside it
//! favicon.svg, …           web/public as it is
//! ```
//!
//! The hash is of the contents, so everything under `pkg/` may be cached for ever.

mod assets;
mod compress;
mod inputs;
mod wasm;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::step::{note, step};
use crate::supervisor::Supervisor;
use crate::workspace::Workspace;

/// Folders of `pkg/` that stay: the new one and the one that a running server still names.
const KEPT: usize = 2;

pub fn build(workspace: &Workspace, supervisor: &mut Supervisor) -> Result<()> {
    let site = workspace.site();
    let fingerprint = inputs::fingerprint(workspace)?;
    let stamp = site.join(".inputs");
    if fs::read_to_string(&stamp).is_ok_and(|built| built == fingerprint) {
        note("the page is up to date");
        return Ok(());
    }

    let toolchain = step("Finding a toolchain for wasm32-unknown-unknown", || {
        wasm::toolchain(workspace, supervisor)
    })?;
    let compiled = step("Compiling the page for the browser", || {
        wasm::compile(workspace, supervisor, &toolchain)
    })?;
    step("Putting the page together", || {
        fs::create_dir_all(&site).with_context(|| format!("creating {}", site.display()))?;
        let fresh = tempfile::tempdir_in(&site).context("creating a folder for the page")?;
        let bundles = wasm::bundles(workspace)?;
        for bundle in &bundles {
            supervisor.go_on()?;
            wasm::bind(bundle, &compiled, fresh.path())?;
        }
        assets::add_style(workspace, fresh.path())?;
        let hash = inputs::hash_folder(fresh.path())?;
        let first_load = compress::add_siblings(fresh.path(), supervisor)?;
        note(&first_load);
        publish(&site, fresh, &hash, &bundles)?;
        assets::copy_public(workspace, &site, supervisor)
    })?;
    fs::write(&stamp, fingerprint).context("noting what the page was built from")
}

/// Moves the finished folder to its hashed name and points the manifest at it.
fn publish(site: &Path, fresh: tempfile::TempDir, hash: &str, bundles: &[String]) -> Result<()> {
    let pkg = site.join("pkg");
    fs::create_dir_all(&pkg)?;
    let home = pkg.join(hash);
    if home.exists() {
        fs::remove_dir_all(&home)?;
    }
    fs::rename(fresh.keep(), &home).context("moving the page to its place")?;
    make_readable(&home)?;
    // Written beside and renamed: a server that starts now reads a whole one.
    let draft = site.join(".manifest.json");
    fs::write(&draft, assets::manifest(&home, hash, bundles)?)?;
    fs::rename(draft, site.join("manifest.json"))?;
    remove_old(&pkg)
}

/// A temporary folder is made for its owner alone; the image's server runs as somebody else.
fn make_readable(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

fn remove_old(pkg: &Path) -> Result<()> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(pkg)? {
        let entry = entry?;
        folders.push((entry.metadata()?.modified()?, entry.path()));
    }
    folders.sort();
    while folders.len() > KEPT {
        fs::remove_dir_all(folders.remove(0).1)?;
    }
    Ok(())
}
