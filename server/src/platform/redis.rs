//! Redis: useful, never needed. A server that cannot reach it works on.

use crate::config;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use std::time::Duration;

/// The default of half a second makes a busy moment look like a failure.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_RECONNECT_DELAY: Duration = Duration::from_secs(5);

/// A connection that mends itself. Cheap to clone.
#[derive(Clone)]
pub struct Redis(ConnectionManager);

impl Redis {
    /// Prepares the connection; it is made when it is first used.
    ///
    /// # Errors
    /// The address is wrong.
    pub fn new(config: &config::Redis) -> redis::RedisResult<Self> {
        let client = redis::Client::open(config.url.expose())?;
        let settings = ConnectionManagerConfig::new()
            .set_response_timeout(Some(RESPONSE_TIMEOUT))
            .set_max_delay(MAX_RECONNECT_DELAY);
        ConnectionManager::new_lazy_with_config(client, settings).map(Self)
    }

    #[must_use]
    pub fn connection(&self) -> ConnectionManager {
        self.0.clone()
    }

    /// # Errors
    /// Redis does not answer.
    pub async fn ping(&self) -> redis::RedisResult<()> {
        redis::cmd("PING").query_async(&mut self.connection()).await
    }
}
