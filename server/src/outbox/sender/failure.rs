//! What follows from attempts that came to nothing.

use crate::outbox::{facts::Fact, model::Message};
use std::time::Duration;
use whahook_whatsapp::port::LinkError;

/// After this many attempts that failed for no want of a connection, the message
/// itself is taken for the cause.
const FAILURES: i64 = 6;

/// Whether one more failure is not the last.
pub const fn tries_again(message: &Message) -> bool {
    message.failures + 1 < FAILURES
}

/// What follows from an attempt that came to nothing.
pub fn came_to_nothing(message: &Message, error: LinkError) -> Fact {
    let id = message.id;
    let again = |pause, detail| Fact::Again {
        id,
        pause,
        detail,
        failure: false,
    };
    match error {
        LinkError::Invalid(detail) => Fact::Failed { id, detail },
        LinkError::NotConnected => again(Duration::ZERO, "connection_lost".to_owned()),
        // A line that answers no more is lost before long.
        LinkError::Timeout => again(retry_pause(message.attempts), "send_timeout".to_owned()),
        LinkError::NotNow(detail) => again(retry_pause(message.attempts), detail),
        other if !tries_again(message) => Fact::Failed {
            id,
            detail: format!("send_failed: {other}"),
        },
        other => Fact::Again {
            id,
            pause: retry_pause(message.failures + 1),
            detail: format!("send_failed: {other}"),
            failure: true,
        },
    }
}

/// Whether the recipient is there could not be found out: that says nothing
/// about the recipient, so it is asked again.
pub fn not_checked(message: &Message, error: &LinkError) -> Fact {
    let (pause, detail) = match error {
        LinkError::NotConnected => (Duration::ZERO, "connection_lost".to_owned()),
        other => (
            retry_pause(message.attempts),
            format!("check_failed: {other}"),
        ),
    };
    Fact::Again {
        id: message.id,
        pause,
        detail,
        failure: false,
    }
}

/// What follows where handing over broke off by a mistake of ours. What several
/// messages have in common says nothing about each.
pub fn broke_off(message: &Message, together: usize) -> Fact {
    let error = LinkError::Failed("internal error".to_owned());
    if together > 1 {
        not_checked(message, &error)
    } else {
        came_to_nothing(message, error)
    }
}

/// Pause before a message that WhatsApp did not acknowledge is sent again, after so
/// many attempts: none at first, since the line may just have been lost.
pub fn chase_pause(attempts: i64) -> Duration {
    match attempts {
        ..=1 => Duration::ZERO,
        more => retry_pause(more - 1),
    }
}

/// Pause after so many failures: 5 s doubling to 5 min.
pub fn retry_pause(failures: i64) -> Duration {
    let doublings = u32::try_from(failures.clamp(1, 7) - 1).unwrap_or_default();
    Duration::from_secs(5)
        .saturating_mul(1 << doublings)
        .min(Duration::from_secs(300))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_never_acknowledged_is_chased_at_once_and_then_ever_more_seldom() {
        let seconds: Vec<u64> = (1..=9).map(|n| chase_pause(n).as_secs()).collect();
        assert_eq!(seconds, [0, 5, 10, 20, 40, 80, 160, 300, 300]);
    }

    #[test]
    fn the_pause_between_attempts_doubles_from_five_seconds_to_five_minutes() {
        let seconds: Vec<u64> = (1..=8).map(|n| retry_pause(n).as_secs()).collect();
        assert_eq!(seconds, [5, 10, 20, 40, 80, 160, 300, 300]);
    }
}
