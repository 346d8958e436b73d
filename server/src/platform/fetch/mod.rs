//! Asks addresses that somebody else named, and only those that anybody may
//! reach: neither what is behind this server's back nor what a cloud tells its
//! machines.

mod address;
mod names;
mod post;

pub use self::{
    address::{Reach, reach},
    names::{Names, SystemNames},
    post::{Answer, Poster},
};

use self::names::Guarded;
use hyper::body::Bytes;
use reqwest::{
    Client, ClientBuilder, Response,
    header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderValue, LOCATION},
    redirect::Policy,
};
use std::{error::Error as StdError, net::IpAddr, sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};
use url::{Host, Url};

const CONNECT_WITHIN: Duration = Duration::from_secs(5);
const REDIRECTS: usize = 5;
/// Each may hold a thread that looks a name up.
const AT_A_TIME: usize = 32;
const URL_MAX: usize = 2_048;

/// Why nothing came. Says nothing of what answered inside a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("is not an address: {0}")]
    NotAUrl(String),
    #[error("must begin with http:// or https://")]
    Scheme,
    #[error("must not have a user name or password in it")]
    Credentials,
    #[error("leads to an address that is not public, which is refused")]
    Refused,
    #[error("leads to a name that cannot be found")]
    UnknownName,
    #[error("cannot be reached")]
    Unreachable,
    #[error("did not answer in time")]
    TimedOut,
    #[error("answered with status {0}")]
    Status(u16),
    #[error("leads on more than {REDIRECTS} times")]
    TooManyRedirects,
    #[error("gives more than {0} bytes")]
    TooLarge(u64),
    #[error("broke off before its end")]
    BrokeOff,
    #[error("comes compressed although that was not asked for")]
    Encoded,
}

/// The guarded way out. Cheap to clone.
#[derive(Clone)]
pub struct Fetcher {
    client: Client,
    allow_private: bool,
    turns: Arc<Semaphore>,
}

impl Fetcher {
    /// With the names as the system knows them. `allow_private` lets private and
    /// loopback addresses through.
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
        let client = guarded(allow_private, names)
            .pool_max_idle_per_host(0)
            .build()?;
        Ok(Self {
            client,
            allow_private,
            turns: Arc::new(Semaphore::new(AT_A_TIME)),
        })
    }

    /// Ask for what is there, following where it leads.
    ///
    /// # Errors
    /// It is refused, or did not answer with status 200 and its own bytes.
    pub async fn get(&self, url: &str, accept: &str, within: Duration) -> Result<Body, Error> {
        let deadline = Instant::now() + within;
        timeout_at(deadline, self.follow(url, accept, deadline))
            .await
            .map_err(|_| Error::TimedOut)?
    }

    async fn follow(&self, url: &str, accept: &str, deadline: Instant) -> Result<Body, Error> {
        let turn = self.turns.clone().acquire_owned().await;
        let turn = turn.expect("the semaphore is never closed");
        let mut url = self.check(url)?;
        let mut headers = HeaderMap::new();
        // Nothing is unpacked here: a small answer stays small.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if let Ok(accept) = accept.parse() {
            headers.insert(ACCEPT, accept);
        }
        for _ in 0..=REDIRECTS {
            let request = self.client.get(url.clone()).headers(headers.clone());
            let response = request.send().await.map_err(|error| reason(&error))?;
            let status = response.status();
            if status.is_redirection()
                && let Some(target) = response.headers().get(LOCATION)
            {
                let target = target.to_str().map_err(|_| Error::UnknownName)?;
                let target = url
                    .join(target)
                    .map_err(|error| Error::NotAUrl(error.to_string()))?;
                url = self.check(target.as_str())?;
                continue;
            }
            if status.as_u16() != 200 {
                return Err(Error::Status(status.as_u16()));
            }
            let encoded = |value: &HeaderValue| value.as_bytes() != b"identity";
            if response
                .headers()
                .get(CONTENT_ENCODING)
                .is_some_and(encoded)
            {
                return Err(Error::Encoded);
            }
            return Ok(Body {
                response,
                url,
                deadline,
                _turn: turn,
            });
        }
        Err(Error::TooManyRedirects)
    }

    /// Whether an address may be asked. Names are checked when they are looked
    /// up; an IP address is read in all its notations.
    ///
    /// # Errors
    /// It may not.
    pub fn check(&self, url: &str) -> Result<Url, Error> {
        check(url, self.allow_private)
    }
}

/// Connects to nothing that was not checked.
fn guarded(allow_private: bool, names: Arc<dyn Names>) -> ClientBuilder {
    Client::builder()
        // What was checked is what is connected to: no second look-up between
        // the two.
        .dns_resolver(Arc::new(Guarded {
            names,
            allow_private,
        }))
        // A proxy would look names up itself.
        .no_proxy()
        // Each target is checked like the first.
        .redirect(Policy::none())
        .referer(false)
        .connect_timeout(CONNECT_WITHIN)
        .user_agent(concat!("WhaHook/", env!("CARGO_PKG_VERSION")))
}

fn check(url: &str, allow_private: bool) -> Result<Url, Error> {
    if url.len() > URL_MAX {
        return Err(Error::NotAUrl(format!(
            "it has more than {URL_MAX} characters"
        )));
    }
    let url: Url = url
        .parse()
        .map_err(|error: url::ParseError| Error::NotAUrl(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Error::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::Credentials);
    }
    let literal: Option<IpAddr> = match url.host() {
        Some(Host::Ipv4(address)) => Some(address.into()),
        Some(Host::Ipv6(address)) => Some(address.into()),
        Some(Host::Domain(_)) => None,
        None => return Err(Error::NotAUrl("it has no host".to_owned())),
    };
    match literal {
        Some(address) if !may(address, allow_private) => Err(Error::Refused),
        _ => Ok(url),
    }
}

fn may(address: IpAddr, allow_private: bool) -> bool {
    match reach(address) {
        Reach::Public => true,
        Reach::Private => allow_private,
        Reach::Never => false,
    }
}

fn reason(error: &reqwest::Error) -> Error {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(refusal) = current.downcast_ref::<Error>() {
            return refusal.clone();
        }
        cause = current.source();
    }
    if error.is_timeout() {
        Error::TimedOut
    } else {
        Error::Unreachable
    }
}

/// An answer whose bytes are still to come.
pub struct Body {
    response: Response,
    /// Where it came from, in the end.
    url: Url,
    deadline: Instant,
    _turn: OwnedSemaphorePermit,
}

impl Body {
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }

    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// How many bytes are announced.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// The next bytes; `None` at the end.
    ///
    /// # Errors
    /// They did not come, or not in time.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        timeout_at(self.deadline, self.response.chunk())
            .await
            .map_err(|_| Error::TimedOut)?
            .map_err(|error| match reason(&error) {
                Error::Unreachable => Error::BrokeOff,
                other => other,
            })
    }

    /// All of it, where it is small.
    ///
    /// # Errors
    /// It is larger than `max`, or did not come.
    pub async fn bytes(mut self, max: u64) -> Result<Vec<u8>, Error> {
        if self.length().is_some_and(|length| length > max) {
            return Err(Error::TooLarge(max));
        }
        let mut all = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if (all.len() + chunk.len()) as u64 > max {
                return Err(Error::TooLarge(max));
            }
            all.extend_from_slice(&chunk);
        }
        Ok(all)
    }

    /// As much as there is of the first `max` bytes.
    ///
    /// # Errors
    /// They did not come.
    pub async fn beginning(mut self, max: usize) -> Result<Vec<u8>, Error> {
        let mut all = Vec::new();
        while all.len() < max
            && let Some(chunk) = self.chunk().await?
        {
            all.extend_from_slice(&chunk);
        }
        all.truncate(max);
        Ok(all)
    }
}

#[cfg(test)]
mod tests;
