//! The folder that must survive restarts.

use super::vars::Vars;
use std::path::PathBuf;

#[derive(Debug, Clone)]
pub struct Volume {
    /// `VOLUME_DIR`: SQLite's file, and the sessions under `sessions/`.
    pub dir: PathBuf,
}

impl Volume {
    pub(super) fn read(vars: &mut Vars<'_>) -> Self {
        Self {
            dir: vars.text("VOLUME_DIR").unwrap_or("volumes").into(),
        }
    }

    /// The folder that holds a folder for each session.
    #[must_use]
    pub fn sessions(&self) -> PathBuf {
        self.dir.join("sessions")
    }
}
