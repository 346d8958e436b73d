//! The port on whatsapp-rust.

mod device;
mod events;
mod incoming;
mod link;
mod outgoing;
mod passkey;
mod people;
mod runtime;
#[cfg(feature = "simulator")]
mod simulated_http;
mod store;
mod timers;
mod transport;
mod version;

pub use incoming::{Said, beside, history, said};

use crate::port::{Device, Gateway, StoreError};
use async_trait::async_trait;
use outgoing::Uploads;
use std::{io, path::Path, sync::Arc};
use store::StorePool;
use transport::Dialler;
use version::Version;

/// Where WhatsApp is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// The real one.
    WhatsApp,
    /// A simulator's WebSocket.
    #[cfg(feature = "simulator")]
    Simulator(String),
}

/// The gateway to WhatsApp.
pub struct WhatsApp {
    dialler: Dialler,
    version: Arc<Version>,
    stores: Arc<StorePool>,
    uploads: Uploads,
}

impl WhatsApp {
    /// # Errors
    /// The system starts no more threads.
    pub fn new(endpoint: &Endpoint) -> io::Result<Self> {
        Ok(Self {
            stores: Arc::new(StorePool::start()?),
            uploads: Uploads::default(),
            dialler: Dialler::new(endpoint),
            version: Arc::new(match endpoint {
                Endpoint::WhatsApp => Version::fetched(),
                #[cfg(feature = "simulator")]
                Endpoint::Simulator(_) => Version::fixed(),
            }),
        })
    }
}

#[async_trait]
impl Gateway for WhatsApp {
    async fn open(&self, folder: &Path) -> Result<Arc<dyn Device>, StoreError> {
        let (dialler, version) = (self.dialler.clone(), self.version.clone());
        let uploads = self.uploads.clone();
        let device = device::StoredDevice::open(&self.stores, folder, dialler, version, uploads);
        let device = device.await?;
        Ok(Arc::new(device))
    }
}
