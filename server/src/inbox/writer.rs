//! Writes down what came in: what waits together, in one transaction.

use super::{Context, Delivery, batch::Batch, files, place::Known};
use crate::{
    events::{Bus, Recorded},
    platform::{
        clock::Clock,
        db::{self, Db},
        ids::Ids,
    },
};
use futures::FutureExt;
use std::{collections::HashMap, panic::AssertUnwindSafe, time::Duration};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep},
};
use whahook_contract::{event::Event, received::MediaState, receiving::AppliedReceiving};
use whahook_whatsapp::port::NotTaken;

/// Messages in one transaction.
const TOGETHER: usize = 256;
/// Pause before the database is tried again.
const PAUSE: Duration = Duration::from_millis(500);
/// How long it is tried again, for all that waits together. Then the session must connect anew, so that
/// WhatsApp delivers once more.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often something that the database refuses is tried.
const ATTEMPTS: usize = 3;

pub struct Writer {
    db: Db,
    clock: Clock,
    ids: Ids,
    bus: Bus,
    receiving: AppliedReceiving,
    files: files::Bell,
    known: Known,
}

impl Writer {
    pub fn new(context: &Context<'_>) -> Self {
        Self {
            db: context.db.clone(),
            clock: context.clock.clone(),
            ids: context.ids.clone(),
            bus: context.bus.clone(),
            receiving: context.receiving.clone(),
            files: context.files.clone(),
            known: Known::default(),
        }
    }

    pub async fn run(mut self, mut deliveries: mpsc::Receiver<Delivery>) {
        while let Some(first) = deliveries.recv().await {
            let mut count = first.messages.len();
            let mut together = vec![first];
            while count < TOGETHER
                && let Ok(next) = deliveries.try_recv()
            {
                count += next.messages.len();
                together.push(next);
            }
            self.take(together).await;
        }
    }

    async fn take(&mut self, deliveries: Vec<Delivery>) {
        match self.write(&deliveries).await {
            Ok(()) => {
                for delivery in deliveries {
                    // Its link may have ended.
                    let _ = delivery.done.send(Ok(()));
                }
            }
            // One of them may be the cause, and must not keep the others out.
            Err(_) => {
                let until = Instant::now() + PATIENCE;
                let mut taken = Ok(());
                for delivery in deliveries {
                    // Where the database is away for one, it is for all.
                    if !matches!(taken, Err(NotTaken { passes: true, .. })) {
                        taken = self.insist(std::slice::from_ref(&delivery), until).await;
                    }
                    let _ = delivery.done.send(taken.clone());
                }
            }
        }
    }

    async fn insist(&mut self, delivery: &[Delivery], until: Instant) -> Result<(), NotTaken> {
        let mut refusals = 0;
        loop {
            let Err(error) = self.write(delivery).await else {
                return Ok(());
            };
            refusals += usize::from(!db::passes(&error));
            if refusals >= ATTEMPTS || Instant::now() >= until {
                tracing::error!(%error, "What came in could not be written down.");
                return Err(NotTaken {
                    passes: refusals < ATTEMPTS,
                    detail: error.to_string(),
                });
            }
            tracing::warn!(%error, "What came in could not be written down; trying again.");
            sleep(PAUSE).await;
        }
    }

    async fn write(&mut self, deliveries: &[Delivery]) -> sqlx::Result<()> {
        let mut written = Vec::new();
        let result = guarded(self.write_all(deliveries, &mut written)).await;
        match result {
            Ok(()) => {
                let messages: usize = deliveries.iter().map(|it| it.messages.len()).sum();
                metrics::counter!("whahook_messages_received_total").increment(messages as u64);
                if written.iter().any(brings_a_file) {
                    self.files.ring();
                }
                for recorded in written {
                    self.bus.publish(recorded);
                }
                Ok(())
            }
            Err(error) => {
                // What was learnt in the transaction is gone with it.
                self.known.forget();
                Err(error)
            }
        }
    }

    async fn write_all(
        &mut self,
        deliveries: &[Delivery],
        written: &mut Vec<Recorded>,
    ) -> sqlx::Result<()> {
        let mut tx = self.db.begin().await?;
        let batch = Batch {
            ids: &self.ids,
            now: self.clock.now(),
            known: &mut self.known,
            receiving: &self.receiving,
            settings: HashMap::new(),
        };
        *written = batch.write(&mut tx, deliveries).await?;
        tx.commit().await
    }
}

/// A mistake in what is done with one delivery must not end all receiving.
async fn guarded(writing: impl Future<Output = sqlx::Result<()>>) -> sqlx::Result<()> {
    let done = AssertUnwindSafe(writing).catch_unwind().await;
    done.unwrap_or_else(|_| {
        tracing::error!("A mistake in the program kept what came in from being written down.");
        Err(sqlx::Error::Decode("a mistake in the program".into()))
    })
}

/// Whether it has a file that is to be fetched.
fn brings_a_file(recorded: &Recorded) -> bool {
    match &recorded.event.event {
        Event::MessageReceived(message) => {
            let media = message.content.media();
            media.is_some_and(|media| media.state == Some(MediaState::Pending))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_mistake_ends_no_more_than_what_it_is_about() {
        let away = guarded(async { Err(sqlx::Error::PoolClosed) }).await;
        assert!(db::passes(&away.unwrap_err()), "the database is away");
        let mistake = guarded(async { panic!("on purpose") });
        assert!(!db::passes(&mistake.await.unwrap_err()), "it is refused");
    }
}
