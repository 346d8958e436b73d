//! The port on whatsapp-rust.

mod device;
mod events;
mod link;
mod runtime;
mod transport;
mod version;

use crate::port::{Device, Gateway, StoreError};
use async_trait::async_trait;
use std::{path::Path, sync::Arc};
use tokio::sync::Semaphore;
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

/// How many connections may be dialled at the same time. More at once would
/// only make each slower, and a storm after an outage is what WhatsApp
/// punishes.
const CONCURRENT_DIALS: usize = 32;

/// The gateway to WhatsApp.
pub struct WhatsApp {
    dialler: Dialler,
    version: Arc<Version>,
}

impl WhatsApp {
    pub fn new(endpoint: &Endpoint) -> Self {
        let limiter = Arc::new(Semaphore::new(CONCURRENT_DIALS));
        Self {
            dialler: Dialler::new(endpoint, limiter),
            version: Arc::new(match endpoint {
                Endpoint::WhatsApp => Version::fetched(),
                #[cfg(feature = "simulator")]
                Endpoint::Simulator(_) => Version::fixed(),
            }),
        }
    }
}

#[async_trait]
impl Gateway for WhatsApp {
    async fn open(&self, folder: &Path) -> Result<Arc<dyn Device>, StoreError> {
        let device =
            device::StoredDevice::open(folder, self.dialler.clone(), self.version.clone()).await?;
        Ok(Arc::new(device))
    }
}
