//! Stores in folders of their own.

use crate::client::store::{
    SessionStore, StorePool,
    disk::{Disk, FILE},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use whatsapp_rust::{
    Jid,
    wacore::store::{Device, traits::DeviceStore},
    waproto::whatsapp::ADVSignedDeviceIdentity,
};

pub struct Volume {
    pub folder: TempDir,
    pub pool: Arc<StorePool>,
}

impl Volume {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            pool: Arc::new(StorePool::start().unwrap()),
        }
    }

    pub fn session(&self, name: &str) -> PathBuf {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// A store whose device a phone has accepted.
    pub async fn linked(&self, name: &str) -> Arc<SessionStore> {
        let store = self.pool.open(&self.session(name)).await.unwrap();
        store.save(&accepted()).await.unwrap();
        store
    }

    /// The same after the process has ended and begun anew.
    pub async fn restarted(&mut self, name: &str) -> Arc<SessionStore> {
        self.pool = Arc::new(StorePool::start().unwrap());
        self.pool.open(&self.session(name)).await.unwrap()
    }
}

/// A device as it is after a phone has scanned its code.
pub fn accepted() -> Device {
    let mut device = Device::new();
    device.pn = Some("593980000001:7@s.whatsapp.net".parse::<Jid>().unwrap());
    device.account = Some(Arc::new(ADVSignedDeviceIdentity::default()));
    device
}

pub fn file(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// What is in the file, read by another connection.
pub fn opened(folder: &Path) -> Disk {
    Disk::open(folder).unwrap()
}

pub async fn until(what: &str, mut so: impl FnMut() -> bool) {
    let by = Instant::now() + Duration::from_secs(10);
    while !so() {
        assert!(Instant::now() < by, "not within 10 s: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
