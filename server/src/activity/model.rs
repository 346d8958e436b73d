//! What of a session's changes is worth an entry, and who made it happen. Pure.

use whahook_contract::{
    Timestamp,
    activity::{ActivityKind, By, Origin},
    session::{Reason, Status},
};

/// What a stretch of time counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    Ready,
    Down,
    Unlinked,
}

impl Counts {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Down => "down",
            Self::Unlinked => "unlinked",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "ready" => Some(Self::Ready),
            "down" => Some(Self::Down),
            "unlinked" => Some(Self::Unlinked),
            _ => None,
        }
    }
}

/// The entry that lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lasting {
    pub seq: i64,
    pub kind: ActivityKind,
    pub at: Timestamp,
    /// `None`: the account was created, and nothing was tried since.
    pub status: Option<Status>,
    pub reason: Option<Reason>,
    pub by: Option<By>,
}

/// What the session is from now on.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    pub status: Status,
    pub reason: Option<Reason>,
    /// A phone has accepted the session's device.
    pub linked: bool,
    /// Who asked for it, if anybody did.
    pub asked_by: Option<&'a By>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The entry that lasts says it already.
    Same,
    /// It is further along in the same entry.
    Further,
    Begins {
        kind: ActivityKind,
        counts: Counts,
        by: By,
    },
}

const fn is_linking(status: Status) -> bool {
    matches!(status, Status::Initializing | Status::Qr)
}

/// An attempt to end what lasts: if it does not, nothing is new.
fn is_attempt(lasting: &Lasting, change: &Change<'_>) -> bool {
    let retried = matches!(
        lasting.status,
        Some(Status::Reconnecting | Status::Error | Status::Connecting)
    );
    match change.status {
        Status::Initializing => lasting.status == Some(Status::Reconnecting),
        Status::Connecting => retried && change.reason.is_some() && change.reason == lasting.reason,
        // The loss goes on after an attempt that failed in the same way.
        Status::Reconnecting => retried && change.reason == lasting.reason,
        _ => false,
    }
}

/// A link that is renewed while nobody uses it is no loss. If it does not come
/// back, what follows is.
fn is_renewal(lasting: &Lasting, change: &Change<'_>) -> bool {
    lasting.status == Some(Status::Ready) && change.reason == Some(Reason::LinkRenewal)
}

pub fn step(lasting: Option<&Lasting>, change: &Change<'_>) -> Step {
    let paired = lasting.is_some_and(|lasting| {
        lasting.status.is_some_and(is_linking) && change.status == Status::Connecting
    });
    if let Some(lasting) = lasting {
        if lasting.status == Some(change.status) && lasting.reason == change.reason {
            return Step::Same;
        }
        if lasting.status == Some(Status::Initializing)
            && change.status == Status::Qr
            && change.reason.is_none()
        {
            return Step::Further;
        }
        if is_attempt(lasting, change) || is_renewal(lasting, change) {
            return Step::Same;
        }
    }
    let counts = match change.status {
        Status::Ready => Counts::Ready,
        _ if change.linked && !paired => Counts::Down,
        _ => Counts::Unlinked,
    };
    let kind = if paired {
        ActivityKind::Linked
    } else {
        ActivityKind::Session
    };
    Step::Begins {
        kind,
        counts,
        by: origin(lasting, change, paired),
    }
}

fn origin(lasting: Option<&Lasting>, change: &Change<'_>, paired: bool) -> By {
    let asked_by = || change.asked_by.cloned().unwrap_or(By::just(Origin::Server));
    if paired {
        return By::just(Origin::Phone);
    }
    match change.reason {
        Some(reason) => match reason {
            Reason::NotLinked | Reason::Requested | Reason::Unlinked => asked_by(),
            Reason::PhoneUnlinked => By::just(Origin::Phone),
            Reason::StreamReplaced
            | Reason::TemporaryBan
            | Reason::ClientOutdated
            | Reason::ConnectionClosed
            | Reason::ServiceUnavailable
            | Reason::PairingFailed
            | Reason::PasskeyRequired
            | Reason::AccountLocked
            | Reason::LoginRefused => By::just(Origin::WhatsApp),
            Reason::QrTimeout
            | Reason::Unreachable
            | Reason::KeepaliveTimeout
            | Reason::NumberInUse
            | Reason::StoreFailed
            | Reason::StoreCorrupt
            | Reason::VolumeFull
            | Reason::VolumeNotWritable
            | Reason::ServerRestart
            | Reason::LinkRenewal
            | Reason::Internal => By::just(Origin::Server),
        },
        None if change.status == Status::Ready => lasting
            // It is ready because of what brought the connection about; a
            // loss that heals, heals by itself.
            .filter(|lasting| lasting.status == Some(Status::Connecting) && lasting.reason.is_none())
            .and_then(|lasting| lasting.by.clone())
            .unwrap_or(By::just(Origin::Server)),
        None => asked_by(),
    }
}

/// When what lasts has ended. A server that comes back after it was killed
/// cannot say when it died: the account was last known to be ready at its last
/// sign of life.
pub fn ends_at(
    lasting: &Lasting,
    change: &Change<'_>,
    last_activity_at: Option<Timestamp>,
    now: Timestamp,
) -> Timestamp {
    if lasting.status == Some(Status::Ready) && change.reason == Some(Reason::ServerRestart) {
        last_activity_at
            .unwrap_or(lasting.at)
            .clamp(lasting.at, now.max(lasting.at))
    } else {
        now.max(lasting.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::clock::from_ms;

    fn ana() -> By {
        By::named(Origin::Person, "Ana".to_owned())
    }

    /// The entries that a history of changes leaves: status, reason, what it
    /// counts as, and by whom.
    fn entries(
        changes: &[(Status, Option<Reason>, bool, Option<By>)],
    ) -> Vec<(Status, Option<Reason>, Counts, By)> {
        let mut lasting: Option<Lasting> = None;
        let mut entries = Vec::new();
        for (status, reason, linked, asked_by) in changes.iter().cloned() {
            let change = Change {
                status,
                reason,
                linked,
                asked_by: asked_by.as_ref(),
            };
            match step(lasting.as_ref(), &change) {
                Step::Same => {}
                Step::Further => lasting.as_mut().unwrap().status = Some(status),
                Step::Begins { kind, counts, by } => {
                    entries.push((status, reason, counts, by.clone()));
                    lasting = Some(Lasting {
                        seq: 0,
                        kind,
                        at: from_ms(0),
                        status: Some(status),
                        reason,
                        by: Some(by),
                    });
                }
            }
        }
        entries
    }

    #[test]
    fn linking_is_an_entry_by_who_asked_for_it_and_being_linked_one_by_the_phone() {
        let phone = By::just(Origin::Phone);
        assert_eq!(
            entries(&[
                (Status::Initializing, None, false, Some(ana())),
                (Status::Qr, None, false, Some(ana())),
                (Status::Connecting, None, true, Some(ana())),
                (Status::Ready, None, true, Some(ana())),
            ]),
            [
                (Status::Initializing, None, Counts::Unlinked, ana()),
                (Status::Connecting, None, Counts::Unlinked, phone.clone()),
                (Status::Ready, None, Counts::Ready, phone),
            ]
        );
    }

    #[test]
    fn a_loss_is_one_entry_however_often_it_is_tried_again() {
        let closed = Some(Reason::ConnectionClosed);
        let unreachable = Some(Reason::Unreachable);
        let whatsapp = By::just(Origin::WhatsApp);
        let server = By::just(Origin::Server);
        let mut history = vec![(Status::Ready, None, true, None)];
        history.push((Status::Reconnecting, closed, true, None));
        history.push((Status::Connecting, closed, true, None));
        for _ in 0..5 {
            history.push((Status::Reconnecting, unreachable, true, None));
            history.push((Status::Connecting, unreachable, true, None));
        }
        history.push((Status::Ready, None, true, None));
        assert_eq!(
            entries(&history),
            [
                (Status::Ready, None, Counts::Ready, server.clone()),
                (Status::Reconnecting, closed, Counts::Down, whatsapp),
                (
                    Status::Reconnecting,
                    unreachable,
                    Counts::Down,
                    server.clone()
                ),
                (Status::Ready, None, Counts::Ready, server),
            ]
        );
    }

    #[test]
    fn a_phone_that_was_never_linked_and_cannot_be_reached_is_no_noise_either() {
        let unreachable = Some(Reason::Unreachable);
        let mut history = vec![(Status::Initializing, None, false, Some(ana()))];
        for _ in 0..5 {
            history.push((Status::Reconnecting, unreachable, false, Some(ana())));
            history.push((Status::Initializing, None, false, Some(ana())));
        }
        history.push((Status::Qr, None, false, Some(ana())));
        let statuses: Vec<Status> = entries(&history).into_iter().map(|e| e.0).collect();
        assert_eq!(
            statuses,
            [Status::Initializing, Status::Reconnecting, Status::Qr]
        );
    }

    #[test]
    fn a_renewed_link_is_no_loss_unless_it_does_not_come_back() {
        let renewal = (Status::Connecting, Some(Reason::LinkRenewal), true, None);
        let ready = (Status::Ready, None, true, None);
        let server = By::just(Origin::Server);
        let up = (Status::Ready, None, Counts::Ready, server.clone());
        let mut history = vec![ready.clone(), renewal.clone(), ready.clone(), renewal];
        assert_eq!(entries(&history), std::slice::from_ref(&up));

        let unreachable = Some(Reason::Unreachable);
        history.push((Status::Reconnecting, unreachable, true, None));
        history.push((Status::Connecting, unreachable, true, None));
        history.push(ready);
        let lost = (Status::Reconnecting, unreachable, Counts::Down, server);
        assert_eq!(entries(&history), [up.clone(), lost, up]);
    }

    #[test]
    fn reconnecting_on_request_names_who_asked() {
        let restart = entries(&[
            (Status::Ready, None, true, None),
            (Status::Connecting, None, true, Some(ana())),
            (Status::Ready, None, true, Some(ana())),
        ]);
        assert_eq!(restart[1].3, ana());
        assert_eq!(restart[2].3, ana());
        assert_eq!(restart[1].2, Counts::Down);
    }

    #[test]
    fn unlinking_is_by_the_phone_or_by_who_asked() {
        let ends = entries(&[
            (Status::Ready, None, true, None),
            (Status::LoggedOut, Some(Reason::PhoneUnlinked), false, None),
            (
                Status::Disconnected,
                Some(Reason::Unlinked),
                false,
                Some(ana()),
            ),
        ]);
        assert_eq!(ends[1].3, By::just(Origin::Phone));
        assert_eq!(ends[1].2, Counts::Unlinked);
        assert_eq!(ends[2].3, ana());
    }

    #[test]
    fn a_killed_server_was_up_until_its_last_sign_of_life() {
        let lasting = Lasting {
            seq: 1,
            kind: ActivityKind::Session,
            at: from_ms(1_000),
            status: Some(Status::Ready),
            reason: None,
            by: None,
        };
        let change = |reason| Change {
            status: Status::Connecting,
            reason: Some(reason),
            linked: true,
            asked_by: None,
        };
        let restart = change(Reason::ServerRestart);
        let ends = |seen| ends_at(&lasting, &restart, seen, from_ms(9_000));
        assert_eq!(ends(Some(from_ms(5_000))), from_ms(5_000));
        assert_eq!(ends(Some(from_ms(500))), from_ms(1_000));
        assert_eq!(ends(Some(from_ms(99_000))), from_ms(9_000));
        assert_eq!(ends(None), from_ms(1_000));
        let closed = change(Reason::ConnectionClosed);
        let seen = Some(from_ms(5_000));
        assert_eq!(
            ends_at(&lasting, &closed, seen, from_ms(9_000)),
            from_ms(9_000)
        );
    }
}
