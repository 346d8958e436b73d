//! What people write to an account, and what its own person writes elsewhere:
//! written down before WhatsApp is told that it arrived.

mod batch;
mod changes;
pub mod files;
pub mod groups;
mod history;
pub mod model;
mod pictures;
mod place;
pub mod routes;
mod settings;
mod store;
mod writer;

pub use settings::find as receiving;

use crate::{
    events::Bus,
    platform::{
        clock::Clock,
        db::{Db, Kind},
        ids::Ids,
    },
};
use async_trait::async_trait;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use whahook_contract::{ids::SessionId, receiving::AppliedReceiving};
use whahook_whatsapp::port::{History, Incoming, Intake, NotTaken};
use writer::Writer;

/// Deliveries that may wait for a writer; those after them wait at the door.
const WAITING: usize = 1_024;
/// On PostgreSQL; SQLite has one writer anyway.
const WRITERS: usize = 4;

/// Messages of one session that came together.
struct Delivery {
    session: SessionId,
    messages: Vec<Incoming>,
    /// WhatsApp's ids of what the account's own person read elsewhere.
    read: Vec<String>,
    /// A piece of what stood in the chats before.
    history: Option<History>,
    done: oneshot::Sender<Result<(), NotTaken>>,
}

/// What the inbox works with.
pub struct Context<'a> {
    pub db: &'a Db,
    pub clock: &'a Clock,
    pub ids: &'a Ids,
    pub bus: &'a Bus,
    /// What holds where an account sets nothing else.
    pub receiving: &'a AppliedReceiving,
    pub files: &'a files::Bell,
}

/// Where messages come in. Cheap to clone.
#[derive(Clone)]
pub struct Inbox {
    doors: Arc<[mpsc::Sender<Delivery>]>,
    db: Db,
    receiving: AppliedReceiving,
}

impl Inbox {
    /// Starts its writers. They end when nobody has the inbox any more.
    #[must_use]
    pub fn open(context: &Context<'_>) -> Self {
        let writers = match context.db.kind() {
            Kind::Sqlite => 1,
            Kind::Postgres => WRITERS,
        };
        let start = |_| {
            let (door, deliveries) = mpsc::channel(WAITING);
            tokio::spawn(Writer::new(context).run(deliveries));
            door
        };
        Self {
            doors: (0..writers).map(start).collect(),
            db: context.db.clone(),
            receiving: context.receiving.clone(),
        }
    }

    /// Where the messages of a session go.
    #[must_use]
    pub fn of(&self, session: SessionId) -> Arc<dyn Intake> {
        let door = self.door(session);
        Arc::new(Door {
            session,
            door,
            db: self.db.clone(),
            receiving: self.receiving.clone(),
        })
    }

    /// The account's own person read messages on the phone, or on another device.
    /// Where too much waits already, it is left out: the next reading says it too.
    pub fn read_elsewhere(&self, session: SessionId, message_ids: Vec<String>) {
        let (done, _) = oneshot::channel();
        let delivery = Delivery {
            session,
            messages: Vec::new(),
            read: message_ids,
            history: None,
            done,
        };
        let _ = self.door(session).try_send(delivery);
    }

    fn door(&self, session: SessionId) -> mpsc::Sender<Delivery> {
        // An account always has the same writer: what it says stays in order.
        let n = session.account.0.as_u128() % self.doors.len() as u128;
        self.doors[usize::try_from(n).unwrap_or_default()].clone()
    }
}

struct Door {
    session: SessionId,
    door: mpsc::Sender<Delivery>,
    db: Db,
    receiving: AppliedReceiving,
}

impl Door {
    async fn hand_in(
        &self,
        messages: Vec<Incoming>,
        history: Option<History>,
    ) -> Result<(), NotTaken> {
        let gone = || NotTaken {
            passes: true,
            detail: "the server stops".to_owned(),
        };
        let (done, written) = oneshot::channel();
        let delivery = Delivery {
            session: self.session,
            messages,
            read: Vec::new(),
            history,
            done,
        };
        self.door.send(delivery).await.map_err(|_| gone())?;
        written.await.map_err(|_| gone())?
    }

    async fn settings(&self) -> sqlx::Result<AppliedReceiving> {
        let mut conn = self.db.read().await?;
        settings::applies(&mut conn, self.session.account, &self.receiving).await
    }
}

#[async_trait]
impl Intake for Door {
    async fn take(&self, messages: Vec<Incoming>) -> Result<(), NotTaken> {
        self.hand_in(messages, None).await
    }

    async fn wants_history(&self) -> bool {
        match self.settings().await {
            Ok(settings) => settings.history_days > 0,
            Err(error) => {
                tracing::warn!(%error, "Whether the history is wanted could not be read.");
                false
            }
        }
    }

    async fn take_history(&self, piece: History) -> Result<(), NotTaken> {
        self.hand_in(Vec::new(), Some(piece)).await
    }
}
