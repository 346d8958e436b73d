//! The wake-up as an apalis job on Redis. The job carries an id only, runs any
//! number of times without harm, and may be lost: the sweep finds what it left.

use super::doorbell::{Carrier, Ring};
use crate::platform::{ids::Ids, redis::Redis};
use apalis::prelude::{
    BackendExt, BoxDynError, Data, PollSnapshot, PollStrategy, TaskSink, WorkerBuilder,
};
use apalis_core::backend::Vacuum;
use apalis_redis::{Config, ConnectionManager, RedisStorage};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    sync::mpsc,
    time::{Interval, MissedTickBehavior, interval, sleep, timeout},
};
use whahook_contract::ids::AccountId;

const QUEUE: &str = "whahook:wake";
/// How often Redis is asked for wake-ups of other processes. One's own ask at
/// once.
const POLL: Duration = Duration::from_millis(250);
const CARRY_TIMEOUT: Duration = Duration::from_millis(500);
/// Pause before a worker that Redis failed is started again.
const RESTART_PAUSE: Duration = Duration::from_secs(1);
/// How often done jobs are cleared away; apalis keeps them for ever.
const CLEAR_EVERY: Duration = Duration::from_secs(60);

/// Tolerant of fields that a newer version may add: a job that cannot be read
/// would stop the worker.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Wake {
    #[serde(default)]
    account: String,
}

/// Rings through Redis.
#[derive(Clone)]
pub struct RedisBell {
    storage: RedisStorage<Wake, ConnectionManager>,
    poke: mpsc::Sender<()>,
}

/// The other end of a [`RedisBell`], to be run.
pub struct RedisWorker {
    storage: RedisStorage<Wake, ConnectionManager>,
    poked: Arc<parking_lot::Mutex<mpsc::Receiver<()>>>,
    ids: Ids,
}

#[must_use]
pub fn redis_bell(redis: &Redis, ids: Ids) -> (RedisBell, RedisWorker) {
    let config = Config::default()
        .queue(QUEUE)
        // A larger batch is acknowledged only when all of it is done.
        .batch_size(1)
        .heartbeat_interval(Duration::from_secs(10));
    let storage = RedisStorage::new(redis.connection()).with_config(config);
    let (poke, poked) = mpsc::channel(1);
    let bell = RedisBell {
        storage: storage.clone(),
        poke,
    };
    let worker = RedisWorker {
        storage,
        poked: Arc::new(parking_lot::Mutex::new(poked)),
        ids,
    };
    (bell, worker)
}

impl Carrier for RedisBell {
    fn carry(&self, account: AccountId) -> BoxFuture<'static, Result<(), String>> {
        let mut storage = self.storage.clone();
        let poke = self.poke.clone();
        let wake = Wake {
            account: account.to_string(),
        };
        Box::pin(async move {
            match timeout(CARRY_TIMEOUT, storage.push(wake)).await {
                Ok(Ok(())) => {
                    // Full: the worker is about to look anyway.
                    let _ = poke.try_send(());
                    Ok(())
                }
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => Err(format!("no answer within {} ms", CARRY_TIMEOUT.as_millis())),
            }
        })
    }
}

impl RedisWorker {
    /// Work for ever; a worker that fails is followed by another.
    pub async fn run(self, local: Arc<dyn Ring>) {
        let clear = clear_away(self.storage.clone());
        let work = async {
            loop {
                if let Err(error) = self.work(local.clone()).await {
                    tracing::warn!(%error, "The worker for wake-ups stopped; starting another.");
                }
                sleep(RESTART_PAUSE).await;
            }
        };
        tokio::join!(work, clear);
    }

    /// One worker, until Redis fails it.
    fn work(&self, local: Arc<dyn Ring>) -> BoxFuture<'static, Result<(), String>> {
        let look = Look {
            poked: self.poked.clone(),
            every: {
                let mut every = interval(POLL);
                every.set_missed_tick_behavior(MissedTickBehavior::Delay);
                every
            },
        };
        // A name that was used a moment ago counts as still active.
        let name = format!("wake-{}", self.ids.uuid());
        let worker = WorkerBuilder::new(name)
            .backend(self.storage.clone().poll_with_strategy(look))
            .data(Local(local))
            .build(wake);
        Box::pin(async move { worker.run().await.map_err(|error| error.to_string()) })
    }
}

/// Given to every job.
#[derive(Clone)]
struct Local(Arc<dyn Ring>);

async fn wake(job: Wake, local: Data<Local>) -> Result<(), BoxDynError> {
    if let Ok(account) = job.account.parse() {
        let Local(bell) = &*local;
        bell.ring(account);
    }
    Ok(())
}

/// When to ask Redis: after a push of our own, and every now and then.
struct Look {
    poked: Arc<parking_lot::Mutex<mpsc::Receiver<()>>>,
    every: Interval,
}

impl PollStrategy for Look {
    fn poll_drive(&mut self, cx: &mut Context<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        let mut due = false;
        // Until both are pending: a source that is left ready would not wake
        // the worker again, and it would sleep until its next heartbeat.
        while self.every.poll_tick(cx).is_ready() {
            due = true;
        }
        while let Poll::Ready(Some(())) = self.poked.lock().poll_recv(cx) {
            due = true;
        }
        if due {
            Poll::Ready(Some(()))
        } else {
            Poll::Pending
        }
    }
}

async fn clear_away(mut storage: RedisStorage<Wake, ConnectionManager>) {
    let done = storage.get_config().done_jobs_set();
    loop {
        sleep(CLEAR_EVERY).await;
        let cleared = storage
            .vacuum()
            .await
            .map(drop)
            .map_err(|error| error.to_string());
        let trimmed: redis::RedisResult<()> = redis::cmd("ZREMRANGEBYRANK")
            .arg(&done)
            .arg(0)
            .arg(-1_001)
            .query_async(storage.get_connection())
            .await;
        if let Err(error) = cleared.and(trimmed.map_err(|error| error.to_string())) {
            tracing::debug!(%error, "Done wake-ups could not be cleared away.");
        }
    }
}
