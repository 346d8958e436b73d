//! Writing down what became of messages.

use super::{DATABASE_PAUSE, Sender};
use crate::{
    outbox::{
        facts::{self, Fact},
        store,
    },
    platform::db,
};
use std::{collections::VecDeque, mem};
use tokio::time::Instant;

/// How often the database may refuse what happened before each fact is written by
/// itself.
const REFUSALS: usize = 3;

impl Sender {
    /// Write every waiting fact down, all in one transaction, oldest first.
    /// `false`: the database failed, and they wait for the next time.
    pub async fn write_down(&mut self) -> bool {
        if self.facts.is_empty() {
            return true;
        }
        let mut written = self.write_facts().await;
        if let Err(error) = &written {
            self.refusals += usize::from(!db::passes(error));
            if self.refusals >= REFUSALS {
                written = self.write_each().await;
            }
        }
        match written {
            Ok(()) => {
                self.refusals = 0;
                true
            }
            Err(error) => {
                tracing::warn!(%error, facts = self.facts.len(), "What became of messages could not be written down; trying again.");
                self.look_at = Some(Instant::now() + DATABASE_PAUSE);
                false
            }
        }
    }

    /// The same, each by itself: one that the database refuses must not keep back
    /// all that happens to the account's messages, for ever.
    async fn write_each(&mut self) -> sqlx::Result<()> {
        let mut waiting = mem::take(&mut self.facts);
        while let Some(fact) = waiting.pop_front() {
            self.facts = VecDeque::from([fact]);
            match self.write_facts().await {
                Ok(()) => {}
                Err(error) if db::passes(&error) => {
                    self.facts.append(&mut waiting);
                    return Err(error);
                }
                Err(error) => {
                    let fact = self.facts.pop_front();
                    let about = fact.as_ref().map(Fact::name);
                    tracing::error!(%error, fact = about, "What became of a message is not written down: the database refuses it.");
                }
            }
        }
        self.facts_since = None;
        Ok(())
    }

    async fn write_facts(&mut self) -> sqlx::Result<()> {
        let outbox = &self.outbox;
        let mut tx = outbox.db.begin_in_background().await?;
        store::lock_account(&mut tx, outbox.db.kind(), self.account).await?;
        let recorded = facts::write(outbox, &mut tx, self.user, self.account, &self.facts).await?;
        tx.commit().await?;
        self.facts.clear();
        self.facts_since = None;
        self.outbox.publish(recorded);
        Ok(())
    }
}
