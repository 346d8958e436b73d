//! The version of WhatsApp Web that the client says it is. WhatsApp refuses
//! versions that are too old, so the real one is asked for.

use std::{sync::Arc, time::Duration};
use tokio::{sync::Mutex, time::Instant};
use whatsapp_rust::{
    http::{HttpClient, UreqHttpClient},
    version::fetch_latest_app_version,
};

type Number = (u32, u32, u32);

/// How long a fetched version is used.
const FRESH_FOR: Duration = Duration::from_secs(6 * 60 * 60);
const FETCH_TIMEOUT: Duration = Duration::from_secs(8);

pub enum Version {
    #[cfg(feature = "simulator")]
    Fixed(Number),
    /// Fetched once for all sessions and kept.
    Fetched {
        http: Arc<dyn HttpClient>,
        kept: Mutex<Option<(Number, Instant)>>,
    },
}

impl Version {
    #[cfg(feature = "simulator")]
    pub const fn fixed() -> Self {
        Self::Fixed((2, 3000, 1_023_000_000))
    }

    pub fn fetched() -> Self {
        Self::fetched_by(Arc::new(UreqHttpClient::new()))
    }

    fn fetched_by(http: Arc<dyn HttpClient>) -> Self {
        Self::Fetched {
            http,
            kept: Mutex::new(None),
        }
    }

    /// The version to connect with.
    ///
    /// # Errors
    /// WhatsApp's web server cannot be reached: a text for people.
    pub async fn get(&self) -> Result<Number, String> {
        let (http, kept) = match self {
            #[cfg(feature = "simulator")]
            Self::Fixed(number) => return Ok(*number),
            Self::Fetched { http, kept } => (http, kept),
        };
        // The lock is held while fetching: a hundred sessions that start
        // together ask once.
        let mut kept = kept.lock().await;
        if let Some((number, at)) = *kept
            && at.elapsed() < FRESH_FOR
        {
            return Ok(number);
        }
        match tokio::time::timeout(FETCH_TIMEOUT, fetch_latest_app_version(http)).await {
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
            Self::Fetched { kept, .. } => *kept.lock().await = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use std::sync::atomic::{AtomicU32, Ordering};
    use whatsapp_rust::{
        anyhow,
        http::{HttpRequest, HttpResponse},
    };

    /// WhatsApp's page, of which every answer names a newer version; 0 is out of
    /// reach.
    struct Page(AtomicU32);

    #[async_trait]
    impl HttpClient for Page {
        async fn execute(&self, _: HttpRequest) -> anyhow::Result<HttpResponse> {
            let revision = self.0.fetch_add(1, Ordering::SeqCst);
            anyhow::ensure!(revision > 0, "no route to host");
            Ok(HttpResponse {
                status_code: 200,
                body: format!(r#"x = {{\"client_revision\":{revision}}}"#).into_bytes(),
            })
        }
    }

    fn from(revision: u32) -> (Arc<Page>, Version) {
        let page = Arc::new(Page(AtomicU32::new(revision)));
        (page.clone(), Version::fetched_by(page))
    }

    #[tokio::test]
    async fn the_version_is_asked_for_once_and_again_when_it_was_too_old() {
        let (page, version) = from(7);
        assert_eq!(version.get().await, Ok((2, 3000, 7)));
        assert_eq!(version.get().await, Ok((2, 3000, 7)));
        // A login was refused because of it.
        version.forget().await;
        assert_eq!(version.get().await, Ok((2, 3000, 8)));
        assert_eq!(page.0.load(Ordering::SeqCst), 9);
    }

    #[tokio::test]
    async fn a_version_that_cannot_be_asked_for_is_told_and_asked_for_again() {
        let (_, version) = from(0);
        let error = version.get().await.unwrap_err();
        assert!(error.contains("web.whatsapp.com"), "{error}");
        assert_eq!(version.get().await, Ok((2, 3000, 1)));
    }
}
