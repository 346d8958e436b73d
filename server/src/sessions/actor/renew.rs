//! The actor renews its link when that gives memory back and disturbs nobody.

use super::Actor;
use crate::sessions::{
    handshakes::{For, Turn},
    renewal::Link,
    state::{Input, State},
};
use tokio::time::Instant;
use tracing::Instrument;

impl Actor {
    /// When the link is to be renewed, if nothing happens before.
    pub(super) fn renewal_at(&self) -> Option<Instant> {
        let held = self.link.as_ref().filter(|_| self.state == State::Ready)?;
        let now = Instant::now();
        let link = Link {
            peers: held.link().peers(),
            quiet_for: now.saturating_duration_since(self.busy_at),
            is_sending: self.sender.is_busy(),
            next_due_in: self
                .sender
                .wake_at()
                .map(|at| at.saturating_duration_since(now)),
        };
        let due_in = self.context.renewal.due_in(&link)?;
        Some(now + due_in)
    }

    /// The link stays up until another may be made at once.
    pub(super) fn await_renewals_turn(&mut self) {
        let handshakes = self.context.handshakes.clone();
        let turn = async move { handshakes.turn(For::ComingBack).await };
        self.renewing = Some(tokio::spawn(turn.in_current_span()));
    }

    pub(super) async fn renew(&mut self, turn: Turn) {
        let still_due = self.renewal_at().is_some_and(|at| at <= Instant::now());
        if still_due {
            let peers = self.link.as_ref().map(|held| held.link().peers());
            tracing::info!(link.peers = peers, "The link is renewed while it is quiet.");
            self.input_in_turn(Input::Renew, Some(turn)).await;
        }
    }
}
