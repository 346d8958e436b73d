//! A device on the volume: one folder, our own store in it.

use super::{
    events::Events,
    incoming::{Beside, Hook, Inlet, take_beside},
    link::{ClientLink, Supervision, supervise},
    outgoing::Uploads,
    runtime::{LinkTasks, SpannedRuntime},
    store::{Flush, SessionStore, StorePool},
    timers::Timers,
    transport::Dialler,
    version::Version,
};
use crate::port::{Connection, Device, Ending, Intake, LinkEvent, StoreError};
use async_trait::async_trait;
use std::{
    path::Path,
    sync::{Arc, Mutex, OnceLock, Weak, atomic::Ordering},
    time::Duration,
};
use tokio::sync::{
    mpsc::{self, UnboundedSender},
    oneshot,
};
use tracing::Instrument;
use whatsapp_rust::{
    CacheConfig, CacheEntryConfig, Client, bot::Bot, wacore::store::DevicePropsOverride,
    waproto::whatsapp::device_props::PlatformType,
};

/// One-time keys made and uploaded at a time. WhatsApp Web's 812 take seconds
/// of a small machine at every new link; WhatsApp asks for more as they go.
const PRE_KEYS: usize = 50;

/// Chats whose incoming messages are worked on by a task of their own, each of
/// 31 KB. An idle one makes room for the next.
const CHAT_LANES: u64 = 16;
/// Peers whose Signal session has a lock of its own. One in use never goes.
const SESSION_LOCKS: u64 = 512;
/// People whose devices are known without asking the store; more than a group
/// can have.
const DEVICE_LISTS: u64 = 1_100;
const GROUPS: u64 = 64;
const FRESH: Duration = Duration::from_secs(60 * 60);

/// The library's own are for one account a process.
fn caches() -> CacheConfig {
    CacheConfig {
        chat_lanes_capacity: CHAT_LANES,
        session_locks_capacity: SESSION_LOCKS,
        device_registry_cache: CacheEntryConfig::new(Some(FRESH), DEVICE_LISTS),
        group_cache: CacheEntryConfig::new(Some(FRESH), GROUPS),
        sender_key_devices_cache: CacheEntryConfig::new(Some(FRESH), GROUPS),
        seed_msg_secrets_from_history: false,
        ..CacheConfig::default()
    }
}

/// Hands the device to the store.
fn flush_of(built: Arc<OnceLock<Weak<Client>>>) -> Flush {
    Arc::new(move || {
        let client = built.get().and_then(Weak::upgrade);
        Box::pin(async move {
            if let Some(client) = client
                && let Err(error) = client.persistence_manager().flush().await
            {
                tracing::error!(%error, "The device could not be written.");
            }
        })
    })
}

/// Tell when the store fails, and end a client that could lose what it does.
async fn watch_store(
    store: Arc<SessionStore>,
    client: Weak<Client>,
    out: UnboundedSender<LinkEvent>,
) {
    let error = tokio::select! {
        error = store.failed() => error,
        () = out.closed() => return,
    };
    let _ = out.send(LinkEvent::StoreFailed(error));
    if let Some(client) = client.upgrade() {
        client.disconnect().await;
    }
}

pub struct StoredDevice {
    store: Arc<SessionStore>,
    dialler: Dialler,
    version: Arc<Version>,
    uploads: Uploads,
}

impl StoredDevice {
    pub async fn open(
        stores: &Arc<StorePool>,
        folder: &Path,
        dialler: Dialler,
        version: Arc<Version>,
        uploads: Uploads,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            store: stores.open(folder).await?,
            dialler,
            version,
            uploads,
        })
    }
}

#[async_trait]
impl Device for StoredDevice {
    async fn connect(&self, intake: Arc<dyn Intake>) -> Result<Connection, StoreError> {
        let (out, events) = mpsc::unbounded_channel();
        let ending = Arc::new(Mutex::new(None));
        let (failed, dial_failed) = oneshot::channel();
        let built = Arc::new(OnceLock::new());

        self.store.begin(flush_of(built.clone()));
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

        let tasks = LinkTasks::default();
        let wants_history = intake.wants_history().await;
        let inlet = Arc::new(Inlet {
            intake,
            store: self.store.clone(),
            ending: ending.clone(),
        });
        let (beside, come_beside) = mpsc::unbounded_channel();
        let bot = Bot::builder();
        let bot = if wants_history {
            bot
        } else {
            bot.skip_history_sync()
        };
        #[cfg(feature = "simulator")]
        let bot = bot.with_http_client(self.dialler.http());
        let bot = bot
            .with_backend_arc(self.store.clone())
            .with_cache_config(caches())
            .with_transport_factory(self.dialler.once(failed))
            .with_runtime(SpannedRuntime::current(tasks.clone()))
            .with_version(version)
            .with_wanted_pre_key_count(PRE_KEYS)
            .with_device_props(
                DevicePropsOverride::new()
                    .with_os("WhaHook")
                    .with_platform_type(PlatformType::DESKTOP),
            )
            .with_inbound_durability_hook(Hook(inlet.clone()))
            .with_event_handler(Beside::new(beside))
            .with_event_handler(Events::new(out.clone(), ending.clone(), built.clone()))
            .with_event_handler(Timers(self.store.clone()))
            .build()
            .await
            .map_err(|error| {
                let failure = self.store.failure();
                failure.unwrap_or_else(|| StoreError::Other(error.to_string()))
            })?;
        let client = bot.client();
        let _ = built.set(Arc::downgrade(&client));
        // Reconnecting is the session's: it tells people when and why. The
        // library's loop would wait up to 15 minutes without a word.
        client.enable_auto_reconnect.store(false, Ordering::Relaxed);

        tokio::spawn(
            watch_store(self.store.clone(), Arc::downgrade(&client), out.clone()).in_current_span(),
        );
        let client_of_link = Arc::downgrade(&client);
        tokio::spawn(take_beside(come_beside, inlet, client_of_link).in_current_span());
        let link = Arc::new(ClientLink::new(
            client.clone(),
            self.store.clone(),
            self.uploads.clone(),
        ));
        let supervision = Supervision {
            out,
            ending,
            dial_failed,
            version: self.version.clone(),
            tasks,
        };
        tokio::spawn(supervise(bot, client, supervision).in_current_span());
        Ok(Connection { link, events })
    }
}
