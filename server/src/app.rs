//! The only wiring: settings and ports in, a running server out.

use crate::{
    activity, bulk,
    config::Config,
    contacts, conversations,
    events::{self, Bus},
    http::{edge::Edge, revoked::Revoked, router::router, serve},
    inbox::{self, Inbox},
    keys, media, notices,
    outbox::{self, Carrier, Doorbell, Outbox, Ring},
    platform::{
        clock::Clock,
        db::{self, Db},
        fetch::{Fetcher, Poster},
        ids::Ids,
        redis::Redis,
        seal::Sealer,
        telemetry,
    },
    sessions::{self, SessionFolders, Sessions},
    users, webhooks,
};
use std::{fs, io, ops::Deref, path::PathBuf, sync::Arc, time::Duration};
use tokio::{net::TcpListener, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use whahook_contract::Timestamp;
use whahook_whatsapp::{Endpoint, WhatsApp, port::Gateway};

/// Pause before sessions are restored again.
const RESTORE_AGAIN: Duration = Duration::from_secs(2);
/// How long requests under way may take to end when the server stops.
const REQUESTS_END_WITHIN: Duration = Duration::from_secs(3);
/// The same for them and what runs beside them.
const TASKS_END_WITHIN: Duration = Duration::from_secs(4);
/// How long a client may take for the head of a request, and how long its
/// connection may lie idle: longer than proxies keep theirs (60 s).
const HEAD_WITHIN: Duration = Duration::from_secs(75);
const LAST_SEEN_WITHIN: Duration = Duration::from_millis(500);
const DATABASE_CLOSES_WITHIN: Duration = Duration::from_secs(1);

/// The server. Cheap to clone; what it consists of is in [`Parts`].
#[derive(Clone)]
pub struct App(Arc<Parts>);

pub struct Parts {
    pub config: Config,
    pub clock: Clock,
    pub ids: Ids,
    pub db: Db,
    pub redis: Option<Redis>,
    pub events: Bus,
    pub revoked: Revoked,
    pub passwords: users::Passwords,
    pub attempts: users::Attempts,
    pub edge: Edge,
    pub sessions: Sessions,
    pub media: media::Library,
    pub files: inbox::files::Bell,
    pub inbox: Inbox,
    pub pictures: contacts::pictures::Turns,
    pub outbox: Outbox,
    pub bulk_bell: bulk::Bell,
    pub doorbell: Doorbell,
    pub webhooks: webhooks::Dispatcher,
    pub poster: Poster,
    pub sealer: Sealer,
    pub started_at: Timestamp,
    stopping: CancellationToken,
    tasks: TaskTracker,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("cannot use the volume {path} (VOLUME_DIR): {source}")]
    Volume { path: PathBuf, source: io::Error },
    #[error("cannot open the database (DATABASE_URL): {0}")]
    Database(#[from] db::Error),
    #[error("cannot use Redis (REDIS_URL): {0}")]
    Redis(#[from] redis::RedisError),
    #[error("cannot set up the way out for media and links: {0}")]
    Fetcher(#[from] reqwest::Error),
    #[error("cannot start the threads of the sessions' stores: {0}")]
    Stores(#[from] io::Error),
}

impl App {
    /// Opens what the settings name and brings the database up to date.
    ///
    /// # Errors
    /// The volume, the database or Redis's address cannot be used.
    pub async fn build(config: Config) -> Result<Self, BuildError> {
        Self::build_with(config, Clock::system()).await
    }

    /// The same with a clock of one's own, for tests.
    ///
    /// # Errors
    /// As [`App::build`].
    pub async fn build_with(config: Config, clock: Clock) -> Result<Self, BuildError> {
        let gateway = Arc::new(WhatsApp::new(&endpoint(&config))?);
        Self::build_on(config, clock, gateway).await
    }

    /// The same with a WhatsApp of one's own, for tests.
    ///
    /// # Errors
    /// As [`App::build`].
    pub async fn build_on(
        config: Config,
        clock: Clock,
        gateway: Arc<dyn Gateway>,
    ) -> Result<Self, BuildError> {
        telemetry::metrics();
        create_volume(&config.volume.dir).map_err(|source| BuildError::Volume {
            path: config.volume.dir.clone(),
            source,
        })?;
        let db = Db::connect(config.database.url.expose()).await?;
        db.migrate().await?;
        conversations::prepare_search(&db)
            .await
            .map_err(db::Error::from)?;
        conversations::fold_names(&db)
            .await
            .map_err(db::Error::from)?;
        let redis = config.redis.as_ref().map(Redis::new).transpose()?;
        let ids = Ids::new(clock.clone());
        let events = Bus::default();
        let fetcher = Fetcher::new(config.whatsapp.allow_private_targets)?;
        let poster = Poster::new(config.whatsapp.allow_private_targets)?;
        let unusable = |source| BuildError::Volume {
            path: config.volume.dir.clone(),
            source,
        };
        let key = config.secret_key.as_ref();
        let sealer = Sealer::new(key, &config.volume.dir, ids.clone()).map_err(unusable)?;
        let media = media::Library::open(
            db.clone(),
            clock.clone(),
            ids.clone(),
            fetcher,
            &config.volume.dir,
            config.media.clone(),
        )
        .map_err(unusable)?;
        let outbox = Outbox::open(
            db.clone(),
            clock.clone(),
            ids.clone(),
            events.clone(),
            media.clone(),
            config.limits.clone(),
            config.whatsapp.default_country,
        );
        let files = inbox::files::Bell::default();
        let inbox = Inbox::open(&inbox::Context {
            db: &db,
            clock: &clock,
            ids: &ids,
            bus: &events,
            receiving: &config.receiving.defaults,
            files: &files,
        });
        let sessions = Sessions::new(sessions::Context {
            db: db.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            bus: events.clone(),
            gateway,
            folders: SessionFolders::new(&config.volume.dir),
            outbox: outbox.clone(),
            inbox: inbox.clone(),
            handshakes: sessions::Handshakes::new(config.sessions.handshakes),
            limits: config.sessions.limits,
            renewal: config.sessions.renewal,
        });
        sessions.forget_earlier().await.map_err(db::Error::from)?;
        let local: Arc<dyn Ring> = Arc::new(sessions.clone());
        let (bell, worker) = redis
            .as_ref()
            .map(|redis| outbox::redis_bell(redis, ids.clone()))
            .unzip();
        let carrier = bell.map(|bell| Arc::new(bell) as Arc<dyn Carrier>);
        let app = Self(Arc::new(Parts {
            doorbell: Doorbell::new(local.clone(), carrier),
            passwords: users::Passwords::new(&ids),
            attempts: users::Attempts::new(&clock),
            edge: Edge::new(&config.requests),
            started_at: clock.now(),
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
            revoked: Revoked::default(),
            bulk_bell: bulk::Bell::default(),
            webhooks: webhooks::Dispatcher::default(),
            poster,
            sealer,
            events,
            sessions,
            media,
            files,
            inbox,
            pictures: contacts::pictures::Turns::default(),
            outbox,
            config,
            clock,
            ids,
            db,
            redis,
        }));
        if let Some(worker) = worker {
            app.spawn(worker.run(local.clone()));
        }
        if let Some(redis) = app.redis.clone() {
            app.spawn(outbox::take_from_redis(app.clone(), redis));
        }
        app.spawn(outbox::sweep(app.outbox.clone(), local));
        app.spawn(bulk::feed(app.clone()));
        app.spawn(restore(app.sessions.clone()));
        app.spawn(users::service::tidy_up(app.clone()));
        app.spawn(media::tidy_up(app.media.clone()));
        app.spawn(inbox::files::fetch(app.clone()));
        app.spawn(inbox::groups::learn(app.clone()));
        app.spawn(keys::service::notice_expiry(app.clone()));
        app.spawn(events::tidy_up(app.clone()));
        app.spawn(webhooks::dispatch(app.clone()));
        app.spawn(webhooks::tidy_up(app.clone()));
        app.tasks.spawn(notices::tell(app.clone()));
        Ok(app)
    }

    /// Answers requests until [`App::stop`] is called and the requests that
    /// were under way have been answered, or their time is up.
    ///
    /// # Errors
    /// The listener failed.
    pub async fn serve(&self, listener: TcpListener) -> io::Result<()> {
        // Until requests have been answered the database stays open.
        let _serving = self.tasks.token();
        let server = serve::serve(listener, router(self), HEAD_WITHIN, self.stopping.clone());
        let too_long = async {
            self.stopping.cancelled().await;
            tokio::time::sleep(REQUESTS_END_WITHIN).await;
        };
        tokio::select! {
            () = server => {}
            // Streams and sockets have no end of their own.
            () = too_long => {}
        }
        Ok(())
    }

    /// Ends everything in order; afterwards nothing is left undone. Takes 9.5 s
    /// at most.
    pub async fn stop(&self) {
        self.stopping.cancel();
        self.tasks.close();
        let last_seen = activity::server_stops(&self.db, self.clock.now());
        if !matches!(timeout(LAST_SEEN_WITHIN, last_seen).await, Ok(Ok(()))) {
            tracing::warn!("that the sessions were up until now could not be written down");
        }
        let tasks = timeout(TASKS_END_WITHIN, self.tasks.wait());
        let ((), ended) = tokio::join!(self.sessions.stop(), tasks);
        if ended.is_err() {
            tracing::warn!(tasks = self.tasks.len(), "tasks did not end in time");
        }
        if timeout(DATABASE_CLOSES_WITHIN, self.db.close())
            .await
            .is_err()
        {
            tracing::warn!("the database did not close in time");
        }
    }

    /// Runs something beside requests until it ends or the server stops.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stopping = self.stopping.clone();
        self.tasks.spawn(async move {
            stopping.run_until_cancelled(task).await;
        });
    }

    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stopping.is_cancelled()
    }

    /// Resolves when the server begins to stop.
    pub async fn stopping(&self) {
        self.stopping.cancelled().await;
    }
}

#[cfg(feature = "simulator")]
fn endpoint(config: &Config) -> Endpoint {
    match &config.whatsapp.url {
        Some(url) => Endpoint::Simulator(url.to_string()),
        None => Endpoint::WhatsApp,
    }
}

#[cfg(not(feature = "simulator"))]
const fn endpoint(_: &Config) -> Endpoint {
    Endpoint::WhatsApp
}

/// Bring the sessions back; while the database does not answer, again.
async fn restore(sessions: Sessions) {
    while let Err(error) = sessions.restore().await {
        tracing::warn!(%error, "Sessions could not be restored yet; trying again.");
        tokio::time::sleep(RESTORE_AGAIN).await;
    }
}

/// The volume holds keys of WhatsApp devices: nobody else on the machine may
/// look into what we create.
///
/// # Errors
/// The system does not let us.
pub fn create_volume(path: &std::path::Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut folder = fs::DirBuilder::new();
    folder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.create(path)
}
