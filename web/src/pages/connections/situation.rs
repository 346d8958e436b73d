//! What a session's state means for the person: pure, and tested as a table.

use super::words::Texts;
use whahook_contract::{
    account::AccountView,
    endings::Action,
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
    pub const fn of(status: Status, reason: Option<Reason>) -> Self {
        match (status, reason) {
            // Being tried or off, but a person should see it.
            (Status::Reconnecting, Some(Reason::TemporaryBan))
            | (Status::Disconnected, Some(Reason::StreamReplaced | Reason::NumberInUse)) => {
                Self::Bad
            }
            (Status::Ready, _) => Self::Good,
            (Status::Initializing | Status::Qr | Status::Connecting | Status::Reconnecting, _) => {
                Self::Waiting
            }
            (Status::LoggedOut | Status::Error, _) => Self::Bad,
            (Status::Disconnected, _) => Self::Idle,
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
    Passkey,
    UseHere,
    Connect,
    TryNow,
    Open,
}

impl Act {
    pub const fn of(account: &AccountView) -> Self {
        match account.status {
            Status::Qr => match account.reason {
                Some(Reason::PasskeyRequired) => Self::Passkey,
                _ => Self::ShowQr,
            },
            Status::Initializing if account.phone_number.is_none() => Self::ShowQr,
            Status::Initializing | Status::Connecting | Status::Ready => Self::Open,
            Status::Reconnecting | Status::Disconnected | Status::LoggedOut | Status::Error => {
                Self::from_table(account)
            }
        }
    }

    const fn from_table(account: &AccountView) -> Self {
        let Some(reason) = account.reason else {
            return Self::Connect;
        };
        match reason.meaning().action {
            // What nothing links to a phone has nothing to connect.
            Action::Connect | Action::TryNow if needs_scan(account) => Self::ShowQr,
            Action::ShowQr | Action::Passkey => Self::ShowQr,
            Action::LinkAgain => Self::LinkAgain,
            Action::UseHere => Self::UseHere,
            Action::Connect => Self::Connect,
            Action::TryNow => Self::TryNow,
            Action::Wait => Self::Open,
        }
    }

    /// The same where the account's dialog is open already: nothing where all
    /// there is to do is wait.
    pub const fn in_trouble(account: &AccountView) -> Option<Self> {
        match account.status {
            Status::Initializing => Some(Self::TryNow),
            _ => match Self::of(account) {
                Self::Open => None,
                act => Some(act),
            },
        }
    }

    pub const fn words(self, texts: &Texts) -> &'static str {
        match self {
            Self::ShowQr => texts.show_qr,
            Self::LinkAgain => texts.link_again,
            Self::Passkey => texts.go_on,
            Self::UseHere => texts.use_here,
            Self::Connect => texts.reconnect,
            Self::TryNow => texts.try_now,
            Self::Open => texts.open,
        }
    }
}

/// Nothing links this account to a phone: only a scan helps.
pub const fn needs_scan(account: &AccountView) -> bool {
    match account.status {
        Status::LoggedOut => true,
        Status::Disconnected | Status::Error => {
            if account.phone_number.is_none() {
                return true;
            }
            match account.reason {
                Some(reason) => matches!(
                    reason.meaning().action,
                    Action::ShowQr | Action::LinkAgain | Action::Passkey
                ),
                None => false,
            }
        }
        _ => false,
    }
}

/// Whether there is a link that could be ended.
pub const fn is_linked(account: &AccountView) -> bool {
    account.phone_number.is_some() && !needs_scan(account) && !matches!(account.status, Status::Qr)
}

/// Waits for a phone, or could: one to show among several codes.
pub const fn wants_phone(account: &AccountView) -> bool {
    needs_scan(account)
        || matches!(account.status, Status::Qr)
        || (matches!(account.status, Status::Initializing) && account.phone_number.is_none())
}

/// What the dialog of an account shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Scan,
    Passkey,
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
            Status::Qr => match account.reason {
                Some(Reason::PasskeyRequired) => Self::Passkey,
                _ => Self::Scan,
            },
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
    use whahook_contract::{Timestamp, endings::Next, ids::SessionId};

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
            queue_paused_at: None,
            reach_out_timelock: None,
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
                Act::LinkAgain,
            ),
            (
                Status::Disconnected,
                Some(Reason::Requested),
                true,
                Act::Connect,
            ),
            (Status::Initializing, None, false, Act::ShowQr),
            (Status::Initializing, None, true, Act::Open),
            (Status::Qr, None, false, Act::ShowQr),
            (Status::Ready, None, true, Act::Open),
            (
                Status::Reconnecting,
                Some(Reason::Unreachable),
                true,
                Act::TryNow,
            ),
            (
                Status::LoggedOut,
                Some(Reason::PhoneUnlinked),
                true,
                Act::LinkAgain,
            ),
            (
                Status::Reconnecting,
                Some(Reason::TemporaryBan),
                true,
                Act::Open,
            ),
            (
                Status::Disconnected,
                Some(Reason::PairingFailed),
                false,
                Act::ShowQr,
            ),
            (
                Status::Disconnected,
                Some(Reason::StreamReplaced),
                true,
                Act::UseHere,
            ),
            (
                Status::Qr,
                Some(Reason::PasskeyRequired),
                false,
                Act::Passkey,
            ),
            (
                Status::Error,
                Some(Reason::StoreCorrupt),
                true,
                Act::LinkAgain,
            ),
            (Status::Error, Some(Reason::VolumeFull), true, Act::TryNow),
            (Status::Error, Some(Reason::VolumeFull), false, Act::ShowQr),
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
            Status::Reconnecting,
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

    #[test]
    fn no_reason_leaves_a_person_without_a_way_on() {
        for reason in Reason::ALL {
            let meaning = reason.meaning();
            for linked in [true, false] {
                let account = account(meaning.status, Some(*reason), linked);
                let waits = meaning.next != Next::Nothing
                    || matches!(meaning.status, Status::Connecting | Status::Qr);
                assert!(
                    Act::in_trouble(&account).is_some() || waits,
                    "{reason}: nothing to do and nothing that happens by itself"
                );
            }
        }
    }
}
