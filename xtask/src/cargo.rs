use std::process::Command;

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
