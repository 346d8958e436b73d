//! Style sheet, public files and the manifest.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{compress, inputs};
use crate::supervisor::Supervisor;
use crate::workspace::Workspace;

const STYLE: &str = "web/style";
const PUBLIC: &str = "web/public";

/// Writes `main.css`, its `@import "./other.css";` lines replaced by what they name, and
/// beside it every other file of `web/style` and `web/public`: so `url("fonts/inter.woff2")`
/// in the style sheet finds a font that may be cached for ever.
pub fn add_style(workspace: &Workspace, folder: &Path) -> Result<()> {
    for source in [STYLE, PUBLIC] {
        let source = workspace.root.join(source);
        for file in inputs::files(&source)? {
            if file.extension().is_none_or(|it| it != "css") {
                copy_below(&source, &file, folder)?;
            }
        }
    }
    let main = workspace.root.join(STYLE).join("main.css");
    if main.exists() {
        fs::write(folder.join("main.css"), inline_imports(&main)?)?;
    }
    Ok(())
}

fn copy_below(from: &Path, file: &Path, to: &Path) -> Result<PathBuf> {
    let copy = to.join(file.strip_prefix(from)?);
    if let Some(parent) = copy.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::copy(file, &copy).with_context(|| format!("copying {}", file.display()))?;
    Ok(copy)
}

fn inline_imports(file: &Path) -> Result<String> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let folder = file.parent().context("a style sheet lies in a folder")?;
    let mut whole = String::with_capacity(text.len());
    for line in text.lines() {
        match line.trim().strip_prefix("@import") {
            None => whole.push_str(line),
            Some(rest) => match rest.split(['"', '\'']).nth(1) {
                Some(name) => whole.push_str(&inline_imports(&folder.join(name))?),
                None => bail!("{}: cannot read '{line}'", file.display()),
            },
        }
        whole.push('\n');
    }
    Ok(whole)
}

/// Puts `web/public` at the top of the site as well, for those whose names are fixed (robots.txt).
pub fn copy_public(workspace: &Workspace, site: &Path, supervisor: &mut Supervisor) -> Result<()> {
    let public = workspace.root.join(PUBLIC);
    for file in inputs::files(&public)? {
        supervisor.go_on()?;
        compress::add_siblings_of(&copy_below(&public, &file, site)?)?;
    }
    Ok(())
}

/// Maps the plain name of every file under `pkg/<hash>` to its address.
pub fn manifest(folder: &Path, hash: &str) -> Result<String> {
    let mut addresses = BTreeMap::new();
    for file in inputs::files(folder)? {
        let name = file.strip_prefix(folder)?.to_string_lossy().into_owned();
        if !compress::is_sibling(&name) {
            addresses.insert(name.clone(), format!("/pkg/{hash}/{name}"));
        }
    }
    Ok(serde_json::to_string_pretty(&addresses)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_of_a_style_sheet_are_replaced_by_what_they_name() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("parts")).unwrap();
        fs::write(
            folder.path().join("main.css"),
            "@import \"./parts/a.css\";\nbody{}\n",
        )
        .unwrap();
        fs::write(
            folder.path().join("parts/a.css"),
            "@import url('b.css');\na{}",
        )
        .unwrap();
        fs::write(folder.path().join("parts/b.css"), "b{}").unwrap();
        let css = inline_imports(&folder.path().join("main.css")).unwrap();
        let rules: Vec<&str> = css.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(rules, ["b{}", "a{}", "body{}"]);
    }

    #[test]
    fn the_manifest_names_files_and_not_their_compressed_siblings() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["web.js", "web.js.br", "web.js.gz"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        let manifest = manifest(folder.path(), "abc").unwrap();
        let read: BTreeMap<String, String> = serde_json::from_str(&manifest).unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!(read["web.js"], "/pkg/abc/web.js");
    }
}
