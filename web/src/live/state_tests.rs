use super::*;
use whahook_contract::{
    Timestamp,
    ids::{SessionId, UserId},
    session::Reason,
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
    assert_eq!(state.code(id()).unwrap().qr, "second");

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
