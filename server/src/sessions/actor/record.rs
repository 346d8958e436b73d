//! What the actor writes down and tells: its state in the database, and the
//! same fact in the ledger, in one transaction.

use super::Actor;
use crate::{
    activity,
    events::Recorded,
    platform::clock::later,
    sessions::{
        linking::{OnShow, Place, Shown},
        state::Input,
        store,
    },
};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;
use whahook_contract::{
    event::{Event, SessionError},
    session::{QrView, Reason, Status},
};

/// Pause before a state that could not be written is written again.
const WRITE_PAUSE: Duration = Duration::from_secs(1);

/// What is told of a sign of the phone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Told {
    Nothing,
    Warning,
}

impl Actor {
    /// Show a code. It is pushed, and kept in memory only.
    pub(super) async fn show(&mut self, code: String, valid_for: Duration) {
        self.progress_by = None;
        if let Some(asked) = self.asked_at.take() {
            metrics::histogram!("whahook_qr_seconds").record(asked.elapsed());
        }
        let expires_at = later(self.context.clock.now(), valid_for);
        self.input(Input::Code { expires_at }).await;
        let event = Event::Qr {
            qr: Some(code.clone()),
            session_id: self.id,
            expires_at,
        };
        let view = QrView {
            qr: code,
            expires_at,
        };
        self.put_on_show(|on_show| &mut on_show.qr, view, event)
            .await;
    }

    /// Whoever asks sees it at once; whoever listens hears of it, and whoever
    /// joins late, by the same event.
    pub(super) async fn put_on_show<T>(&self, place: Place<T>, view: T, event: Event) {
        let shown = Shown { view, event: None };
        self.on_show
            .send_modify(|on_show| *place(on_show) = Some(shown));
        let recorded = self.announce(event).await;
        self.on_show.send_modify(|on_show| {
            if let Some(shown) = place(on_show) {
                shown.event = recorded;
            }
        });
    }

    /// Records and pushes an event whose secret is on show. Where the database
    /// fails nobody is told: another code follows within a minute, and asking
    /// shows this one.
    async fn announce(&self, event: Event) -> Option<Arc<Recorded>> {
        match self.record(vec![event], false).await {
            Ok(recorded) => {
                let newest = recorded.last().cloned().map(Arc::new);
                self.publish(recorded);
                newest
            }
            Err(error) => {
                tracing::warn!(%error, "A code could not be announced.");
                None
            }
        }
    }

    /// Nothing is on show any more but the state.
    pub(super) fn hide(&self) {
        let nothing = OnShow::nothing(self.state.status(), self.state.reason());
        self.on_show.send_replace(nothing);
    }

    /// Write the state; on failure again and again, until the database has it.
    pub(super) async fn write_state(&mut self) {
        let (status, reason) = (self.state.status(), self.state.reason());
        let mut events = vec![Event::Status {
            session_id: self.id,
            status,
            reason,
            detail: self.state.detail().map(ToOwned::to_owned),
            since: self.since,
            next_attempt_at: self.state.next_attempt_at(),
        }];
        events.extend(self.headline());
        let written = self.record(events, true).await;
        // Whoever waits for the state reads it in the database.
        self.on_show.send_modify(|on_show| {
            on_show.status = status;
            on_show.reason = reason;
        });
        match written {
            Ok(recorded) => {
                self.write_again = None;
                if self.is_settled() {
                    self.asked_by = None;
                }
                self.publish(recorded);
                tracing::info!(
                    session.status = %status,
                    session.reason = reason.map(Reason::code),
                    "The session changed."
                );
                metrics::counter!(
                    "whahook_session_changes_total",
                    "status" => status.code(),
                    "reason" => reason.map_or("", Reason::code),
                )
                .increment(1);
                if let (Status::Reconnecting, Some(reason)) = (status, reason) {
                    metrics::counter!(
                        "whahook_session_reconnects_total",
                        "reason" => reason.code(),
                    )
                    .increment(1);
                }
            }
            Err(sqlx::Error::RowNotFound) => {
                // The account was removed under us.
                self.write_again = None;
                self.stopping = true;
            }
            Err(error) => {
                tracing::warn!(%error, "The session's state could not be written; trying again.");
                self.write_again = Some(Instant::now() + WRITE_PAUSE);
            }
        }
    }

    /// Write when the phone was seen, and what is to be told of it. `false`: the
    /// database failed.
    pub(super) async fn write_phone(&self, told: Told) -> bool {
        let mut events = Vec::new();
        if told == Told::Warning {
            events.push(Event::Warning {
                session_id: self.id,
                warning: self.phone.warning,
            });
        }
        match self.record(events, true).await {
            Ok(recorded) => {
                self.publish(recorded);
                true
            }
            Err(error) => {
                tracing::warn!(%error, "A sign of the phone could not be written.");
                false
            }
        }
    }

    /// Nothing is under way that somebody asked for.
    const fn is_settled(&self) -> bool {
        matches!(
            self.state.status(),
            Status::Ready | Status::Disconnected | Status::LoggedOut | Status::Error
        )
    }

    /// The event that says what the change means, besides the status itself.
    fn headline(&self) -> Option<Event> {
        let session_id = self.id;
        match self.state.status() {
            Status::Ready => Some(Event::Ready {
                session_id,
                phone_number: self.identity.person.phone_number.clone(),
                lid: self.identity.person.lid.clone(),
                push_name: self.identity.push_name.clone(),
            }),
            Status::Disconnected | Status::LoggedOut | Status::Reconnecting => {
                Some(Event::Disconnected {
                    session_id,
                    reason: self.state.reason(),
                })
            }
            Status::Error => Some(Event::Error {
                session_id,
                error: SessionError {
                    code: self.state.reason().unwrap_or(Reason::Internal),
                    message: self.state.detail().unwrap_or_default().to_owned(),
                },
            }),
            Status::Initializing | Status::Qr | Status::Connecting => None,
        }
    }

    async fn record(&self, events: Vec<Event>, state: bool) -> sqlx::Result<Vec<Recorded>> {
        let now = self.context.clock.now();
        let account = self.id.account;
        let mut recorded = Vec::with_capacity(events.len());
        let mut tx = self.context.db.begin().await?;
        if state {
            store::set_state(&mut tx, account, &self.state, self.since).await?;
            store::set_device(&mut tx, account, self.linked, &self.identity, &self.phone).await?;
        }
        for event in events {
            let by = self.asked_by.as_ref();
            recorded.push(activity::record(&mut tx, now, account, &event, by).await?);
        }
        tx.commit().await?;
        Ok(recorded)
    }

    fn publish(&self, recorded: Vec<Recorded>) {
        for event in recorded {
            self.context.bus.publish(event);
        }
    }

    pub(super) async fn write_activity(&self) {
        let (account, now) = (self.id.account, self.context.clock.now());
        let write = async {
            let mut tx = self.context.db.begin().await?;
            store::set_activity(&mut tx, account, now).await?;
            tx.commit().await
        };
        if let Err(error) = write.await {
            tracing::warn!(%error, "A sign of life could not be written.");
        }
    }
}
