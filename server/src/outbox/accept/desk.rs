//! Where accepted messages are put into the queue: those that come at the same
//! time in one transaction, with one statement where each would have its own.

use super::{over, queueing::Queueing};
use crate::{
    accounts,
    events::{self, Bus, Recorded},
    outbox::{Error, content, duplicates, model::Message, moves, store},
    platform::{
        clock::Clock,
        db::{self, Conn, Db, Kind},
    },
};
use phonenumber::country;
use std::{
    collections::{BTreeMap, HashMap},
    slice,
    sync::Arc,
};
use tokio::sync::{Semaphore, mpsc, oneshot};
use whahook_contract::{
    Timestamp,
    ids::{AccountId, UserId},
};

/// Messages that may wait; those after them wait at the door.
const WAITING: usize = 1_024;
/// Messages in one transaction.
const TOGETHER: usize = 64;

/// A message that was read and checked.
pub struct Ready {
    pub message: Message,
    /// Of numbers without a country code.
    pub country: Option<country::Id>,
    /// How long the same content to the same recipient is refused; 0: never.
    pub window_s: u32,
}

pub enum Outcome {
    Queued(Message),
    /// One with its key was accepted before.
    Repeated(Message),
}

struct Waiting {
    ready: Ready,
    done: oneshot::Sender<Result<Outcome, Error>>,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Desk(mpsc::Sender<Waiting>);

impl Desk {
    /// Opens it; it closes when nobody has it any more.
    pub fn open(db: Db, clock: Clock, bus: Bus) -> Self {
        let (door, waiting) = mpsc::channel(WAITING);
        tokio::spawn(Clerk { db, clock, bus }.work(waiting));
        Self(door)
    }

    /// Returns once the message is on the disk.
    ///
    /// # Errors
    /// It is refused, or the database failed; nothing is queued then.
    pub async fn put(&self, ready: Ready) -> Result<Outcome, Error> {
        let (done, outcome) = oneshot::channel();
        let closed = |_| Error::Database(sqlx::Error::PoolClosed);
        let sent = self.0.send(Waiting { ready, done }).await;
        sent.map_err(|_| Error::Database(sqlx::Error::PoolClosed))?;
        outcome.await.map_err(closed)?
    }
}

#[derive(Clone)]
struct Clerk {
    db: Db,
    clock: Clock,
    bus: Bus,
}

impl Clerk {
    async fn work(self, mut waiting: mpsc::Receiver<Waiting>) {
        // While some are waited for, until they are on the disk, others are written.
        let turns = Arc::new(Semaphore::new(match self.db.kind() {
            Kind::Sqlite => 2,
            Kind::Postgres => 4,
        }));
        while let Some(first) = waiting.recv().await {
            let turn = turns.clone().acquire_owned().await;
            let mut together = vec![first];
            while together.len() < TOGETHER
                && let Ok(next) = waiting.try_recv()
            {
                together.push(next);
            }
            let clerk = self.clone();
            tokio::spawn(async move {
                clerk.take(together).await;
                drop(turn);
            });
        }
    }

    async fn take(&self, together: Vec<Waiting>) {
        let split = together.into_iter().map(|it| (it.ready, it.done));
        let (ready, done): (Vec<_>, Vec<_>) = split.unzip();
        let outcomes = match self.write(&ready).await {
            Ok(outcomes) => outcomes,
            Err(error) if db::passes_by_itself(&error) => {
                let one_more = |_| Err(db::copy_of_passing(&error).into());
                ready.iter().map(one_more).collect()
            }
            Err(error) if ready.len() == 1 => vec![Err(error.into())],
            // One of them may be the cause, and must not keep the others out.
            Err(_) => {
                let mut outcomes = Vec::with_capacity(ready.len());
                for one in &ready {
                    let outcome = self.write(slice::from_ref(one)).await;
                    let outcome = outcome.map(|mut outcomes| outcomes.remove(0));
                    outcomes.push(outcome.unwrap_or_else(|error| Err(error.into())));
                }
                outcomes
            }
        };
        for (done, outcome) in done.into_iter().zip(outcomes) {
            // Whoever asked may have gone away.
            let _ = done.send(outcome);
        }
    }

    /// What became of each. Whoever is refused takes nobody else along.
    async fn write(&self, ready: &[Ready]) -> sqlx::Result<Vec<Result<Outcome, Error>>> {
        let mut tx = self.db.begin().await?;
        let mut writing = Writing::begin(&mut tx, self.db.kind(), ready, self.clock.now()).await?;
        let mut outcomes = Vec::with_capacity(ready.len());
        for one in ready {
            match writing.put(&mut tx, one).await {
                Err(Error::Database(error)) => return Err(error),
                outcome => outcomes.push(outcome),
            }
        }
        let recorded = writing.end(&mut tx).await?;
        if recorded.is_empty() {
            tx.rollback().await?;
        } else {
            tx.commit().await?;
        }
        for event in recorded {
            self.bus.publish(event);
        }
        Ok(outcomes)
    }
}

/// One transaction.
struct Writing {
    now: Timestamp,
    /// Of each account the number of its next event, how many are left, and whose
    /// it is.
    numbers: HashMap<AccountId, (i64, i64, UserId)>,
    /// What was accepted with a key.
    by_key: HashMap<(AccountId, String), Message>,
    queueing: Queueing,
    recorded: Vec<Recorded>,
}

impl Writing {
    async fn begin(
        tx: &mut Conn,
        kind: Kind,
        ready: &[Ready],
        now: Timestamp,
    ) -> sqlx::Result<Self> {
        let mut counts: BTreeMap<AccountId, i64> = BTreeMap::new();
        for one in ready {
            *counts.entry(one.message.account).or_default() += 1;
        }
        let counts: Vec<(AccountId, i64)> = counts.into_iter().collect();
        // Of one account taking the numbers is locking it. From here on of two
        // requests with one key the second finds the first.
        if counts.len() > 1 {
            let accounts: Vec<AccountId> = counts.iter().map(|(account, _)| *account).collect();
            store::lock_accounts(tx, kind, &accounts).await?;
        }
        let reserved = events::reserve_all(tx, &counts).await?;
        let number = |&(account, count): &(AccountId, i64)| {
            let (first, user) = *reserved.get(&account)?;
            Some((account, (first, count, user)))
        };
        let keys: Vec<(AccountId, &str)> = ready
            .iter()
            .filter_map(|one| Some((one.message.account, one.message.idempotency_key.as_deref()?)))
            .collect();
        let known = store::find_by_keys(tx, &keys).await?;
        let key = |message: Message| {
            let key = message.idempotency_key.clone()?;
            Some(((message.account, key), message))
        };
        Ok(Self {
            now,
            numbers: counts.iter().filter_map(number).collect(),
            by_key: known.into_iter().filter_map(key).collect(),
            queueing: Queueing::begin(tx, ready.iter().map(|one| &one.message)).await?,
            recorded: Vec::with_capacity(ready.len()),
        })
    }

    async fn put(&mut self, tx: &mut Conn, ready: &Ready) -> Result<Outcome, Error> {
        let mut message = ready.message.clone();
        let account = message.account;
        let key = message.idempotency_key.clone().map(|key| (account, key));
        if let Some(first) = key.as_ref().and_then(|key| self.by_key.get(key)) {
            return Ok(Outcome::Repeated(first.clone()));
        }
        // Only now: what was in time when it was accepted is so when repeated.
        if message.is_over(message.queued_at) {
            return Err(over());
        }
        if ready.window_s > 0 {
            self.queueing.write(tx).await?;
            duplicates::refuse(tx, &message, ready.window_s).await?;
        }
        content::resolve(tx, &mut message, ready.country).await?;
        let (next, left, user) = self
            .numbers
            .get_mut(&account)
            .ok_or(accounts::Error::NotFound(account))?;
        let seq = *next;
        (*next, *left) = (seq + 1, *left - 1);
        let event = moves::event(&message, self.now, None);
        self.recorded
            .push(events::at(seq, *user, self.now, account, event));
        message.place = self.queueing.add(tx, &message, seq).await?;
        if ready.window_s > 0 {
            self.queueing.write(tx).await?;
            duplicates::note(tx, &message, ready.window_s).await?;
        }
        if let Some(key) = key {
            self.by_key.insert(key, message.clone());
        }
        Ok(Outcome::Queued(message))
    }

    async fn end(mut self, tx: &mut Conn) -> sqlx::Result<Vec<Recorded>> {
        self.queueing.write(tx).await?;
        events::append(tx, &self.recorded).await?;
        // Those of whoever was refused: there are no gaps.
        for (account, (_, left, _)) in self.numbers {
            if left > 0 {
                events::give_back(tx, account, left).await?;
            }
        }
        Ok(self.recorded)
    }
}
