use super::*;
use crate::platform::clock::from_ms;

const BACKOFF: Duration = Duration::from_secs(4);

fn timing() -> Timing {
    Timing {
        now: from_ms(1_000_000),
        backoff: BACKOFF,
    }
}

fn ended(ending: Ending) -> Input {
    Input::Ended {
        ending,
        looking: false,
        linked: true,
    }
}

#[test]
fn a_lost_connection_is_made_again_after_the_backoff() {
    let closed = Ending::Closed {
        detail: "EOF".into(),
    };
    let (state, next) = State::Ready.apply(ended(closed), &timing());
    assert_eq!(state.status(), Status::Reconnecting);
    assert_eq!(state.reason(), Some(Reason::ConnectionClosed));
    assert_eq!(state.next_attempt_at(), Some(from_ms(1_004_000)));
    assert_eq!(next, Next::Nothing);

    let (state, next) = state.apply(Input::RetryDue { linked: true }, &timing());
    assert_eq!(state.status(), Status::Connecting);
    assert_eq!(next, Next::Connect);
}

#[test]
fn a_logged_out_session_never_reconnects() {
    let (state, next) = State::Ready.apply(ended(Ending::Unlinked), &timing());
    assert_eq!(state.status(), Status::LoggedOut);
    assert_eq!(next, Next::SetAside);
    let (state, next) = state.apply(Input::RetryDue { linked: false }, &timing());
    assert_eq!((state.status(), next), (Status::LoggedOut, Next::Nothing));
}

#[test]
fn codes_go_on_while_somebody_looks_and_stop_when_nobody_does() {
    let qr = State::Qr {
        expires_at: from_ms(0),
    };
    let exhausted = |looking| Input::Ended {
        ending: Ending::QrExhausted,
        looking,
        linked: false,
    };
    let (state, next) = qr.clone().apply(exhausted(true), &timing());
    assert_eq!((state.status(), next), (Status::Qr, Next::Connect));
    let (state, next) = qr.apply(exhausted(false), &timing());
    assert_eq!(state.status(), Status::Disconnected);
    assert_eq!(state.reason(), Some(Reason::QrTimeout));
    assert_eq!(next, Next::Nothing);
}

#[test]
fn a_temporary_ban_waits_as_long_as_whatsapp_says() {
    let ban = Ending::TemporaryBan {
        expires_in: Duration::from_secs(3600),
        code: "SentToTooManyPeople".into(),
    };
    let (state, _) = State::Connecting { reason: None }.apply(ended(ban), &timing());
    assert_eq!(state.reason(), Some(Reason::TemporaryBan));
    assert_eq!(
        state.next_attempt_at(),
        Some(from_ms(1_000_000 + 3_600_000))
    );
}

#[test]
fn starting_what_is_ready_or_on_its_way_changes_nothing() {
    for state in [
        State::Ready,
        State::Initializing,
        State::Connecting { reason: None },
        State::Qr {
            expires_at: from_ms(0),
        },
    ] {
        let start = Input::Start {
            linked: true,
            reason: None,
        };
        assert_eq!(
            state.clone().apply(start, &timing()),
            (state, Next::Nothing)
        );
    }
}

#[test]
fn the_end_of_a_link_that_was_given_up_does_not_move_the_next_attempt() {
    let (lost, next) = State::Ready.apply(Input::Silent, &timing());
    assert_eq!(next, Next::Close);
    let later = Timing {
        now: from_ms(2_000_000),
        ..timing()
    };
    let closed = ended(Ending::Closed {
        detail: "closed".into(),
    });
    assert_eq!(lost.clone().apply(closed, &later), (lost, Next::Nothing));
}

#[test]
fn only_a_ready_link_is_renewed_and_one_that_does_not_come_back_is_a_loss() {
    let (state, next) = State::Ready.apply(Input::Renew, &timing());
    assert_eq!(
        (state.status(), state.reason(), next),
        (Status::Connecting, Some(Reason::LinkRenewal), Next::Renew)
    );
    let detail = "nobody is there".to_owned();
    let (state, _) = state.apply(ended(Ending::Unreachable { detail }), &timing());
    assert_eq!(state.reason(), Some(Reason::Unreachable));
    assert_eq!(state.next_attempt_at(), Some(from_ms(1_004_000)));

    let qr = State::Qr {
        expires_at: from_ms(0),
    };
    assert_eq!(
        qr.clone().apply(Input::Renew, &timing()),
        (qr, Next::Nothing)
    );
}

#[test]
fn the_link_after_pairing_logs_in_at_once() {
    let (state, next) = State::Connecting { reason: None }.apply(ended(Ending::Restart), &timing());
    assert_eq!((state.status(), next), (Status::Connecting, Next::Connect));
}

#[test]
fn a_damaged_store_is_set_aside_and_a_full_volume_is_tried_again() {
    let damaged = Input::StoreFailed {
        error: StoreError::Corrupt("not a database".into()),
    };
    let (state, next) = State::Connecting { reason: None }.apply(damaged, &timing());
    assert_eq!(state.reason(), Some(Reason::StoreCorrupt));
    assert_eq!((state.next_attempt_at(), next), (None, Next::SetAside));

    let full = Input::StoreFailed {
        error: StoreError::Full("no space".into()),
    };
    let (state, next) = State::Ready.apply(full, &timing());
    assert_eq!(state.status(), Status::Error);
    assert_eq!(state.reason(), Some(Reason::VolumeFull));
    assert_eq!(state.next_attempt_at(), Some(from_ms(1_004_000)));
    assert_eq!(next, Next::Close);
    let (state, next) = state.apply(Input::RetryDue { linked: true }, &timing());
    assert_eq!((state.status(), next), (Status::Connecting, Next::Connect));
}

#[test]
fn codes_that_follow_do_not_hide_that_a_passkey_is_asked_for() {
    let (state, _) = State::Initializing.apply(Input::PasskeyAsked, &timing());
    let code = Input::Code {
        expires_at: from_ms(0),
    };
    let (state, _) = state.apply(code, &timing());
    assert_eq!(state.status(), Status::Qr);
    assert_eq!(state.reason(), Some(Reason::PasskeyRequired));
    let failed = Input::PasskeyFailed {
        detail: "it was another passkey".into(),
    };
    let (state, _) = state.apply(failed, &timing());
    assert_eq!(state.detail(), Some("it was another passkey"));
    let exhausted = Input::Ended {
        ending: Ending::QrExhausted,
        looking: true,
        linked: false,
    };
    let (state, next) = state.apply(exhausted, &timing());
    assert_eq!((state, next), (State::Initializing, Next::Connect));
}

#[test]
fn an_outdated_client_comes_back_at_once_with_the_newest_version_and_then_waits() {
    let connecting = State::Connecting { reason: None };
    let (state, _) = connecting.apply(ended(Ending::Outdated), &timing());
    assert_eq!(state.next_attempt_at(), Some(from_ms(1_004_000)));
    let (state, _) = state.apply(Input::RetryDue { linked: true }, &timing());
    let (state, _) = state.apply(ended(Ending::Outdated), &timing());
    assert_eq!(state.next_attempt_at(), Some(from_ms(1_060_000)));
}
