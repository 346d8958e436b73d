//! Content hashes: of what the page is built from, and of what came out.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use crate::workspace::Workspace;

/// Everything that can change the page. The lock file stands for all of crates.io.
const SOURCES: [&str; 8] = [
    "web",
    "contract",
    "Cargo.toml",
    "Cargo.lock",
    ".cargo/config.toml",
    "rust-toolchain.toml",
    "xtask/src/page",
    "xtask/wasm-toolchain.sh",
];

const SHORT: usize = 16;

pub fn fingerprint(workspace: &Workspace) -> Result<String> {
    let mut hash = Sha256::new();
    for source in SOURCES {
        add(&mut hash, &workspace.root, &workspace.root.join(source))?;
    }
    Ok(hex::encode(hash.finalize()))
}

pub fn hash_folder(folder: &Path) -> Result<String> {
    let mut hash = Sha256::new();
    add(&mut hash, folder, folder)?;
    let mut text = hex::encode(hash.finalize());
    text.truncate(SHORT);
    Ok(text)
}

fn add(hash: &mut Sha256, root: &Path, path: &Path) -> Result<()> {
    for file in files(path)? {
        let name = file.strip_prefix(root).unwrap_or(&file);
        let content = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        hash.update(name.as_os_str().as_encoded_bytes());
        hash.update(content.len().to_le_bytes());
        hash.update(content);
    }
    Ok(())
}

/// All files at or below `path` in a stable order; none if it is not there.
pub fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in WalkDir::new(path).sort_by_file_name() {
        let entry = entry?;
        if entry.file_type().is_file() {
            found.push(entry.into_path());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_byte_a_new_name_and_a_moved_boundary_all_change_the_hash() {
        let of = |entries: &[(&str, &str)]| {
            let folder = tempfile::tempdir().unwrap();
            for (name, content) in entries {
                fs::write(folder.path().join(name), content).unwrap();
            }
            hash_folder(folder.path()).unwrap()
        };
        let base = of(&[("a", "12"), ("b", "3")]);
        assert_eq!(base, of(&[("a", "12"), ("b", "3")]));
        assert_ne!(base, of(&[("a", "13"), ("b", "3")]));
        assert_ne!(base, of(&[("a", "12"), ("c", "3")]));
        assert_ne!(base, of(&[("a", "1"), ("b", "23")]));
    }
}
