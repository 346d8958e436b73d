//! Redis: useful, never needed. A server that cannot reach it works on.

use crate::config;
use redis::{
    AsyncConnectionConfig,
    aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection},
};
use std::time::Duration;

/// The default of half a second makes a busy moment look like a failure.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_RECONNECT_DELAY: Duration = Duration::from_secs(5);

/// A connection that mends itself. Cheap to clone.
#[derive(Clone)]
pub struct Redis {
    client: redis::Client,
    shared: ConnectionManager,
}

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
        let shared = ConnectionManager::new_lazy_with_config(client.clone(), settings)?;
        Ok(Self { client, shared })
    }

    #[must_use]
    pub fn connection(&self) -> ConnectionManager {
        self.shared.clone()
    }

    /// A connection of one's own, to block in; it does not mend itself.
    ///
    /// # Errors
    /// Redis does not answer.
    pub async fn connect(
        &self,
        answer_within: Duration,
    ) -> redis::RedisResult<MultiplexedConnection> {
        let settings = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(answer_within));
        self.client
            .get_multiplexed_async_connection_with_config(&settings)
            .await
    }

    /// # Errors
    /// Redis does not answer.
    pub async fn ping(&self) -> redis::RedisResult<()> {
        redis::cmd("PING").query_async(&mut self.connection()).await
    }
}
