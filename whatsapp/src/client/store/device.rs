//! The device itself.

use super::{
    rows::Space,
    session::{Result, SessionStore, decoded, encoded, library},
};
use async_trait::async_trait;
use whatsapp_rust::wacore::store::{Device, traits::DeviceStore};

/// There is one device in a store.
const NUMBER: i32 = 1;

#[async_trait]
impl DeviceStore for SessionStore {
    async fn save(&self, device: &Device) -> Result<()> {
        let accepted = device.pn.is_some() && device.account.is_some();
        self.keep_device(encoded(device)?, accepted).await
    }

    async fn load(&self) -> Result<Option<Device>> {
        let device = self.read(|rows| rows.get(Space::Device, &[])).await?;
        let device = device.map(|device| decoded(&device)).transpose();
        device.map_err(|error| library(self.fail(error)))
    }

    async fn exists(&self) -> Result<bool> {
        let device = self.read(|rows| rows.get(Space::Device, &[])).await?;
        Ok(device.is_some())
    }

    async fn create(&self) -> Result<i32> {
        if !self.exists().await? {
            self.save(&Device::new()).await?;
        }
        Ok(NUMBER)
    }
}
