use super::*;
use whahook_contract::{
    Timestamp,
    ids::{MessageId, SessionId, UserId},
    receiving::HistoryState,
    session::{Reason, Warning, WarningCode},
};

fn id() -> AccountId {
    "00000000-0000-7000-8000-000000000009".parse().unwrap()
}

fn user() -> UserId {
    "00000000-0000-7000-8000-000000000007".parse().unwrap()
}

fn account() -> AccountView {
    AccountView {
        id: id(),
        label: "Store".into(),
        session_id: SessionId::new(user(), id()),
        status: Status::Disconnected,
        reason: Some(Reason::NotLinked),
        detail: None,
        since: Timestamp::UNIX_EPOCH,
        next_attempt_at: None,
        phone_number: None,
        lid: None,
        push_name: None,
        created_at: Timestamp::UNIX_EPOCH,
        last_activity_at: None,
        warning: None,
        queue_paused_at: None,
        reach_out_timelock: None,
    }
}

fn status(status: Status, reason: Option<Reason>) -> Event {
    Event::Status {
        session_id: SessionId::new(user(), id()),
        status,
        reason,
        detail: None,
        since: Timestamp::UNIX_EPOCH,
        next_attempt_at: None,
    }
}

fn qr(text: &str) -> Event {
    Event::Qr {
        qr: Some(text.into()),
        session_id: SessionId::new(user(), id()),
        expires_at: Timestamp::UNIX_EPOCH,
    }
}

#[test]
fn how_far_a_history_is_counts_whatever_number_it_comes_with() {
    let mut state = State::new(vec![account()]);
    assert_eq!(hear(&mut state, 7, &qr("a")), Knowledge::Complete);
    for (seq, messages) in [(7, 10), (9, 20)] {
        let progress = HistoryProgress {
            state: HistoryState::Running,
            percent: 40,
            messages,
            at: Timestamp::UNIX_EPOCH,
        };
        let event = Event::HistoryProgress {
            session_id: SessionId::new(user(), id()),
            progress,
        };
        assert_eq!(hear(&mut state, seq, &event), Knowledge::Complete);
        assert_eq!(state.history(id()), Some(progress));
    }
    assert_eq!(hear(&mut state, 8, &qr("b")), Knowledge::Complete);
}

fn hear(state: &mut State, seq: i64, event: &Event) -> Knowledge {
    state.apply(id(), seq, Some(event.clone()))
}

#[test]
fn a_scan_goes_from_code_to_number() {
    let mut state = State::new(vec![account()]);
    for (seq, event) in [
        (4, status(Status::Qr, None)),
        (5, qr("first")),
        (6, qr("second")),
    ] {
        assert_eq!(hear(&mut state, seq, &event), Knowledge::Complete);
    }
    assert_eq!(state.code(id()).unwrap().text, "second");

    let ready = Event::Ready {
        session_id: SessionId::new(user(), id()),
        phone_number: Some("+593987654321".into()),
        lid: None,
        push_name: Some("Ana".into()),
    };
    assert_eq!(
        hear(&mut state, 7, &status(Status::Ready, None)),
        Knowledge::Complete
    );
    assert_eq!(hear(&mut state, 8, &ready), Knowledge::Complete);
    let shown = state.account(id()).unwrap();
    assert_eq!(shown.status, Status::Ready);
    assert_eq!(shown.phone_number.as_deref(), Some("+593987654321"));
    assert_eq!(state.code(id()), None, "a code that was used is not shown");
}

#[test]
fn a_missed_event_asks_the_server() {
    let mut state = State::new(vec![account()]);
    assert_eq!(
        hear(&mut state, 4, &status(Status::Qr, None)),
        Knowledge::Complete
    );
    assert_eq!(
        hear(&mut state, 6, &status(Status::Connecting, None)),
        Knowledge::Stale
    );
    assert_eq!(state.account(id()).unwrap().status, Status::Connecting);
}

#[test]
fn an_old_event_changes_nothing() {
    let mut state = State::new(vec![account()]);
    let _ = hear(&mut state, 4, &status(Status::Ready, None));
    assert_eq!(
        hear(&mut state, 4, &status(Status::Qr, None)),
        Knowledge::Complete
    );
    assert_eq!(state.account(id()).unwrap().status, Status::Ready);
}

#[test]
fn an_event_of_a_later_version_is_counted_and_otherwise_ignored() {
    let mut state = State::new(vec![account()]);
    let _ = hear(&mut state, 4, &status(Status::Ready, None));
    assert_eq!(state.apply(id(), 5, None), Knowledge::Complete);
    assert_eq!(
        hear(&mut state, 6, &status(Status::Reconnecting, None)),
        Knowledge::Complete
    );
}

#[test]
fn an_account_made_in_another_tab_asks_the_server() {
    let mut state = State::new(Vec::new());
    let created = Event::AccountCreated {
        label: "Store".into(),
    };
    assert_eq!(hear(&mut state, 1, &created), Knowledge::Stale);
    assert_eq!(
        hear(&mut state, 2, &status(Status::Qr, None)),
        Knowledge::Stale
    );
}

#[test]
fn an_answer_older_than_an_event_does_not_undo_it() {
    let mut state = State::new(vec![account()]);
    state.begin_question();
    let _ = hear(&mut state, 4, &status(Status::Ready, None));
    assert_eq!(state.take_answer(vec![account()]), Knowledge::Stale);
    assert_eq!(state.account(id()).unwrap().status, Status::Ready);

    state.begin_question();
    let renamed = AccountView {
        label: "Shop".into(),
        ..account()
    };
    assert_eq!(state.take_answer(vec![renamed]), Knowledge::Complete);
    assert_eq!(state.account(id()).unwrap().label, "Shop");
}

#[test]
fn an_account_removed_in_another_tab_disappears() {
    let mut state = State::new(vec![account()]);
    assert_eq!(
        hear(&mut state, 9, &Event::AccountRemoved {}),
        Knowledge::Complete
    );
    assert!(state.accounts().is_empty());
}

fn pair_code(code: &str) -> Event {
    Event::PairCode {
        code: Some(code.into()),
        session_id: SessionId::new(user(), id()),
        expires_at: Timestamp::UNIX_EPOCH,
    }
}

#[test]
fn a_pairing_code_is_shown_until_the_attempt_to_link_is_over() {
    let mut state = State::new(vec![account()]);
    let _ = hear(&mut state, 4, &status(Status::Qr, None));
    let _ = hear(&mut state, 5, &pair_code("ABCD1234"));
    // Another QR is no end of the pairing code: both are valid at once.
    let _ = hear(&mut state, 6, &qr("second"));
    assert_eq!(state.pair_code(id()).unwrap().text, "ABCD1234");
    let _ = hear(&mut state, 7, &pair_code("WXYZ5678"));
    assert_eq!(state.pair_code(id()).unwrap().text, "WXYZ5678");
    let _ = hear(&mut state, 8, &status(Status::Connecting, None));
    assert_eq!(state.pair_code(id()), None);
}

#[test]
fn what_is_asked_of_a_passkey_goes_from_options_to_a_code_and_is_then_forgotten() {
    let mut state = State::new(vec![account()]);
    let passkey = |stage, options: Option<&str>, code: Option<&str>| Event::Passkey {
        session_id: SessionId::new(user(), id()),
        stage,
        options: options.map(Into::into),
        code: code.map(Into::into),
        expires_at: None,
    };
    let asks = passkey(PasskeyStage::Assertion, Some("{}"), None);
    let required = status(Status::Qr, Some(Reason::PasskeyRequired));
    let _ = hear(&mut state, 4, &asks);
    let _ = hear(&mut state, 5, &required);
    assert_eq!(
        state.passkey(id()),
        Some(&Passkey::Assertion {
            options: "{}".into()
        })
    );
    let compares = passkey(PasskeyStage::Confirmation, None, Some("ABCD-1234"));
    let _ = hear(&mut state, 6, &compares);
    assert_eq!(
        state.passkey(id()),
        Some(&Passkey::Confirmation {
            code: "ABCD-1234".into()
        })
    );
    let _ = hear(&mut state, 7, &status(Status::Qr, None));
    assert_eq!(state.passkey(id()), None, "another way was taken");
}

#[test]
fn a_warning_comes_and_goes() {
    let mut state = State::new(vec![account()]);
    let warning = Warning {
        code: WarningCode::PhoneNotSeen,
        since: Timestamp::UNIX_EPOCH,
        until: Timestamp::UNIX_EPOCH,
    };
    for (seq, warning) in [(4, Some(warning)), (5, None)] {
        let event = Event::Warning {
            session_id: SessionId::new(user(), id()),
            warning,
        };
        assert_eq!(hear(&mut state, seq, &event), Knowledge::Complete);
        assert_eq!(state.account(id()).unwrap().warning, warning);
    }
}

#[test]
fn a_message_that_is_sent_again_has_not_failed_any_more() {
    let mut state = State::new(vec![account()]);
    let message: MessageId = "00000000-0000-7000-8000-000000000005".parse().unwrap();
    for (seq, status) in [
        (4, MessageStatus::Failed),
        (5, MessageStatus::Queued),
        (6, MessageStatus::Sending),
    ] {
        let event = Event::MessageStatus {
            message_id: message,
            whatsapp_message_id: "3EB0".into(),
            session_id: SessionId::new(user(), id()),
            status,
            at: Timestamp::UNIX_EPOCH,
            detail: None,
            to: None,
        };
        assert_eq!(hear(&mut state, seq, &event), Knowledge::Complete);
        assert_eq!(state.progress(message).unwrap().status, status);
    }
}
