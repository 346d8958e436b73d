//! What a session's state means for the person: pure, and tested as a table.

use whahook_contract::{
    account::AccountView,
    session::{Reason, Status},
};

/// The colour of a state; never its only sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Good,
    Waiting,
    Bad,
    Idle,
}

impl Tone {
    pub const fn of(status: Status) -> Self {
        match status {
            Status::Ready => Self::Good,
            Status::Initializing | Status::Qr | Status::Connecting | Status::Reconnecting => {
                Self::Waiting
            }
            Status::LoggedOut | Status::Error => Self::Bad,
            Status::Disconnected => Self::Idle,
        }
    }

    pub const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Waiting => "waiting",
            Self::Bad => "bad",
            Self::Idle => "idle",
        }
    }
}

/// The next thing a person would want to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    ShowQr,
    LinkAgain,
    Reconnect,
    RetryNow,
    Open,
}

impl Act {
    pub const fn of(account: &AccountView) -> Self {
        match account.status {
            Status::Qr => Self::ShowQr,
            Status::Initializing if account.phone_number.is_none() => Self::ShowQr,
            Status::Initializing | Status::Connecting | Status::Ready => Self::Open,
            Status::Reconnecting => Self::RetryNow,
            Status::Disconnected if needs_scan(account) => Self::ShowQr,
            Status::Disconnected => Self::Reconnect,
            Status::LoggedOut => Self::LinkAgain,
            Status::Error => match account.reason {
                Some(Reason::PairingFailed) => Self::ShowQr,
                _ => Self::RetryNow,
            },
        }
    }
}

/// Nothing links this account to a phone: only a scan helps.
pub const fn needs_scan(account: &AccountView) -> bool {
    match account.status {
        Status::LoggedOut => true,
        Status::Disconnected | Status::Error => {
            account.phone_number.is_none()
                || matches!(
                    account.reason,
                    Some(
                        Reason::NotLinked
                            | Reason::QrTimeout
                            | Reason::Unlinked
                            | Reason::PhoneUnlinked
                            | Reason::PairingFailed
                    )
                )
        }
        _ => false,
    }
}

/// Whether there is a link that could be ended.
pub const fn is_linked(account: &AccountView) -> bool {
    account.phone_number.is_some() && !needs_scan(account) && !matches!(account.status, Status::Qr)
}

/// What the dialog of an account shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Scan,
    Connecting,
    Ready,
    Trouble,
}

impl Stage {
    /// `scanning`: the person came to scan a code, so an idle session is one
    /// whose code is on its way.
    pub const fn of(account: &AccountView, scanning: bool) -> Self {
        match account.status {
            Status::Ready => Self::Ready,
            Status::Connecting => Self::Connecting,
            Status::Qr => Self::Scan,
            // Linking that cannot reach WhatsApp says so instead of waiting
            // for a code.
            Status::Initializing => match account.reason {
                Some(Reason::Unreachable | Reason::ServiceUnavailable) => Self::Trouble,
                _ if account.phone_number.is_some() && !scanning => Self::Connecting,
                _ => Self::Scan,
            },
            Status::Reconnecting => Self::Trouble,
            Status::Disconnected | Status::LoggedOut | Status::Error => {
                if scanning {
                    Self::Scan
                } else {
                    Self::Trouble
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use whahook_contract::{Timestamp, ids::SessionId};

    fn account(status: Status, reason: Option<Reason>, linked: bool) -> AccountView {
        let session: SessionId =
            "user_01934f3e-7a10-7cc0-9c5e-2f6a4c1b7d11_wa_01934f3e-8b22-7d41-8a0f-5b7d9e3c2a44"
                .parse()
                .unwrap();
        AccountView {
            id: session.account,
            label: "Store".into(),
            session_id: session,
            status,
            reason,
            detail: None,
            since: Timestamp::UNIX_EPOCH,
            next_attempt_at: None,
            phone_number: linked.then(|| "+593987654321".into()),
            lid: None,
            push_name: None,
            created_at: Timestamp::UNIX_EPOCH,
            last_activity_at: None,
            warning: None,
        }
    }

    #[test]
    fn the_button_is_the_next_thing_to_do() {
        for (status, reason, linked, act) in [
            (
                Status::Disconnected,
                Some(Reason::NotLinked),
                false,
                Act::ShowQr,
            ),
            (
                Status::Disconnected,
                Some(Reason::QrTimeout),
                false,
                Act::ShowQr,
            ),
            (
                Status::Disconnected,
                Some(Reason::Unlinked),
                true,
                Act::ShowQr,
            ),
            (
                Status::Disconnected,
                Some(Reason::Requested),
                true,
                Act::Reconnect,
            ),
            (Status::Initializing, None, false, Act::ShowQr),
            (Status::Initializing, None, true, Act::Open),
            (Status::Qr, None, false, Act::ShowQr),
            (Status::Ready, None, true, Act::Open),
            (
                Status::Reconnecting,
                Some(Reason::Unreachable),
                true,
                Act::RetryNow,
            ),
            (
                Status::LoggedOut,
                Some(Reason::PhoneUnlinked),
                true,
                Act::LinkAgain,
            ),
            (
                Status::Error,
                Some(Reason::TemporaryBan),
                true,
                Act::RetryNow,
            ),
            (
                Status::Error,
                Some(Reason::PairingFailed),
                false,
                Act::ShowQr,
            ),
        ] {
            assert_eq!(
                Act::of(&account(status, reason, linked)),
                act,
                "{status} {reason:?}"
            );
        }
    }

    #[test]
    fn only_a_living_link_can_be_ended() {
        assert!(is_linked(&account(Status::Ready, None, true)));
        assert!(is_linked(&account(
            Status::Error,
            Some(Reason::TemporaryBan),
            true
        )));
        for (status, reason) in [
            (Status::LoggedOut, Some(Reason::PhoneUnlinked)),
            (Status::Disconnected, Some(Reason::Unlinked)),
            (Status::Qr, None),
        ] {
            assert!(!is_linked(&account(status, reason, true)), "{status}");
        }
    }

    #[test]
    fn a_dialog_opened_to_scan_waits_for_the_code() {
        let unlinked = account(Status::LoggedOut, Some(Reason::PhoneUnlinked), true);
        assert_eq!(Stage::of(&unlinked, true), Stage::Scan);
        assert_eq!(Stage::of(&unlinked, false), Stage::Trouble);
        let unreachable = account(Status::Initializing, Some(Reason::Unreachable), false);
        assert_eq!(Stage::of(&unreachable, true), Stage::Trouble);
    }
}
