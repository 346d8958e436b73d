//! Hands something over to an address that somebody else named.

use super::{Error, Names, SystemNames, check, guarded, reason};
use reqwest::{
    Client,
    header::{HeaderMap, RETRY_AFTER},
};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;
use url::Url;

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// The beginning of it.
    pub body: Vec<u8>,
    /// How long to wait before the next.
    pub retry_after: Option<Duration>,
}

/// The guarded way out for what is sent. Follows no redirect: what was meant for
/// one is not told to another. Cheap to clone.
#[derive(Clone)]
pub struct Poster {
    client: Client,
    allow_private: bool,
}

impl Poster {
    /// As [`super::Fetcher::new`].
    ///
    /// # Errors
    /// The client cannot be made.
    pub fn new(allow_private: bool) -> reqwest::Result<Self> {
        Self::with_names(allow_private, Arc::new(SystemNames))
    }

    /// With names of one's own, for tests.
    ///
    /// # Errors
    /// The client cannot be made.
    pub fn with_names(allow_private: bool, names: Arc<dyn Names>) -> reqwest::Result<Self> {
        // Kept for the next of a burst; what they lead to was checked.
        let client = guarded(allow_private, names)
            .pool_max_idle_per_host(4)
            .pool_idle_timeout(Duration::from_secs(20))
            .build()?;
        Ok(Self {
            client,
            allow_private,
        })
    }

    /// As [`super::Fetcher::check`].
    ///
    /// # Errors
    /// It may not be asked.
    pub fn check(&self, url: &str) -> Result<Url, Error> {
        check(url, self.allow_private)
    }

    /// Sends it, and reads no more than `max` bytes of the answer.
    ///
    /// # Errors
    /// It is refused, or there was no answer in time. Any status is an answer.
    pub async fn post(
        &self,
        url: &str,
        headers: HeaderMap,
        body: String,
        within: Duration,
        max: usize,
    ) -> Result<Answer, Error> {
        let url = self.check(url)?;
        let sent = async {
            let request = self.client.post(url).headers(headers).body(body);
            let mut response = request.send().await.map_err(|error| reason(&error))?;
            let status = response.status().as_u16();
            let retry_after = response
                .headers()
                .get(RETRY_AFTER)
                .and_then(|value| value.to_str().ok()?.trim().parse().ok())
                .map(Duration::from_secs);
            let mut body = Vec::new();
            // The status is what counts: an answer that breaks off is one.
            while body.len() < max
                && let Ok(Some(chunk)) = response.chunk().await
            {
                body.extend_from_slice(&chunk);
            }
            body.truncate(max);
            Ok(Answer {
                status,
                body,
                retry_after,
            })
        };
        timeout(within, sent).await.map_err(|_| Error::TimedOut)?
    }
}
