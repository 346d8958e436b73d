//! What the actor writes down and tells: its state in the database, and the
//! same fact in the ledger, in one transaction.

use super::Actor;
use crate::{
    events::{self, Recorded},
    sessions::{linking::OnShow, state::Input, store},
};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;
use whahook_contract::{
    event::{Event, SessionError},
    session::{QrView, Reason, Status},
};

/// Pause before a state that could not be written is written again.
const WRITE_PAUSE: Duration = Duration::from_secs(1);

impl Actor {
    /// Show a code. It is pushed, and kept in memory only.
    pub(super) async fn show(&mut self, code: String, valid_for: Duration) {
        self.progress_by = None;
        let valid_for = chrono::TimeDelta::from_std(valid_for).unwrap_or_default();
        let expires_at = self.context.clock.now() + valid_for;
        self.input(Input::Code { expires_at }).await;
        let event = Event::Qr {
            qr: Some(code.clone()),
            session_id: self.id,
            expires_at,
        };
        self.on_show.send_replace(OnShow {
            qr: Some(QrView {
                qr: code,
                expires_at,
            }),
            event: None,
        });
        match self.record(vec![event], false).await {
            Ok(recorded) => {
                let newest = recorded.last().cloned().map(Arc::new);
                self.on_show.send_modify(|on_show| on_show.event = newest);
                self.publish(recorded);
            }
            Err(error) => {
                // The next code follows within a minute, and asking shows this
                // one.
                tracing::warn!(%error, "A QR could not be announced.");
            }
        }
    }

    pub(super) fn hide(&self) {
        self.on_show.send_replace(OnShow::default());
    }

    /// Write the state; on failure again and again, until the database has it.
    pub(super) async fn write_state(&mut self) {
        let mut events = vec![Event::Status {
            session_id: self.id,
            status: self.state.status(),
            reason: self.state.reason(),
            detail: self.state.detail().map(ToOwned::to_owned),
            since: self.since,
            next_attempt_at: self.state.next_attempt_at(),
        }];
        events.extend(self.headline());
        match self.record(events, true).await {
            Ok(recorded) => {
                self.write_again = None;
                self.publish(recorded);
                tracing::info!(
                    session.status = %self.state.status(),
                    session.reason = self.state.reason().map(Reason::code),
                    "The session changed."
                );
                metrics::counter!(
                    "whahook_session_changes_total",
                    "status" => self.state.status().code(),
                    "reason" => self.state.reason().map_or("", Reason::code),
                )
                .increment(1);
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
            store::set_device(&mut tx, account, self.linked, &self.identity).await?;
        }
        for event in events {
            recorded.push(events::record(&mut tx, now, account, &event).await?);
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
