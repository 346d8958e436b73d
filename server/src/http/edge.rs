//! How many requests a client may make: far more than any honest one needs, so
//! that a loop gone wild, or somebody who tries keys, does not take the server
//! from everybody else. How often one may try to sign in is another matter
//! (`users::attempts`), and so is how much may be sent (`outbox::limits`).

use super::{
    address::ClientAddress,
    auth::{Principal, Via},
    error::ApiError,
};
use crate::{app::App, config::Requests};
use axum::{
    extract::{FromRequestParts, Request},
    middleware::Next,
    response::Response,
};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, MonotonicClock},
    middleware::StateInformationMiddleware,
    state::keyed::DashMapStateStore,
};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode, request::Parts};
use std::{
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    sync::{Arc, OnceLock},
    time::Duration,
};
use whahook_contract::ids::{KeyId, UserId};

/// Not on the clock that `App` carries: when the machine's clock is set back,
/// nobody may be locked out for as long.
type Limiter<K, C> = RateLimiter<K, DashMapStateStore<K>, C, StateInformationMiddleware>;

/// Counts requests. Somebody who is known is counted as such, and so is not held
/// up by strangers at the same address; who is not known, by address.
pub struct Edge(Option<Limits<MonotonicClock>>);

struct Limits<C: Clock> {
    clock: C,
    clients: Limiter<Client, C>,
    strangers: Limiter<IpAddr, C>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Client {
    Person(UserId),
    Key(KeyId),
}

impl From<&Principal> for Client {
    fn from(principal: &Principal) -> Self {
        match principal.via {
            Via::Cookie { .. } => Self::Person(principal.user_id),
            Via::Key { id, .. } => Self::Key(id),
        }
    }
}

/// Where a client stands after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    limit: u32,
    remaining: u32,
    /// Until nothing counts any more.
    reset: Duration,
    /// How long to wait for the next request, where this one is refused.
    refused_for: Option<Duration>,
}

impl Edge {
    #[must_use]
    pub fn new(config: &Requests) -> Self {
        Self(config.enabled.then(|| Limits::new(config, MonotonicClock)))
    }

    /// Forgets clients whose requests do not count any more.
    pub fn tidy_up(&self) {
        if let Some(limits) = &self.0 {
            limits.clients.retain_recent();
            limits.strangers.retain_recent();
            limits.clients.shrink_to_fit();
            limits.strangers.shrink_to_fit();
        }
    }
}

impl<C: Clock + Clone> Limits<C> {
    fn new(config: &Requests, clock: C) -> Self {
        Self {
            clients: limiter(config.per_minute, &clock),
            strangers: limiter(config.strangers_per_minute, &clock),
            clock,
        }
    }

    fn client(&self, client: Client) -> Standing {
        count(&self.clients, &client, &self.clock)
    }

    fn stranger(&self, address: ClientAddress) -> Standing {
        count(&self.strangers, &address.network(), &self.clock)
    }
}

fn limiter<K: Hash + Eq + Clone, C: Clock + Clone>(
    per_minute: NonZeroU32,
    clock: &C,
) -> Limiter<K, C> {
    let quota = Quota::per_minute(per_minute);
    RateLimiter::new(quota, DashMapStateStore::default(), clock.clone())
}

fn count<K: Hash + Eq + Clone, C: Clock>(limiter: &Limiter<K, C>, key: &K, clock: &C) -> Standing {
    let (quota, remaining, refused_for) = match limiter.check_key(key) {
        Ok(state) => (state.quota(), state.remaining_burst_capacity(), None),
        Err(until) => {
            let wait = until.wait_time_from(clock.now());
            (until.quota(), 0, Some(wait))
        }
    };
    let limit = quota.burst_size().get();
    Standing {
        limit,
        remaining,
        reset: quota.replenish_interval() * limit.saturating_sub(remaining),
        refused_for,
    }
}

/// Counts a request of somebody who is known.
///
/// # Errors
/// Too many.
pub(super) fn client(app: &App, parts: &Parts, principal: &Principal) -> Result<(), ApiError> {
    match &app.edge.0 {
        Some(limits) => judge(limits.client(principal.into()), &parts.extensions),
        None => Ok(()),
    }
}

/// A request of which nobody needs to be known; counted by address.
pub struct Stranger;

impl FromRequestParts<App> for Stranger {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        if let Some(limits) = &app.edge.0 {
            let Ok(address) = ClientAddress::from_request_parts(parts, app).await;
            judge(limits.stranger(address), &parts.extensions)?;
        }
        Ok(Self)
    }
}

fn judge(standing: Standing, extensions: &Extensions) -> Result<(), ApiError> {
    if let Some(Told(told)) = extensions.get() {
        // Counted once a request: the first is what is told.
        let _ = told.set(standing);
    }
    let Some(wait) = standing.refused_for else {
        return Ok(());
    };
    let error = ApiError::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too_many_requests",
        "Too many requests. Wait and go on.",
    );
    Err(error.retry_after(wait))
}

/// What the answer's headers will say; filled in where the request is counted.
#[derive(Clone, Default)]
struct Told(Arc<OnceLock<Standing>>);

/// Three headers, as most clients and servers have them, from the drafts 3 to 7
/// of the IETF; later drafts have changed names and form with each version.
pub(super) async fn tell(mut request: Request, next: Next) -> Response {
    let told = Told::default();
    request.extensions_mut().insert(told.clone());
    let mut response = next.run(request).await;
    if let Some(standing) = told.0.get() {
        standing.write(response.headers_mut());
    }
    response
}

impl Standing {
    fn write(self, headers: &mut HeaderMap) {
        let seconds = self.reset.as_secs() + u64::from(self.reset.subsec_nanos() > 0);
        let values: [(&'static str, HeaderValue); 3] = [
            ("ratelimit-limit", self.limit.into()),
            ("ratelimit-remaining", self.remaining.into()),
            ("ratelimit-reset", seconds.into()),
        ];
        for (name, value) in values {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::FakeRelativeClock;
    use uuid::Uuid;

    fn limits(per_minute: u32) -> (Limits<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        let per_minute = NonZeroU32::new(per_minute).unwrap();
        let config = Requests {
            enabled: true,
            per_minute,
            strangers_per_minute: per_minute,
        };
        (Limits::new(&config, clock.clone()), clock)
    }

    #[test]
    fn a_client_that_used_up_its_minute_waits_and_others_do_not() {
        let (limits, clock) = limits(60);
        let one = Client::Key(KeyId(Uuid::from_u128(1)));
        let other = Client::Person(UserId(Uuid::from_u128(1)));
        for left in (0..60).rev() {
            let standing = limits.client(one);
            assert_eq!((standing.limit, standing.remaining), (60, left));
            assert_eq!(standing.refused_for, None);
        }
        let refused = limits.client(one);
        assert_eq!(refused.refused_for, Some(Duration::from_secs(1)));
        assert_eq!(refused.reset, Duration::from_secs(60));
        assert_eq!(limits.client(other).remaining, 59);
        clock.advance(Duration::from_secs(1));
        assert_eq!(limits.client(one).refused_for, None);
        assert!(limits.client(one).refused_for.is_some());
    }

    #[test]
    fn headers_count_in_whole_seconds_rounded_up() {
        let mut headers = HeaderMap::new();
        let standing = Standing {
            limit: 60_000,
            remaining: 59_998,
            reset: Duration::from_millis(2),
            refused_for: None,
        };
        standing.write(&mut headers);
        assert_eq!(headers["ratelimit-limit"], "60000");
        assert_eq!(headers["ratelimit-remaining"], "59998");
        assert_eq!(headers["ratelimit-reset"], "1");
    }
}
