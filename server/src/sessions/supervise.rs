//! A session's actor is watched over: a mistake of ours in it is told, no other
//! session notices, and it is started again a few times.

use super::{
    actor::{Actor, Command},
    backoff,
    linking::OnShow,
    manager::Context,
    store::{self, Stored},
};
use futures::FutureExt;
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::{
    sync::{Mutex, mpsc, watch},
    time::Instant,
};
use whahook_contract::ids::SessionId;

/// So often a session that panicked is started again by itself.
const RESTARTS: u32 = 5;
/// After this long without one, the next panic is a first one again.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60 * 60);
/// Pause before a database that failed is asked again.
const DATABASE_PAUSE: Duration = Duration::from_secs(1);

/// What an actor is made of, again after each panic.
pub struct Parts {
    pub id: SessionId,
    pub context: Arc<Context>,
    /// Whoever has it works on the device's store, alone.
    pub store: Arc<Mutex<()>>,
    pub on_show: watch::Sender<OnShow>,
}

/// Runs a session until it is told to stop, or its account is removed.
pub async fn supervise(parts: Parts, stored: Stored, mut commands: mpsc::Receiver<Command>) {
    let mut panics = Panics::default();
    let mut actor = Actor::new(&parts, &stored);
    while AssertUnwindSafe(actor.run(&mut commands))
        .catch_unwind()
        .await
        .is_err()
    {
        let restart_in = panics
            .another(Instant::now())
            .then(|| backoff::delay(panics.in_a_row, parts.context.ids.jitter()));
        tracing::error!(
            session.panics = panics.in_a_row,
            session.pause_s = restart_in.map(|pause| pause.as_secs_f64()),
            "The session panicked."
        );
        metrics::counter!("whahook_session_panics_total").increment(1);
        let Some(stored) = look_up(&parts).await else {
            return;
        };
        actor = Actor::after_panic(&parts, &stored, restart_in);
    }
}

/// `None`: the account is gone.
async fn look_up(parts: &Parts) -> Option<Stored> {
    loop {
        let found = async {
            let mut conn = parts.context.db.read().await?;
            store::find(&mut conn, parts.id.account).await
        };
        match found.await {
            Ok(stored) => return stored,
            Err(error) => {
                tracing::warn!(%error, "A session that panicked could not be looked up; trying again.");
                tokio::time::sleep(DATABASE_PAUSE).await;
            }
        }
    }
}

#[derive(Default)]
struct Panics {
    in_a_row: u32,
    last: Option<Instant>,
}

impl Panics {
    /// Counts one more. `false`: these are too many.
    fn another(&mut self, now: Instant) -> bool {
        let forgotten = self.last.is_none_or(|at| now - at > FORGOTTEN_AFTER);
        self.in_a_row = if forgotten { 1 } else { self.in_a_row + 1 };
        self.last = Some(now);
        self.in_a_row <= RESTARTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_five_restarts_in_an_hour_a_session_is_left_alone() {
        let mut panics = Panics::default();
        let now = Instant::now();
        let restarts: Vec<bool> = (0..6).map(|_| panics.another(now)).collect();
        assert_eq!(restarts, [true, true, true, true, true, false]);
        assert!(panics.another(now + FORGOTTEN_AFTER + Duration::from_secs(1)));
    }
}
