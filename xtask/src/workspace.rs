use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Where the project, its build output and its page are.
pub struct Workspace {
    pub root: PathBuf,
    pub target: PathBuf,
}

impl Workspace {
    pub fn find() -> Result<Self> {
        // Asked of cargo at each run: clones may share a target folder, and with it
        // this program.
        let own = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        let root = own
            .parent()
            .context("xtask lies inside the workspace")?
            .to_path_buf();
        // cargo put this very program at <target>/<profile>/xtask.
        let target = std::env::current_exe()
            .context("finding xtask's own file")?
            .ancestors()
            .nth(2)
            .context("xtask lies two levels below the target folder")?
            .to_path_buf();
        Ok(Self { root, target })
    }

    /// What the server serves beside its own routes: `manifest.json`, `pkg/`, public files.
    pub fn site(&self) -> PathBuf {
        self.target.join("site")
    }

    pub fn binary(&self, name: &str, release: bool) -> PathBuf {
        let profile = if release { "release" } else { "debug" };
        self.target.join(profile).join(name)
    }

    /// A folder that the person gave on the command line is meant from where they stand.
    pub fn volume(&self, given: Option<&Path>, default: &str) -> Result<PathBuf> {
        match given {
            Some(path) => {
                std::path::absolute(path).with_context(|| format!("--volume {}", path.display()))
            }
            None => Ok(self.root.join(default)),
        }
    }
}
