//! Style sheet, public files and the manifest.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{compress, inputs};
use crate::supervisor::Supervisor;
use crate::workspace::Workspace;

const STYLE: &str = "web/style";
/// What one page alone needs: a file of its bundle's name.
const OWN_STYLES: &str = "web/style/pages";
const PUBLIC: &str = "web/public";

/// Writes `main.css` and each page's own style, their `@import "./other.css";` lines replaced
/// by what they name, and
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
    for own in inputs::files(&workspace.root.join(OWN_STYLES))? {
        let name = own.file_name().context("a style sheet has a name")?;
        fs::write(folder.join(name), inline_imports(&own)?)?;
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

/// What the server reads: the address of every file under `pkg/<hash>` by its plain name, and
/// the modules that each bundle's script imports.
pub fn manifest(folder: &Path, hash: &str, bundles: &[String]) -> Result<String> {
    let mut files = BTreeMap::new();
    for file in inputs::files(folder)? {
        let name = file.strip_prefix(folder)?.to_string_lossy().into_owned();
        if !compress::is_sibling(&name) {
            files.insert(name.clone(), format!("/pkg/{hash}/{name}"));
        }
    }
    let mut modules = BTreeMap::new();
    for bundle in bundles {
        modules.insert(bundle, imports(folder, bundle)?);
    }
    let manifest = serde_json::json!({ "files": files, "modules": modules });
    Ok(serde_json::to_string_pretty(&manifest)?)
}

/// The modules beside it that the bundle's script imports, as wasm-bindgen writes them.
pub fn imports(folder: &Path, bundle: &str) -> Result<Vec<String>> {
    let script = folder.join(format!("{bundle}.js"));
    let script = fs::read_to_string(&script).with_context(|| format!("reading {bundle}.js"))?;
    let lines = script.lines().filter(|line| line.starts_with("import "));
    let names = lines.filter_map(|line| {
        let (_, from) = line.split_once(" from ")?;
        let name = from.split(['"', '\'']).nth(1)?;
        Some(name.trim_start_matches("./").to_owned())
    });
    let mut names: Vec<_> = names.collect();
    names.sort();
    names.dedup();
    Ok(names)
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
    fn the_manifest_names_files_and_what_each_script_imports() {
        let folder = tempfile::tempdir().unwrap();
        let script = "import { io } from './snippets/a/js/socket.js';\nlet wasm;\n";
        fs::create_dir_all(folder.path().join("snippets/a/js")).unwrap();
        for (name, content) in [
            ("live.js", script),
            ("live.js.br", "x"),
            ("live.js.gz", "x"),
            ("quiet.js", "let wasm;"),
            ("snippets/a/js/socket.js", "x"),
        ] {
            fs::write(folder.path().join(name), content).unwrap();
        }
        let bundles = ["live".to_owned(), "quiet".to_owned()];
        let manifest = manifest(folder.path(), "abc", &bundles).unwrap();
        let read: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        assert_eq!(
            read,
            serde_json::json!({
                "files": {
                    "live.js": "/pkg/abc/live.js",
                    "quiet.js": "/pkg/abc/quiet.js",
                    "snippets/a/js/socket.js": "/pkg/abc/snippets/a/js/socket.js",
                },
                "modules": { "live": ["snippets/a/js/socket.js"], "quiet": [] },
            })
        );
    }
}
