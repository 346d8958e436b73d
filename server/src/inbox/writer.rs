//! Writes down what came in: what waits together, in one transaction.

use super::{
    Context, Delivery,
    batch::{Batch, Known},
    files,
};
use crate::{
    events::{Bus, Recorded},
    platform::{clock::Clock, db::Db, ids::Ids, refusal},
};
use std::{collections::HashMap, time::Duration};
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
/// How long it is tried again. Then the session must connect anew, so that
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
                for delivery in deliveries {
                    let taken = self.insist(std::slice::from_ref(&delivery)).await;
                    let _ = delivery.done.send(taken);
                }
            }
        }
    }

    async fn insist(&mut self, delivery: &[Delivery]) -> Result<(), NotTaken> {
        let until = Instant::now() + PATIENCE;
        let mut refusals = 0;
        loop {
            let Err(error) = self.write(delivery).await else {
                return Ok(());
            };
            refusals += usize::from(!refusal::passes(&error));
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
        let result = self.write_all(deliveries, &mut written).await;
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
