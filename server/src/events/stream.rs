//! Events as they happen, one reader after the other in its own pace: from the
//! bus while it keeps up, from the ledger where it does not. Nothing is kept for
//! a reader but how far it is.

use super::{
    Recorded,
    positions::Positions,
    reading::{self, Kept, Types},
};
use crate::{
    App,
    http::{
        auth::{self, Principal},
        revoked::Credential,
    },
    platform::db::Kind,
};
use http::HeaderMap;
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::{
    sync::{
        broadcast::{Receiver, error::RecvError},
        mpsc,
    },
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};
use whahook_contract::{
    event::{Event, LedgerEvent},
    ids::{AccountId, UserId},
    key::Scope,
};

/// How often a reader hears that the stream is still there.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often the ledger is asked for what other processes wrote.
const LOOK: Duration = Duration::from_secs(1);
/// A reader that takes nothing for so long is given up; it comes back and goes
/// on where it was.
const PATIENCE: Duration = Duration::from_secs(30);
/// So much may lie between us and a reader.
const AHEAD: usize = 64;
const CHUNK: i64 = 200;

/// What a reader gets.
#[derive(Debug)]
pub enum Item {
    /// The event as JSON.
    Event(String),
    /// Nothing new.
    Heartbeat,
}

/// With the positions after it.
pub type Numbered = (Item, String);

/// What somebody wants to read.
pub struct Wish {
    pub principal: Principal,
    /// As they came with the request: what is in them may stop being good.
    pub headers: HeaderMap,
    /// `None`: all that the principal may see.
    pub accounts: Option<Vec<AccountId>>,
    pub types: Types,
    pub positions: Positions,
}

impl Wish {
    fn covers(&self, user: UserId, account: AccountId) -> bool {
        user == self.principal.user_id
            && self.principal.covers(account)
            && self
                .accounts
                .as_ref()
                .is_none_or(|accounts| accounts.contains(&account))
    }
}

/// Why a stream ends.
enum End {
    Gone,
    TooSlow,
    NotAllowed,
    Failed(sqlx::Error),
}

impl From<sqlx::Error> for End {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error)
    }
}

/// Begin to read. The channel ends when the reader has to come again.
pub fn open(app: &App, wish: Wish) -> mpsc::Receiver<Numbered> {
    let (out, items) = mpsc::channel(AHEAD);
    let reader = Reader {
        app: app.clone(),
        wish,
        out,
    };
    app.spawn(async move {
        metrics::gauge!("whahook_event_streams").increment(1.0);
        // Also when the server stops, which drops this.
        let _open = Open;
        reader.read().await;
    });
    items
}

struct Open;

impl Drop for Open {
    fn drop(&mut self) {
        metrics::gauge!("whahook_event_streams").decrement(1.0);
    }
}

struct Reader {
    app: App,
    wish: Wish,
    out: mpsc::Sender<Numbered>,
}

impl Reader {
    async fn read(mut self) {
        // Before anything is looked up: what happens meanwhile is not missed.
        let bus = self.app.events.listen();
        let revoked = self.app.revoked.listen();
        let Err(end) = self.follow(bus, revoked).await else {
            return;
        };
        match end {
            End::Gone | End::NotAllowed => {}
            End::TooSlow => {
                metrics::counter!("whahook_event_streams_given_up_total").increment(1);
                tracing::info!("A reader of events took nothing for too long; its stream ends.");
            }
            End::Failed(error) => {
                tracing::warn!(%error, "Events could not be read; a stream ends.");
            }
        }
    }

    async fn follow(
        &mut self,
        mut bus: Receiver<Arc<Recorded>>,
        mut revoked: Receiver<Credential>,
    ) -> Result<(), End> {
        let own = Credential::from(&self.wish.principal.via);
        self.is_still_allowed().await?;
        // The number to come back with, should nothing happen before.
        self.send(Item::Heartbeat).await?;
        self.catch_up().await?;
        let start = Instant::now();
        let mut heartbeat = interval_at(start + HEARTBEAT, HEARTBEAT);
        let mut look = interval_at(start + LOOK, LOOK);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let others_write = self.app.db.kind() == Kind::Postgres;
        let gone = self.out.clone();
        let mut gone = pin!(gone.closed());
        loop {
            tokio::select! {
                () = &mut gone => return Err(End::Gone),
                credential = revoked.recv() => match credential {
                    Ok(credential) if credential == own => return Err(End::NotAllowed),
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => self.is_still_allowed().await?,
                    Err(RecvError::Closed) => return Ok(()),
                },
                recorded = bus.recv() => match recorded {
                    Ok(recorded) => self.hear(&recorded).await?,
                    Err(RecvError::Lagged(_)) => self.catch_up().await?,
                    Err(RecvError::Closed) => return Ok(()),
                },
                _ = look.tick(), if others_write => self.catch_up().await?,
                _ = heartbeat.tick() => {
                    // Another process may have revoked it.
                    self.is_still_allowed().await?;
                    self.catch_up().await?;
                    self.send(Item::Heartbeat).await?;
                }
            }
        }
    }

    async fn is_still_allowed(&self) -> Result<(), End> {
        let principal = match auth::authenticate(&self.app, &self.wish.headers, None).await {
            Ok(principal) => principal,
            Err(auth::Error::Database(error)) => return Err(End::Failed(error)),
            Err(_) => return Err(End::NotAllowed),
        };
        principal.require(Scope::Read).map_err(|_| End::NotAllowed)
    }

    async fn hear(&mut self, recorded: &Recorded) -> Result<(), End> {
        let told = &recorded.event;
        let account = told.account_id;
        if !self.wish.covers(recorded.user, account) {
            return Ok(());
        }
        if matches!(told.event, Event::AccountRemoved {}) {
            let sent = self.pass_on(told).await;
            self.wish.positions.forget(account);
            return sent;
        }
        let position = self.wish.positions.of(account).unwrap_or(0);
        if !told.event.is_kept() || told.seq <= position {
            Ok(())
        } else if told.seq == position + 1 {
            self.wish.positions.set(account, told.seq);
            self.pass_on(told).await
        } else {
            self.catch_up_with(account).await
        }
    }

    async fn pass_on(&self, told: &LedgerEvent) -> Result<(), End> {
        if !self.wish.types.want(told.event.name()) {
            return Ok(());
        }
        let kept = LedgerEvent {
            event: told.event.for_ledger(),
            ..told.clone()
        };
        self.send(Item::Event(json(&kept)?)).await
    }

    async fn catch_up(&mut self) -> Result<(), End> {
        let owner = self.wish.principal.user_id;
        let heads = {
            let mut conn = self.app.db.read().await?;
            reading::heads(&mut conn, owner).await?
        };
        for (account, newest) in heads {
            let position = self.wish.positions.of(account).unwrap_or(0);
            if self.wish.covers(owner, account) && position < newest {
                self.catch_up_with(account).await?;
            }
        }
        Ok(())
    }

    async fn catch_up_with(&mut self, account: AccountId) -> Result<(), End> {
        loop {
            let position = self.wish.positions.of(account).unwrap_or(0);
            // Given back before anything is sent: a slow reader holds none.
            let chunk = {
                let mut conn = self.app.db.read().await?;
                reading::chunk(&mut conn, account, position, &self.wish.types, CHUNK).await?
            };
            for kept in &chunk.items {
                let Kept { seq, .. } = kept;
                self.wish.positions.set(account, *seq);
                self.send(Item::Event(json(kept)?)).await?;
            }
            self.wish
                .positions
                .set(account, chunk.reached.max(position));
            if chunk.is_last() {
                return Ok(());
            }
        }
    }

    async fn send(&self, item: Item) -> Result<(), End> {
        let numbered = (item, self.wish.positions.to_string());
        match timeout(PATIENCE, self.out.send(numbered)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::TooSlow),
        }
    }
}

fn json(event: &impl serde::Serialize) -> sqlx::Result<String> {
    serde_json::to_string(event).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}
