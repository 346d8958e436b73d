//! A server for each test, and clients of it.

mod client;
mod database;
pub mod eventually;
pub mod fake;
pub mod mail;
pub mod process;
pub mod receiver;
pub mod samples;
pub mod services;
pub mod traffic;
pub mod whatsapp;

pub use client::{Answer, Client, send};

use database::Database;
use std::{collections::HashMap, path::PathBuf, sync::Arc};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use whahook::{
    App,
    config::Config,
    platform::clock::{Clock, ManualClock, from_ms},
};
use whahook_whatsapp::port::Gateway;

pub const PASSWORD: &str = "correct horse battery";

/// Makes a test of each function for SQLite, and one for PostgreSQL that says
/// so loudly when it is skipped. The argument is a [`Setup`].
macro_rules! on_both_databases {
    ($($(#[$attribute:meta])* async fn $name:ident($setup:ident: Setup) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            $(#[$attribute])*
            async fn check($setup: crate::support::Setup) $body

            #[tokio::test]
            async fn on_sqlite() {
                check(crate::support::Setup::sqlite()).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                if let Some(setup) = crate::support::Setup::postgres(stringify!($name)).await {
                    check(setup).await;
                }
            }
        }
    )+};
}
pub(crate) use on_both_databases;

/// What a server is started with.
pub struct Setup {
    vars: HashMap<String, String>,
    clock: Option<Clock>,
    gateway: Option<Arc<dyn Gateway>>,
    /// What no setting sets.
    tune: Option<fn(&mut Config)>,
    /// Dropped with the setup, and the database with it.
    _database: Option<Database>,
}

impl Setup {
    pub fn sqlite() -> Self {
        Self {
            vars: HashMap::from([("SIGNUP".to_owned(), "open".to_owned())]),
            clock: None,
            gateway: None,
            tune: None,
            _database: None,
        }
    }

    /// `None` without `TEST_DATABASE_URL`.
    pub async fn postgres(test: &str) -> Option<Self> {
        let database = Database::create().await;
        if database.is_none() {
            eprintln!("SKIPPED on PostgreSQL: {test} (TEST_DATABASE_URL is not set)");
        }
        let database = database?;
        let setup = Self::sqlite().with("DATABASE_URL", &database.url);
        Some(Self {
            _database: Some(database),
            ..setup
        })
    }

    /// Sets a variable of the environment.
    pub fn with(mut self, variable: &str, value: &str) -> Self {
        self.vars.insert(variable.to_owned(), value.to_owned());
        self
    }

    /// Stops the clock; the hands are the test's.
    pub fn with_manual_clock(mut self) -> (Self, ManualClock) {
        let (clock, hands) = Clock::manual(from_ms(1_800_000_000_000));
        self.clock = Some(clock);
        (self, hands)
    }

    /// With a WhatsApp that the test plays itself.
    pub fn on_gateway(self, gateway: Arc<dyn Gateway>) -> Self {
        Self {
            gateway: Some(gateway),
            ..self
        }
    }

    /// With what is a setting for tests only.
    pub fn tuned(self, tune: fn(&mut Config)) -> Self {
        Self {
            tune: Some(tune),
            ..self
        }
    }

    pub async fn start(self) -> TestApp {
        self.start_on(TempDir::new().unwrap()).await
    }

    async fn start_on(mut self, volume: TempDir) -> TestApp {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("http://127.0.0.1:{port}");
        let path = volume.path().to_str().unwrap().to_owned();
        self.vars.insert("PORT".to_owned(), port.to_string());
        self.vars.insert("VOLUME_DIR".to_owned(), path);
        let mut config = Config::from_vars(&self.vars).unwrap();
        if let Some(tune) = self.tune {
            tune(&mut config);
        }
        let origin = config.server.app_url.origin().ascii_serialization();
        let clock = self.clock.clone().unwrap_or_else(Clock::system);
        let app = match self.gateway.clone() {
            Some(gateway) => App::build_on(config, clock, gateway).await,
            None => App::build_with(config, clock).await,
        };
        let app = app.unwrap();
        let server = {
            let app = app.clone();
            tokio::spawn(async move { app.serve(listener).await })
        };
        TestApp {
            app,
            url,
            origin,
            server,
            volume,
            setup: self,
        }
    }
}

/// A server that runs.
pub struct TestApp {
    pub app: App,
    pub url: String,
    origin: String,
    server: JoinHandle<std::io::Result<()>>,
    volume: TempDir,
    setup: Setup,
}

impl TestApp {
    /// A browser in which nobody is signed in.
    pub fn browser(&self) -> Client {
        Client::browser(&self.url, &self.origin)
    }

    /// A browser in which a new person has just registered.
    pub async fn register(&self, email: &str) -> Client {
        let browser = self.browser();
        browser
            .post(
                "/api/auth/register",
                serde_json::json!({"email": email, "password": PASSWORD, "name": "Ana"}),
            )
            .await
            .expect(201);
        browser
    }

    /// A program with a new key of the person in the browser.
    pub async fn api_key(&self, owner: &Client, scopes: &[&str]) -> Client {
        self.api_key_for(owner, scopes, None).await
    }

    /// The same, limited to some accounts.
    pub async fn api_key_for(
        &self,
        owner: &Client,
        scopes: &[&str],
        accounts: Option<&[&str]>,
    ) -> Client {
        let new = serde_json::json!({"name": "test", "scopes": scopes, "account_ids": accounts});
        let created = owner.post("/api/keys", new).await.expect(201);
        Client::program(&self.url, created["key"].as_str().unwrap())
    }

    /// The id of a new account.
    pub async fn account(&self, owner: &Client, label: &str) -> String {
        let new = serde_json::json!({ "label": label });
        let created = owner.post("/api/accounts", new).await.expect(201);
        created["id"].as_str().unwrap().to_owned()
    }

    pub fn volume(&self) -> PathBuf {
        self.volume.path().to_owned()
    }

    /// Stops the server as SIGTERM would, and starts another on its data.
    pub async fn restart(self) -> Self {
        self.restart_after(|| ()).await
    }

    /// The same; in between something happens to the data.
    pub async fn restart_after(self, happens: impl FnOnce()) -> Self {
        self.app.stop().await;
        self.server.await.unwrap().unwrap();
        happens();
        self.setup.start_on(self.volume).await
    }

    /// The same, with a variable of the environment that is new.
    pub async fn restart_with(mut self, variable: &str, value: &str) -> Self {
        self.setup = self.setup.with(variable, value);
        self.restart().await
    }

    /// Stops the server as SIGTERM would.
    pub async fn stop(self) {
        self.app.stop().await;
        self.server.await.unwrap().unwrap();
    }
}
