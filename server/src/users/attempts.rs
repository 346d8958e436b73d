//! How often somebody may try to sign in.

use super::{Error, model::Email};
use crate::platform::clock::Clock;
use governor::{
    Quota, RateLimiter, middleware::NoOpMiddleware, nanos::Nanos, state::keyed::DashMapStateStore,
};
use std::{hash::Hash, net::IpAddr, num::NonZeroU32, time::Duration};

type Limiter<K> = RateLimiter<K, DashMapStateStore<K>, Clock, NoOpMiddleware<Nanos>>;

/// Guesses at one person's password: ten at once, then one a minute.
const PER_EMAIL: (u32, Duration) = (10, Duration::from_secs(60));
/// An office shares an address: thirty at once, then one every two seconds.
const PER_ADDRESS: (u32, Duration) = (30, Duration::from_secs(2));

pub struct Attempts {
    clock: Clock,
    by_email: Limiter<Email>,
    by_address: Limiter<IpAddr>,
}

impl Attempts {
    #[must_use]
    pub fn new(clock: &Clock) -> Self {
        Self {
            clock: clock.clone(),
            by_email: limiter(clock, PER_EMAIL),
            by_address: limiter(clock, PER_ADDRESS),
        }
    }

    /// Counts an attempt from an address, for whichever person.
    ///
    /// # Errors
    /// Too many; it says how long to wait.
    pub fn from(&self, address: IpAddr) -> Result<(), Error> {
        self.check(&self.by_address, &address)
    }

    /// Counts an attempt at a person's account, from whichever address.
    ///
    /// # Errors
    /// Too many; it says how long to wait.
    pub fn at(&self, email: &Email) -> Result<(), Error> {
        self.check(&self.by_email, email)
    }

    fn check<K: Hash + Eq + Clone>(&self, limiter: &Limiter<K>, key: &K) -> Result<(), Error> {
        limiter.check_key(key).map_err(|not_until| {
            let now = governor::clock::Clock::now(&self.clock);
            Error::TooManyAttempts(not_until.wait_time_from(now))
        })
    }

    /// Forgets those who waited long enough.
    pub fn tidy_up(&self) {
        self.by_email.retain_recent();
        self.by_address.retain_recent();
        self.by_email.shrink_to_fit();
        self.by_address.shrink_to_fit();
    }
}

fn limiter<K: Hash + Eq + Clone>(clock: &Clock, (burst, pace): (u32, Duration)) -> Limiter<K> {
    let quota = Quota::with_period(pace)
        .expect("the pace is not zero")
        .allow_burst(NonZeroU32::new(burst).expect("the burst is not zero"));
    RateLimiter::new(quota, DashMapStateStore::default(), clock.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::clock::from_ms;

    #[test]
    fn after_ten_attempts_one_a_minute_is_left() {
        let (clock, hands) = Clock::manual(from_ms(1_700_000_000_000));
        let attempts = Attempts::new(&clock);
        let email = Email::parse("ana@example.com").unwrap();
        let other = Email::parse("eva@example.com").unwrap();
        for _ in 0..10 {
            attempts.at(&email).unwrap();
        }
        let Err(Error::TooManyAttempts(wait)) = attempts.at(&email) else {
            panic!("the eleventh attempt was let through");
        };
        assert_eq!(wait, Duration::from_secs(60));
        attempts.at(&other).unwrap();
        hands.advance(wait);
        attempts.at(&email).unwrap();
        assert!(attempts.at(&email).is_err());
    }
}
