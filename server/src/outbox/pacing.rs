//! Sending as a person would: typing before each message, a pause after it.

use std::time::Duration;
use whahook_contract::message::Kind;
use whahook_whatsapp::port::Typing;

/// A quick hand: some 200 characters a minute on a phone.
const A_CHARACTER: Duration = Duration::from_millis(60);
const TYPING_AT_LEAST: Duration = Duration::from_millis(800);
/// Nobody watches longer, and whoever writes long texts has copied them.
const TYPING_AT_MOST: Duration = Duration::from_secs(12);
/// Between two messages, before the jitter.
const PAUSE: Duration = Duration::from_secs(3);

/// What is shown before a message, and for how long. `chance` is from 0 to 1.
/// `None`: it is nothing that somebody types.
pub fn typing(kind: &Kind, chance: f64) -> Option<(Typing, Duration)> {
    let shown = match kind {
        Kind::Reaction { .. } | Kind::Delete { .. } => return None,
        Kind::Voice { .. } => Typing::Recording,
        _ => Typing::Typing,
    };
    let words = kind.words().unwrap_or_default().chars().count();
    let time = A_CHARACTER.saturating_mul(u32::try_from(words).unwrap_or(u32::MAX));
    let time = time.clamp(TYPING_AT_LEAST, TYPING_AT_MOST);
    Some((shown, time.mul_f64(0.75 + 0.5 * chance)))
}

/// The pause after a message: 1.5 to 6 s.
pub fn pause(chance: f64) -> Duration {
    PAUSE.mul_f64(0.5 + 1.5 * chance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use whahook_contract::message::Content;

    #[test]
    fn a_longer_text_is_typed_longer_within_bounds_and_never_quite_the_same() {
        let time = |length: usize, chance| {
            let kind = Content::text("x".repeat(length)).kind;
            typing(&kind, chance).unwrap().1.as_millis()
        };
        assert_eq!(time(1, 0.5), 800);
        assert_eq!(time(50, 0.5), 3_000);
        assert_eq!(time(5_000, 0.5), 12_000);
        assert_eq!((time(50, 0.0), time(50, 1.0)), (2_250, 3_750));
    }

    #[test]
    fn pauses_are_between_one_and_a_half_and_six_seconds() {
        assert_eq!(pause(0.0).as_millis(), 1_500);
        assert_eq!(pause(1.0).as_millis(), 6_000);
    }
}
