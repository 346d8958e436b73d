use std::fs::{File, read_dir};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::workspace::Workspace;

/// What `cargo run` adds for the program it starts. Build scripts that watch these
/// would otherwise build again each time the caller changes between a shell and xtask.
const OF_CARGO_RUN: [&str; 6] = [
    "CARGO_PKG_",
    "CARGO_MANIFEST_",
    "CARGO_BIN_",
    "CARGO_CRATE_",
    "CARGO_PRIMARY_PACKAGE",
    "OUT_DIR",
];

/// cargo of the toolchain in `rust-toolchain.toml`, in the workspace's folder.
pub fn cargo(workspace: &Workspace) -> Command {
    settle_waproto(&workspace.target);
    let mut command = plain("cargo", workspace);
    command.env("CARGO_TARGET_DIR", &workspace.target);
    command
}

/// Any program, in the workspace's folder and without what cargo added for xtask itself.
pub fn plain(program: impl AsRef<std::ffi::OsStr>, workspace: &Workspace) -> Command {
    let mut command = Command::new(program);
    command.current_dir(&workspace.root).env_remove("CARGO");
    for (key, _) in std::env::vars_os() {
        if OF_CARGO_RUN
            .iter()
            .any(|prefix| key.to_string_lossy().starts_with(prefix))
        {
            command.env_remove(key);
        }
    }
    command
}

/// The build script of `waproto` watches a file that it writes itself, so the second build of
/// all would compile it and everything above it once more: minutes. A file that is older than
/// the script's run counts as unchanged.
pub fn settle_waproto(target: &Path) {
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(86_400);
    for profile in ["debug", "release"] {
        let Ok(built) = read_dir(target.join(profile).join("build")) else {
            continue;
        };
        for folder in built.flatten() {
            if folder.file_name().to_string_lossy().starts_with("waproto-") {
                let written = folder.path().join("out/whatsapp.local.desc");
                if let Ok(file) = File::options().write(true).open(written) {
                    // Where it cannot be set, the build takes longer once.
                    let _ = file.set_modified(long_ago);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waprotos_script_wrote_counts_as_unchanged() {
        let target = tempfile::tempdir().unwrap();
        let out = target.path().join("debug/build/waproto-1a2b/out");
        std::fs::create_dir_all(&out).unwrap();
        let written = out.join("whatsapp.local.desc");
        let other = out.join("whatsapp.rs");
        std::fs::write(&written, "x").unwrap();
        std::fs::write(&other, "x").unwrap();
        let before = other.metadata().unwrap().modified().unwrap();
        settle_waproto(target.path());
        assert!(written.metadata().unwrap().modified().unwrap() < before);
        assert_eq!(other.metadata().unwrap().modified().unwrap(), before);
    }
}
