//! Redis as a way in: messages that backend jobs add to a stream. Each is read
//! and accepted exactly as `POST /api/messages` does it; those of one chat one after
//! the other, those of several side by side.

use super::{input, parse_recipient};
use crate::{
    App, accounts,
    http::{ApiError, extract},
    platform::redis::Redis,
};
use redis::{
    AsyncCommands, RedisResult, Value,
    aio::MultiplexedConnection,
    from_redis_value, pipe,
    streams::{
        StreamAutoClaimOptions, StreamAutoClaimReply, StreamClaimOptions, StreamId,
        StreamInfoConsumersReply, StreamMaxlen, StreamReadOptions, StreamReadReply,
    },
};
use serde::Deserialize;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    convert::Infallible,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::Semaphore,
    task::{JoinError, JoinSet},
    time::{Instant, sleep, timeout},
};

const STREAM: &str = "whahook:outbound";
const REJECTED: &str = "whahook:outbound:rejected";
const REJECTED_KEPT: usize = 10_000;
const GROUP: &str = "whahook";
const FIELD: &str = "message";
/// As many entries are read at once.
const BATCH: usize = 64;
/// As many are accepted side by side: some fetch a file first.
const AT_A_TIME: usize = 32;
/// As many are held at most, those included that wait for others of their chat or for
/// space on the volume. A process that dies leaves no more.
const HELD: usize = 1_024;
const BLOCK: Duration = Duration::from_secs(2);
/// Longer than [`BLOCK`]: an answer that takes so long does not come.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// What nobody touched for so long was left by a process that died.
const LEFT_AFTER: Duration = Duration::from_secs(60);
const TIDY_EVERY: Duration = Duration::from_secs(30);
/// A living consumer asks every [`BLOCK`].
const DEAD_AFTER: Duration = Duration::from_secs(3_600);
const PAUSE: Duration = Duration::from_secs(1);
/// Space does not come back within seconds, and a file may have to be fetched anew.
const PAUSE_WHEN_FULL: Duration = Duration::from_secs(60);
/// How often a failure that waiting does not seem to cure is tried: an account
/// that is removed meanwhile is one.
const TRIES: u32 = 3;

/// Takes messages from the stream for ever; whatever Redis does, it goes on.
pub async fn take_from_redis(app: App, redis: Redis) {
    // One name for the life of the process: after a lost connection its own
    // entries are found under it.
    let consumer = Arc::new(Consumer {
        name: app.ids.uuid().to_string(),
        app,
        redis,
        places: Semaphore::new(AT_A_TIME),
        complained: Mutex::default(),
    });
    let mut known = false;
    loop {
        let started = Instant::now();
        let Err(error) = Arc::clone(&consumer).work().await;
        // Redis may be down for long: saying it once is enough.
        if started.elapsed() > ANSWER_WITHIN || !known {
            tracing::warn!(%error, "Messages cannot be taken from Redis just now; trying again.");
        }
        known = true;
        sleep(PAUSE).await;
    }
}

struct Consumer {
    app: App,
    redis: Redis,
    name: String,
    places: Semaphore,
    /// When it was last said that something cannot be accepted yet.
    complained: Mutex<Option<Instant>>,
}

/// Entries that were read and are not settled yet, by the chat that they are for.
/// Dropped, nobody works on any of them.
struct Lines {
    consumer: Arc<Consumer>,
    redis: MultiplexedConnection,
    /// What waits behind the one that is worked on.
    behind: HashMap<Line, VecDeque<StreamId>>,
    working: JoinSet<Settled>,
    held: HashSet<String>,
}

type Line = (String, String);
type Settled = (Line, String, RedisResult<()>);

impl Lines {
    fn add(&mut self, entries: Vec<StreamId>) {
        for entry in entries {
            // Read again, as one that somebody left.
            if !self.held.insert(entry.id.clone()) {
                continue;
            }
            let line = line_of(&entry);
            match self.behind.get_mut(&line) {
                Some(behind) => behind.push_back(entry),
                None => {
                    self.behind.insert(line.clone(), VecDeque::new());
                    self.work_on(line, entry);
                }
            }
        }
    }

    fn work_on(&mut self, line: Line, entry: StreamId) {
        let (consumer, mut redis) = (Arc::clone(&self.consumer), self.redis.clone());
        self.working.spawn(async move {
            let settled = consumer.take(&mut redis, &entry).await;
            (line, entry.id, settled)
        });
    }

    /// One is settled: the next of its line is worked on.
    fn settled(&mut self, done: Result<Settled, JoinError>) -> RedisResult<()> {
        let (line, id, settled) = match done {
            Ok(done) => done,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => return Ok(()),
            },
        };
        settled?;
        self.held.remove(&id);
        match self.behind.get_mut(&line).and_then(VecDeque::pop_front) {
            Some(next) => self.work_on(line, next),
            None => {
                self.behind.remove(&line);
            }
        }
        Ok(())
    }
}

/// Where a message goes, in one spelling where it has several.
fn line_of(entry: &StreamId) -> Line {
    #[derive(Deserialize)]
    struct Chat {
        account_id: String,
        to: String,
    }
    let message = entry.map.get(FIELD).map(bytes).unwrap_or_default();
    match serde_json::from_slice(&message) {
        Ok(Chat { account_id, to }) => {
            let jid = parse_recipient(&to, None).map(|to| to.jid);
            (account_id, jid.unwrap_or(to))
        }
        // It is refused, and holds up nobody.
        Err(_) => (String::new(), entry.id.clone()),
    }
}

impl Consumer {
    /// On one pair of connections, until one fails.
    async fn work(self: Arc<Self>) -> RedisResult<Infallible> {
        // Its own, because reading blocks it.
        let mut redis = self.redis.connect(ANSWER_WITHIN).await?;
        create_group(&mut redis).await?;
        let mut lines = Lines {
            redis: self.redis.connect(ANSWER_WITHIN).await?,
            consumer: Arc::clone(&self),
            behind: HashMap::new(),
            working: JoinSet::new(),
            held: HashSet::new(),
        };
        // First what was read and not acknowledged when the last connection broke.
        let mut from = "0".to_owned();
        let mut tidied: Option<Instant> = None;
        loop {
            if from == ">" && tidied.is_none_or(|at| at.elapsed() >= TIDY_EVERY) {
                self.keep(&mut redis, &lines.held).await?;
                self.take_over(&mut redis, &mut lines).await?;
                self.remove_the_dead(&mut redis).await?;
                tidied = Some(Instant::now());
            }
            if lines.held.len() >= HELD {
                if let Ok(Some(done)) = timeout(TIDY_EVERY, lines.working.join_next()).await {
                    lines.settled(done)?;
                }
                continue;
            }
            let entries = {
                let mut reading = pin!(self.read(&mut redis, &from));
                loop {
                    tokio::select! {
                        read = &mut reading => break read?,
                        Some(done) = lines.working.join_next() => lines.settled(done)?,
                    }
                }
            };
            if from != ">" {
                let last = entries.as_ref().and_then(|entries| entries.last());
                from = last.map_or_else(|| ">".to_owned(), |last| last.id.clone());
            }
            lines.add(entries.unwrap_or_default());
        }
    }

    /// Tells Redis that somebody works on these, or others would take them over.
    async fn keep(
        &self,
        redis: &mut MultiplexedConnection,
        held: &HashSet<String>,
    ) -> RedisResult<()> {
        if held.is_empty() {
            return Ok(());
        }
        let held: Vec<&str> = held.iter().map(String::as_str).collect();
        let options = StreamClaimOptions::default().with_justid();
        let _: Value = redis
            .xclaim_options(STREAM, GROUP, &self.name, 0, &held, options)
            .await?;
        Ok(())
    }

    /// The next entries after `from`, oldest first; `>` are those that nobody
    /// has read yet, and are waited for.
    async fn read(
        &self,
        redis: &mut MultiplexedConnection,
        from: &str,
    ) -> RedisResult<Option<Vec<StreamId>>> {
        let options = StreamReadOptions::default()
            .group(GROUP, &self.name)
            .count(BATCH)
            .block(usize::try_from(BLOCK.as_millis()).unwrap_or(usize::MAX));
        let reply: Option<StreamReadReply> =
            redis.xread_options(&[STREAM], &[from], &options).await?;
        let streams = reply.map(|reply| reply.keys).unwrap_or_default();
        let entries: Vec<StreamId> = streams.into_iter().flat_map(|key| key.ids).collect();
        Ok(Some(entries).filter(|entries| !entries.is_empty()))
    }

    /// Takes what other consumers have read and left.
    async fn take_over(
        &self,
        redis: &mut MultiplexedConnection,
        lines: &mut Lines,
    ) -> RedisResult<()> {
        let mut from = "0-0".to_owned();
        loop {
            let left: StreamAutoClaimReply = redis
                .xautoclaim_options(
                    STREAM,
                    GROUP,
                    &self.name,
                    milliseconds(LEFT_AFTER),
                    &from,
                    StreamAutoClaimOptions::default().count(BATCH),
                )
                .await?;
            if !left.claimed.is_empty() {
                tracing::info!(
                    entries = left.claimed.len(),
                    "Took over messages that another process had read from Redis and left."
                );
            }
            lines.add(left.claimed);
            if left.next_stream_id == "0-0" {
                return Ok(());
            }
            from = left.next_stream_id;
        }
    }

    /// Every start of a process adds a consumer; Redis keeps them for ever.
    async fn remove_the_dead(&self, redis: &mut MultiplexedConnection) -> RedisResult<()> {
        let known: StreamInfoConsumersReply = redis.xinfo_consumers(STREAM, GROUP).await?;
        for consumer in known.consumers {
            let idle = Duration::from_millis(u64::try_from(consumer.idle).unwrap_or(u64::MAX));
            // With a consumer goes what is pending for it.
            if consumer.pending == 0 && idle > DEAD_AFTER && consumer.name != self.name {
                let _: usize = redis
                    .xgroup_delconsumer(STREAM, GROUP, &consumer.name)
                    .await?;
            }
        }
        Ok(())
    }

    /// Accepts or rejects an entry, and only then takes it out of the stream.
    async fn take(&self, redis: &mut MultiplexedConnection, entry: &StreamId) -> RedisResult<()> {
        let message = entry.map.get(FIELD).map(bytes).unwrap_or_default();
        // Nothing in it: somebody deleted it after it was read.
        let verdict = if entry.map.is_empty() {
            None
        } else {
            Some(self.accept_until_it_is_decided(&message).await)
        };
        let mut settle = pipe();
        settle.atomic();
        if let Some(Err(error)) = &verdict {
            tracing::warn!(
                entry.id = %entry.id,
                error.code = error.code(),
                "A message from Redis was rejected."
            );
            let body = serde_json::to_vec(&error.body()).expect("an error's body is plain JSON");
            settle
                .xadd_maxlen(
                    REJECTED,
                    StreamMaxlen::Approx(REJECTED_KEPT),
                    "*",
                    &[
                        ("id", entry.id.as_bytes()),
                        (FIELD, message.as_slice()),
                        ("error", body.as_slice()),
                    ],
                )
                .ignore();
        }
        // Deleted one by one: trimming by id would have to know the oldest entry
        // that any process still works on.
        let ids = [entry.id.as_str()];
        settle.xack(STREAM, GROUP, &ids).ignore();
        settle.xdel(STREAM, &ids).ignore();
        let () = settle.query_async(redis).await?;
        match verdict {
            Some(Ok(())) => metrics::counter!("whahook_stream_accepted_total").increment(1),
            Some(Err(_)) => metrics::counter!("whahook_stream_rejected_total").increment(1),
            None => {}
        }
        Ok(())
    }

    /// Waits as long as the database does not answer, or the volume is full: those
    /// behind in its chat wait too, so that the order stays.
    async fn accept_until_it_is_decided(&self, message: &[u8]) -> Result<(), ApiError> {
        let mut tries = 0;
        loop {
            let error = {
                let place = self.places.acquire().await;
                let _place = place.expect("the semaphore is never closed");
                match self.accept(message).await {
                    Ok(()) => return Ok(()),
                    Err(error) => error,
                }
            };
            if !error.is_temporary() {
                tries += 1;
                if !error.is_ours() || tries == TRIES {
                    return Err(error);
                }
            }
            self.complain(&error);
            let is_full = error.code() == "volume_full";
            sleep(if is_full { PAUSE_WHEN_FULL } else { PAUSE }).await;
        }
    }

    /// Says that messages wait; not for each of many.
    fn complain(&self, error: &ApiError) {
        let mut complained = self
            .complained
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if complained.is_some_and(|at| at.elapsed() < PAUSE) {
            return;
        }
        *complained = Some(Instant::now());
        tracing::warn!(
            error.code = error.code(),
            "A message from Redis cannot be accepted yet; trying again."
        );
    }

    async fn accept(&self, message: &[u8]) -> Result<(), ApiError> {
        let new = input::message(extract::parse(message)?)?;
        // What comes twice, after a crash, is known by it.
        if new.idempotency_key.is_none() {
            return Err(ApiError::invalid(
                "idempotency_key",
                "`idempotency_key` is missing; a message from Redis must have one.",
            ));
        }
        let owner =
            accounts::service::owner(&mut *self.app.db.read().await?, new.account_id).await?;
        let accepted = self.app.outbox.accept(&self.app.doorbell, owner, new);
        accepted.await?;
        Ok(())
    }
}

async fn create_group(redis: &mut MultiplexedConnection) -> RedisResult<()> {
    // From the beginning: what was added before anybody listened counts too.
    let created: RedisResult<()> = redis.xgroup_create_mkstream(STREAM, GROUP, "0").await;
    match created {
        Err(error) if error.code() == Some("BUSYGROUP") => Ok(()),
        other => other,
    }
}

fn bytes(value: &Value) -> Vec<u8> {
    from_redis_value(value.clone()).unwrap_or_default()
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
