//! When a link that has talked with many is renewed. Pure.
//!
//! The client library keeps the Signal state of whoever a link has talked with
//! in memory until the link ends: up to 2,000 peers each, by number and not by
//! time. Many sessions that once wrote to many people would hold memory for ever.

use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Renewal {
    /// Not before the link has talked with so many. Of 200 about 1.5 MB are
    /// left, so what is worth less than a megabyte stays, and who writes to few
    /// people keeps one link for ever.
    pub peers: usize,
    /// Nor before it has had nothing to do for so long: a conversation that
    /// pauses is not interrupted.
    pub quiet_for: Duration,
}

impl Default for Renewal {
    fn default() -> Self {
        Self {
            peers: 100,
            quiet_for: Duration::from_secs(120),
        }
    }
}

/// What a link that is ready has done and has to do.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    /// With how many it has talked.
    pub peers: usize,
    /// How long ago something was sent or came, but for round trips.
    pub quiet_for: Duration,
    /// A message is being sent, or waits to be acknowledged or written down.
    pub is_sending: bool,
    /// When the next message is due, if one waits.
    pub next_due_in: Option<Duration>,
}

impl Renewal {
    /// In how long it is time, if nothing happens until then. `None`: not
    /// without more happening.
    #[must_use]
    pub fn due_in(&self, link: &Link) -> Option<Duration> {
        let wait = self.quiet_for.saturating_sub(link.quiet_for);
        // A message that is due soon after it would only wait for the new link.
        let has_work = link
            .next_due_in
            .is_some_and(|due| due < wait + self.quiet_for);
        (link.peers >= self.peers && !link.is_sending && !has_work).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const QUIET: Link = Link {
        peers: 100,
        quiet_for: Duration::from_secs(120),
        is_sending: false,
        next_due_in: None,
    };

    fn due_in(link: Link) -> Option<Duration> {
        Renewal::default().due_in(&link)
    }

    #[test]
    fn a_link_that_has_talked_with_a_hundred_is_renewed_after_two_quiet_minutes() {
        assert_eq!(due_in(QUIET), Some(Duration::ZERO));
        let still_warm = Link {
            quiet_for: MINUTE,
            ..QUIET
        };
        assert_eq!(due_in(still_warm), Some(MINUTE));
        let long_quiet = Link {
            quiet_for: 90 * MINUTE,
            ..QUIET
        };
        assert_eq!(due_in(long_quiet), Some(Duration::ZERO));
    }

    #[test]
    fn one_that_has_talked_with_few_stays_however_long_it_is_quiet() {
        let few = Link {
            peers: 99,
            quiet_for: 9_999 * MINUTE,
            ..QUIET
        };
        assert_eq!(due_in(few), None);
    }

    #[test]
    fn one_that_sends_or_is_about_to_is_left_alone() {
        let sending = Link {
            is_sending: true,
            ..QUIET
        };
        assert_eq!(due_in(sending), None);
        let due = |next_due_in| {
            due_in(Link {
                next_due_in: Some(next_due_in),
                ..QUIET
            })
        };
        assert_eq!(due(MINUTE), None);
        assert_eq!(due(60 * MINUTE), Some(Duration::ZERO));
    }
}
