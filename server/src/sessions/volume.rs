//! The sessions' folders on the mounted volume.

use std::{
    io,
    path::{Path, PathBuf},
};
use whahook_contract::{Timestamp, ids::SessionId};

/// `<volume>/sessions`, one folder a session, for its owner's eyes only.
#[derive(Debug, Clone)]
pub struct SessionFolders {
    root: PathBuf,
    set_aside: PathBuf,
}

impl SessionFolders {
    #[must_use]
    pub fn new(volume: &Path) -> Self {
        Self {
            root: volume.join("sessions"),
            set_aside: volume.join("set-aside"),
        }
    }

    /// The folder of a session, made if it is missing.
    ///
    /// # Errors
    /// The volume cannot be written.
    pub fn create(&self, session: SessionId) -> io::Result<PathBuf> {
        let folder = self.root.join(session.to_string());
        private_folder(&folder)?;
        Ok(folder)
    }

    /// Move a session's data out of the way; it is kept for a person to look at.
    ///
    /// # Errors
    /// The volume cannot be written.
    pub fn set_aside(&self, session: SessionId, now: Timestamp) -> io::Result<()> {
        let folder = self.root.join(session.to_string());
        if !folder.exists() {
            return Ok(());
        }
        private_folder(&self.set_aside)?;
        let kept = format!("{session}_{}", now.format("%Y%m%dT%H%M%S%3fZ"));
        std::fs::rename(folder, self.set_aside.join(kept))
    }

    /// Delete a session's data.
    ///
    /// # Errors
    /// The volume cannot be written.
    pub fn delete(&self, session: SessionId) -> io::Result<()> {
        match std::fs::remove_dir_all(self.root.join(session.to_string())) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)?;
    // A folder restored from a backup may have come back with other rights.
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use whahook_contract::ids::{AccountId, UserId};

    fn session() -> SessionId {
        SessionId::new(
            UserId(uuid::Uuid::from_u128(1)),
            AccountId(uuid::Uuid::from_u128(2)),
        )
    }

    #[test]
    fn a_sessions_folder_has_its_name_and_only_its_owner_may_enter() {
        let volume = tempfile::tempdir().unwrap();
        let folder = SessionFolders::new(volume.path())
            .create(session())
            .unwrap();
        assert!(folder.ends_with(format!("sessions/{}", session())));
        let mode = folder.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn data_set_aside_is_kept_and_the_session_begins_anew() {
        let volume = tempfile::tempdir().unwrap();
        let folders = SessionFolders::new(volume.path());
        let folder = folders.create(session()).unwrap();
        std::fs::write(folder.join("device.db"), "keys").unwrap();
        folders.set_aside(session(), Timestamp::UNIX_EPOCH).unwrap();
        assert!(!folder.exists());
        let kept = volume.path().join(format!(
            "set-aside/{}_19700101T000000000Z/device.db",
            session()
        ));
        assert_eq!(std::fs::read_to_string(kept).unwrap(), "keys");
        folders.set_aside(session(), Timestamp::UNIX_EPOCH).unwrap();
    }
}
