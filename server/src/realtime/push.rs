//! From the ledger to the sockets.

use super::{account_room, user_room};
use crate::{App, events::Recorded};
use socketioxide::SocketIo;
use std::sync::Arc;
use tokio::sync::broadcast::error::RecvError;
use whahook_contract::event::Pushed;

/// Pass every recorded event on to the sockets of its user, until the server
/// stops.
pub async fn push(app: App, io: SocketIo) {
    let mut events = app.events.listen();
    loop {
        match events.recv().await {
            Ok(recorded) => send(&io, &recorded).await,
            // Clients see the gap in the numbers and ask for what they missed.
            Err(RecvError::Lagged(missed)) => {
                metrics::counter!("whahook_realtime_events_skipped_total").increment(missed);
                tracing::warn!(
                    events = missed,
                    "Pushing lagged behind; clients will resynchronise."
                );
            }
            Err(RecvError::Closed) => return,
        }
    }
}

async fn send(io: &SocketIo, recorded: &Arc<Recorded>) {
    let event = &recorded.event;
    let payload = match Pushed::new(event.seq, event.account_id, &event.event) {
        Ok(payload) => payload,
        Err(error) => {
            tracing::error!(%error, event.name = event.event.name(), "An event could not be written as JSON.");
            return;
        }
    };
    let rooms = [user_room(recorded.user), account_room(event.account_id)];
    // A slow client's buffer is full: it misses this event, sees the gap and
    // resynchronises.
    if let Err(error) = io.to(rooms).emit(event.event.name(), &payload).await {
        metrics::counter!("whahook_realtime_emit_failures_total").increment(1);
        tracing::debug!(%error, "An event did not reach every socket.");
    }
}
