//! A device on the volume: one folder, the library's SQLite store in it.

use super::{
    events::Events,
    link::{ClientLink, supervise},
    runtime::SpannedRuntime,
    transport::Dialler,
    version::Version,
};
use crate::port::{Connection, Device, Ending, LinkEvent, StoreError};
use async_trait::async_trait;
use std::{
    path::Path,
    sync::{Arc, Mutex, OnceLock, atomic::Ordering},
};
use tokio::sync::{mpsc, oneshot};
use tracing::Instrument;
use whatsapp_rust::{
    bot::Bot,
    store::{Backend, SqliteStore},
    wacore::store::DevicePropsOverride,
    waproto::whatsapp::device_props::PlatformType,
};

/// One-time keys made and uploaded at a time. WhatsApp Web's 812 take seconds
/// of a small machine at every new link; WhatsApp asks for more as they go.
const PRE_KEYS: usize = 50;

pub struct StoredDevice {
    backend: Arc<dyn Backend>,
    dialler: Dialler,
    version: Arc<Version>,
}

impl StoredDevice {
    pub async fn open(
        folder: &Path,
        dialler: Dialler,
        version: Arc<Version>,
    ) -> Result<Self, StoreError> {
        let file = folder.join("device.db");
        let file = file
            .to_str()
            .ok_or_else(|| StoreError::Other(format!("{} is not UTF-8", file.display())))?;
        let store = SqliteStore::new(file)
            .await
            .map_err(|error| StoreError::Other(error.to_string()))?;
        Ok(Self {
            backend: Arc::new(store),
            dialler,
            version,
        })
    }
}

#[async_trait]
impl Device for StoredDevice {
    async fn connect(&self) -> Result<Connection, StoreError> {
        let (out, events) = mpsc::unbounded_channel();
        let ending = Arc::new(Mutex::new(None));
        let (failed, dial_failed) = oneshot::channel();
        let built = Arc::new(OnceLock::new());

        // Without a version the library would fetch one for each connect and
        // keep a failure to itself.
        let version = match self.version.get().await {
            Ok(version) => version,
            Err(detail) => {
                let _ = out.send(LinkEvent::Ended(Ending::Unreachable { detail }));
                return Ok(Connection {
                    link: Arc::new(super::link::NoLink),
                    events,
                });
            }
        };

        let bot = Bot::builder()
            .with_backend_arc(self.backend.clone())
            .with_transport_factory(self.dialler.once(failed))
            .with_runtime(SpannedRuntime::current())
            .with_version(version)
            .with_wanted_pre_key_count(PRE_KEYS)
            .with_device_props(
                DevicePropsOverride::new()
                    .with_os("WhaHook")
                    .with_platform_type(PlatformType::DESKTOP),
            )
            .skip_history_sync()
            .with_event_handler(Events::new(out.clone(), ending.clone(), built.clone()))
            .build()
            .await
            .map_err(|error| StoreError::Other(error.to_string()))?;
        let client = bot.client();
        let _ = built.set(Arc::downgrade(&client));
        // Reconnecting is the session's: it tells people when and why. The
        // library's loop would wait up to 15 minutes without a word.
        client.enable_auto_reconnect.store(false, Ordering::Relaxed);

        let link = Arc::new(ClientLink::new(client.clone()));
        let version = self.version.clone();
        let supervised = supervise(bot, client, out, ending, dial_failed, version);
        tokio::spawn(supervised.in_current_span());
        Ok(Connection { link, events })
    }
}
