//! The version of WhatsApp Web that the client says it is. WhatsApp refuses
//! versions that are too old, so the real one is asked for.

use std::time::Duration;
use tokio::{sync::Mutex, time::Instant};
use whatsapp_rust::{http::HttpClient, version::fetch_latest_app_version};

type Number = (u32, u32, u32);

/// How long a fetched version is used.
const FRESH_FOR: Duration = Duration::from_secs(6 * 60 * 60);
const FETCH_TIMEOUT: Duration = Duration::from_secs(8);

pub enum Version {
    #[cfg(feature = "simulator")]
    Fixed(Number),
    /// Fetched once for all sessions and kept.
    Fetched(Mutex<Option<(Number, Instant)>>),
}

impl Version {
    #[cfg(feature = "simulator")]
    pub const fn fixed() -> Self {
        Self::Fixed((2, 3000, 1_023_000_000))
    }

    pub fn fetched() -> Self {
        Self::Fetched(Mutex::new(None))
    }

    /// The version to connect with.
    ///
    /// # Errors
    /// WhatsApp's web server cannot be reached: a text for people.
    pub async fn get(&self) -> Result<Number, String> {
        let kept = match self {
            #[cfg(feature = "simulator")]
            Self::Fixed(number) => return Ok(*number),
            Self::Fetched(kept) => kept,
        };
        // The lock is held while fetching: a hundred sessions that start
        // together ask once.
        let mut kept = kept.lock().await;
        if let Some((number, at)) = *kept
            && at.elapsed() < FRESH_FOR
        {
            return Ok(number);
        }
        let client: std::sync::Arc<dyn HttpClient> =
            std::sync::Arc::new(whatsapp_rust::http::UreqHttpClient::new());
        match tokio::time::timeout(FETCH_TIMEOUT, fetch_latest_app_version(&client)).await {
            Ok(Ok(number)) => {
                *kept = Some((number, Instant::now()));
                Ok(number)
            }
            Ok(Err(error)) => Err(format!("web.whatsapp.com cannot be reached: {error}")),
            Err(_) => Err("web.whatsapp.com does not answer".to_owned()),
        }
    }

    /// WhatsApp said that the version is too old: ask again before the next use.
    pub async fn forget(&self) {
        match self {
            #[cfg(feature = "simulator")]
            Self::Fixed(_) => {}
            Self::Fetched(kept) => *kept.lock().await = None,
        }
    }
}
